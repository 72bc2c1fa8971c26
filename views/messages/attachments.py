"""Words for the faults of reading and saving attachments on screen."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "attachment-not-saved": N_("“{name}”没有存成，请换一个位置再试。"),
}
