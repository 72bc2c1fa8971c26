"""Reads over all sites: plain rows from headquarters' own tables, as frozen dataclasses."""
