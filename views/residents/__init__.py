"""The residents: list, one person with everything known, batch edit."""
