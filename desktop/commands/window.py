"""`window`, and no command at all: the program with its window."""

from __future__ import annotations

from desktop.commands.call import Call


def open_window(call: Call) -> int:
    from desktop.application import run

    return run(call.arguments.profile, language=call.arguments.language)
