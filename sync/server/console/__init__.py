"""Headquarters' pages for people: an application of its own at /console, drawn on the server, no scripts."""
