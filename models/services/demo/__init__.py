"""The demonstration site: a made-up estate with people, staff and five weeks of requests.

Everything after the archive goes through the services a clerk uses, only told another time, so that the
demonstration shows what the program really does.
"""

from __future__ import annotations

import random
from datetime import datetime

from models.services import accounts
from models.services.demo.estate import build_archive
from models.services.demo.people import CLERK_NO, hire_staff
from models.services.demo.requests import live_through
from models.work import Work

SEED = 20261121


def build(work: Work, today: datetime, *, weeks: int = 5) -> None:
    """Fill an empty site: archive, staff, and requests from ``weeks`` before ``today`` until now."""
    chance = random.Random(SEED)  # noqa: S311 - made-up data, repeatable
    staff = hire_staff(work)
    homes = build_archive(work, chance, today.date())
    clerk = accounts.actor_of_number(work.session, CLERK_NO)
    if clerk is not None:
        work.actor = clerk
        work.context.staff_id, work.context.staff_name = clerk.staff_id, clerk.name
    live_through(work, chance, homes, staff, now=today, weeks=weeks)


__all__ = ["build"]
