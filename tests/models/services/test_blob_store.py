"""Contents under their hashes, on systems that will not replace a file that somebody reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import DomainError
from models.services.blob_store import BlobStore

CONTENT = b"a leak under the sink"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows answers while the content is being read."""

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "in use", str(target))

    monkeypatch.setattr(Path, "replace", refuse)


def test_a_content_that_is_there_and_read_is_there(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    store = BlobStore(tmp_path)
    blob = store.put_bytes(CONTENT)
    request.getfixturevalue("held")
    assert store.put_bytes(CONTENT) == blob
    downloaded = tmp_path / "again.part"
    downloaded.write_bytes(CONTENT)
    assert store.adopt(downloaded, blob.sha256)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [blob.sha256]


def test_a_folder_that_takes_no_content_says_so(tmp_path: Path, held: None) -> None:
    store = BlobStore(tmp_path)
    with pytest.raises(DomainError) as caught:
        store.put_bytes(CONTENT)
    assert caught.value.code == "profile-not-writable"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
