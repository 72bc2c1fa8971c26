"""Settings: sections declared in one table (`sections.py`), each in its own small module."""
