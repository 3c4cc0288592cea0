"""Stands in for actions/upload-pages-artifact: a zip that holds one artifact.tar."""

import os
import tarfile
import tempfile
import zipfile
from pathlib import Path

from embedded.actions.standins.results import upload
from embedded.actions.standins.runner import fail, inputs, is_true, output


def main() -> None:
    """Archive the site as Pages wants it: no links, no .git, no .github, by default no dotfiles."""
    given = inputs()
    site = Path(given["path"]).expanduser()
    if not site.is_dir():
        fail(f"tar: {given['path']}: Cannot open: No such file or directory")
    with tempfile.TemporaryDirectory(dir=os.environ["RUNNER_TEMP"]) as directory, tempfile.TemporaryFile() as archive:
        tar = Path(directory, "artifact.tar")
        pack(site, tar, hidden=is_true(given["include-hidden-files"]))
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.write(tar, "artifact.tar")
        output("artifact_id", upload(given["name"], archive))


def pack(site: Path, tar: Path, *, hidden: bool) -> None:
    """Write the tar; links are replaced by what they point to."""

    def admitted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        name = entry.name.rpartition("/")[2]
        dropped = name in (".git", ".github") or (name.startswith(".") and name != "." and not hidden)
        return None if dropped else entry

    with tarfile.open(tar, "w", dereference=True) as archive:
        archive.add(site, ".", filter=admitted)
