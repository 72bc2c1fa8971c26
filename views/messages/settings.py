"""Words for the faults of settings."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "parameter-unreadable": N_("“{value}”不能这样写，请照旁边的例子填写。"),
}
