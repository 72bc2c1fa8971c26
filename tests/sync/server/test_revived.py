"""What a restore of headquarters brings back to life."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from sync.server import auth
from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
from sync.server.store import Store
from tests.sync.parts import HqProcess, TestHq


def test_a_restore_says_who_is_in_use_again_and_stops_whom_a_later_backup_knows_as_stopped(
    tmp_path: Path,
) -> None:
    """Nobody serves in this test: what the commands do is enough."""
    old, new = HqProcess(tmp_path), HqProcess(tmp_path, database_url=f"sqlite:///{tmp_path / 'new.db'}")
    old.add_site("阳光 花园")
    for login in ("chen", "li"):
        added = old.command("account", "add", login, "--role", "administrator")
        assert added.returncode == 0, added.stderr
    with closing(HqDatabase(old.database)) as database:
        store = Store(database)
        hq = TestHq(tmp_path, store, BlobStore(tmp_path / "blobs"))
        with database.surveying() as connection:
            site = auth.site_id_of(connection, "阳光 花园")
        desks = [hq.desk(site) for _ in range(3)]
        hq.code(site)
        hq.close()
    letters = [desk.database.identity.desk_letter for desk in desks]
    first, later = tmp_path / "first.backup", tmp_path / "later.backup"
    for command in (
        ("backup", str(first)),
        ("desk", "revoke", "阳光 花园", letters[1]),
        ("account", "disable", "li"),
        ("backup", str(later)),
    ):
        done = old.command(*command)
        assert done.returncode == 0, done.stderr
    done = new.command("restore", str(first), "--stopped-as-in", str(later))
    assert done.returncode == 0, done.stderr
    assert f"qiantai-hq desk revoke '阳光 花园' {letters[0]}" in done.stdout
    assert f"qiantai-hq desk revoke '阳光 花园' {letters[1]}" not in done.stdout
    assert f"已照较新的备份停用前台：阳光 花园 {letters[1]}" in done.stdout
    assert "已照较新的备份停用账号：li" in done.stdout
    assert "没用过的登记码 1 个已作废" in done.stdout
    assert "字母从各项目用过的最后一个起跳过 8 个" in done.stdout
    listed = json.loads(new.command("desk", "list", "--json").stdout)
    assert {one["desk"]: one["revoked_at"] is not None for one in listed} == dict(
        zip(letters, [False, True, False], strict=True)
    )
    again = new.command("restore", str(first), "--stopped-as-in", str(tmp_path / "nothing"))
    assert again.returncode == 1, "and nothing was done"
