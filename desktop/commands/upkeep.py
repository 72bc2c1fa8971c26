"""`init`, `check`, `backup`, `restore`, `recover-key`, `passwd`: a profile's life from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.orm import Session

from desktop import rescue
from desktop.commands.call import Call
from desktop.commands.syncing import make_first_person
from desktop.desk import create_desk
from desktop.key_recovery import read_recovery
from desktop.opening import NewSite, fill, is_unfilled, set_up_site
from models.database import check as find_faults
from models.errors import DomainError
from models.services import accounts, backup
from models.work import SYSTEM, Actor
from resources.translations import gettext as _
from sync.client import digests
from sync.client.local import Plain

FILE_FAULTS = frozenset({"database-damaged", "database-wrong-key", "disk-failed"})
"""What a damaged file answers, even when it let itself be opened."""


def init(call: Call) -> int:
    """Make a profile: for a site of its own (``--site``), or empty, to be enrolled with headquarters."""
    options = call.arguments
    profile = call.profile
    if profile.database.exists() and is_unfilled(call.desk):
        return _begin_enrolled(call)
    if profile.database.exists() and not options.site:
        raise DomainError("database-exists", path=str(profile.database))
    call.shut()
    if options.site and not options.user:
        raise DomainError("administrator-needed")
    if options.site:
        password = call.password(_("管理员的密码（由本人设定）："))
        wanted = NewSite(options.site, options.user, options.name or options.user, password, options.hotline)
        desk = set_up_site(profile, wanted)
    else:
        desk = create_desk(profile)
    status = desk.keys.status()
    desk.close()
    call.give({"profile": str(profile.folder), "key": status.place.value})
    call.say(_("已建立：{folder}").format(folder=profile.folder))
    if status.path is not None:
        call.say(_("本机没有系统密钥库，数据库密钥存于 {path}（仅本用户可读）").format(path=status.path))
    if not options.site:
        call.say(_("下一步：qiantai enrol 总部地址 登记码"))
    return 0


def _begin_enrolled(call: Call) -> int:
    """The first administrator of a site that has nobody, neither here nor at headquarters."""
    if not call.arguments.user:
        raise DomainError("administrator-needed")
    fill(call.desk)
    make_first_person(call)
    call.give({"profile": str(call.profile.folder), "key": call.desk.keys.status().place.value})
    return 0


def change_password(call: Call) -> int:
    """One's own password; the new one is asked for, or is the second line of ``--password-file``."""
    options = call.arguments
    current = call.password(_("当前密码："))
    new = call.new_password(_("新密码："))
    call.desk.database.write(SYSTEM, accounts.change_password, options.user or "", current, new).value.who()
    call.say(_("密码已更改"))
    call.give({"changed": True})
    return 0


def check(call: Call) -> int:
    """What the file is like; 1 when something is wrong with it."""
    faults = find_faults(call.desk.database, full=not call.arguments.quick)
    faults += [
        _("{table}：同步校验和与数据不符").format(table=name) for name in call.desk.database.read(_astray)
    ]
    call.give({"faults": faults})
    if faults:
        call.table((_("发现的问题"),), [(fault,) for fault in faults])
        return 1
    call.say(_("数据库完好"))
    return 0


def _astray(session: Session) -> list[str]:
    """Tables written past every door: what is kept for the comparison with headquarters is not so."""
    return digests.wrong(Plain(session))


def make_backup(call: Call) -> int:
    """A verified copy into the profile's folder of backups, or another one."""
    folder = call.arguments.folder or call.profile.backups
    made = backup.make(call.desk.database, call.actor, folder, attachments=call.profile.attachments)
    call.give({"file": str(made.path), "size": made.size})
    call.say(_("已备份并校验：{path}").format(path=made.path))
    return 0


def restore_backup(call: Call) -> int:
    """Put a backup in the place of the profile's database; the old file is kept beside it.

    ``--recovery``: with the key out of a recovery file, so that a new computer can be given the backup.
    """
    options = call.arguments
    recovery: Path | None = options.recovery
    key = read_recovery(recovery, call.passphrase()) if recovery is not None else None
    with _alone(call):
        done = rescue.restore_profile(
            call.profile, options.file, recovered=key, actor=lambda: _restorer(call)
        )
    call.give({"backup": str(done.backup.path), "kept": str(done.kept) if done.kept else None})
    call.say(_("已恢复 {path}").format(path=done.backup.path))
    if done.kept:
        call.say(_("原文件保存为 {path}").format(path=done.kept))
    call.say(_("同步已停，请重新登记：qiantai enrol 总部地址 登记码"))
    return 0


def recover_key(call: Call) -> int:
    """Give a profile its lost key back out of the recovery file."""
    passphrase = call.passphrase()
    with _alone(call):
        rescue.recover_key(call.profile, call.arguments.file, passphrase)
    call.give({"recovered": True})
    call.say(_("密钥已找回：{folder}").format(folder=call.profile.folder))
    if not call.profile.database.exists():
        call.say(_("这里还没有数据。下一步：qiantai restore 备份文件"))
    return 0


@contextmanager
def _alone(call: Call) -> Iterator[None]:
    """While no window has the profile open; raises ``profile-in-use``."""
    lock = FileLock(call.profile.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DomainError("profile-in-use", path=str(call.profile.folder)) from error
    try:
        yield
    finally:
        lock.release()


def _restorer(call: Call) -> Actor:
    """Who restores: somebody signed in, while the file can still say who may; else whoever holds its key.

    The file is closed again.
    """
    try:
        is_in_use = call.desk.database.read(accounts.has_accounts)
        return call.actor if is_in_use else SYSTEM
    except DomainError as error:
        if "desk" in call.__dict__ and error.code not in FILE_FAULTS:
            raise
        return SYSTEM
    finally:
        call.shut()
