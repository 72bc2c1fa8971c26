"""The preview window: what will be printed, as pictures of the very PDF that goes to the printer."""
