"""Stands in for actions/upload-artifact."""

import tempfile
import zipfile

from embedded.actions.standins.files import files_of, wrong_with_artifact, wrong_with_name
from embedded.actions.standins.results import listed, required, upload
from embedded.actions.standins.runner import fail, inputs, is_true, output, say


def main() -> None:
    """Zip what the inputs select and upload it."""
    given = inputs()
    files = files_of(given["path"], hidden=is_true(given["include-hidden-files"]))
    if not files:
        return nothing_found(given)
    reasons = (wrong_with_artifact(given["name"]), *(wrong_with_name(name) for _, name in files))
    if refused := next(filter(None, reasons), ""):
        fail(refused)
    say(f"With the provided path, there will be {len(files)} file(s) uploaded")
    if is_true(given["overwrite"]) and listed(given["name"]):
        required("DeleteArtifact", {"name": given["name"]})
    with tempfile.TemporaryFile() as archive:
        with zipfile.ZipFile(
            archive, "w", zipfile.ZIP_DEFLATED, compresslevel=int(given["compression-level"])
        ) as zipped:
            for path, name in files:
                zipped.write(path, name)
        upload(given["name"], archive)
    return None


def nothing_found(given: dict[str, str]) -> None:
    """Do what if-no-files-found says."""
    message = f"No files were found with the provided path: {given['path']}. No artifacts will be uploaded."
    if given["if-no-files-found"] == "error":
        fail(message)
    say(f"::warning::{message}" if given["if-no-files-found"] == "warn" else message)
    output("artifact-id", "")
