"""The rooms: tree, list, and the page of a household."""
