"""同步: how this desk stands with headquarters, and what waits for a person."""
