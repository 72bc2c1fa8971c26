"""One file an area: ``MESSAGES: dict[str, str]``, error code → Chinese sentence marked with ``N_``."""
