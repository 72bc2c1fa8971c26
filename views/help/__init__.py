"""F1: the help page of where you are; and the overview of keys."""
