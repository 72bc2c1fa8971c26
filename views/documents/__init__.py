"""Paper: a view like the screens, free of Qt. Plain values in (``data.py``), PDF out."""
