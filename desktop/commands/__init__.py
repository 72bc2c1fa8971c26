"""One module a group of commands; each command is a function of its `Call` that returns the exit status."""
