"""Settings: sections declared in one table, each in its own small module."""
