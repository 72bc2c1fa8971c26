"""The profile that desks of `tests.desktop` start from."""

from tests.desktop.conftest import profile_template

__all__ = ["profile_template"]
