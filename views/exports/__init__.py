"""Lists leave as workbooks."""
