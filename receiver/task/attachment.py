"""An attachment: a name and where its bytes are. Senders' data URIs are sloppy, so they are read by their payload."""

import base64
import binascii
import mimetypes
import unicodedata
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from receiver.task.attachment_names import refuse_reserved_parts


class UndecodableAttachment(ValueError):
    """The data URI of an attachment holds no readable bytes."""


def checked_name(name: str) -> str:
    """Return `name` as a clean relative POSIX path. Raises ValueError when it could leave the repository."""
    clean = unicodedata.normalize("NFC", name.strip()).removeprefix("./")
    parts = clean.split("/")
    if not clean or any(part in {"", ".", ".."} for part in parts) or "\\" in clean:
        raise ValueError("must be a relative path such as data.csv or data/input.csv, without '..' and '\\'")
    if any(unicodedata.category(character).startswith("C") for character in clean):
        raise ValueError("must not contain control characters")
    refuse_reserved_parts(clean)
    if len(clean.encode()) > 200:
        raise ValueError("must be at most 200 bytes long")
    return clean


def checked_url(url: str) -> str:
    """Return `url` when it is a data, http or https address; the bytes of a data URI must decode."""
    url = url.strip()
    if url[:5].lower() == "data:":
        decode_data_uri(url)
        return url
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a data:, http: or https: address")
    return url


def decode_data_uri(uri: str) -> bytes:
    """Decode a data URI whatever media type it claims (`data:@file/zip;base64,...` occurs in practice)."""
    header, comma, payload = uri[5:].partition(",")
    if not comma:
        raise UndecodableAttachment("is a data URI without a comma, so it has no content")
    if not header.lower().rstrip().endswith("base64"):
        return unquote_to_bytes(payload)
    text = "".join(unquote(payload).split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UndecodableAttachment("says base64 but its content is not base64") from None


class Attachment(BaseModel):
    """`name` is the path under which the bytes are committed; `url` is a data URI or an http(s) address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, AfterValidator(checked_name)]
    url: Annotated[str, AfterValidator(checked_url)] = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def accept_a_bare_address(cls, value: object) -> object:
        """Senders also write just an address, or leave out the name: take the last part of the address."""
        if isinstance(value, str):
            value = {"url": value}
        if isinstance(value, dict) and not value.get("name") and isinstance(value.get("url"), str):
            value = {**value, "name": name_from_url(value["url"])}
        return value

    @property
    def is_inline(self) -> bool:
        """Whether the bytes came with the request."""
        return self.url[:5].lower() == "data:"

    def inline_bytes(self) -> bytes:
        """Return the bytes of a data URI. Raises UndecodableAttachment."""
        return decode_data_uri(self.url)

    @property
    def media_type(self) -> str:
        """The media type that the name suggests; the sender's claim only when the name says nothing."""
        guessed, _ = mimetypes.guess_type(self.name)
        claimed = self.url[5:].split(",", 1)[0].split(";", 1)[0] if self.is_inline else ""
        return guessed or (claimed if claimed.count("/") == 1 and "@" not in claimed else "application/octet-stream")


def name_from_url(url: str) -> str:
    """Derive a file name for an attachment that has none."""
    if url[:5].lower() == "data:":
        suffix = mimetypes.guess_extension(url[5:].split(",", 1)[0].split(";", 1)[0].strip()) or ".bin"
        return f"attachment{suffix}"
    return PurePosixPath(unquote(urlsplit(url).path)).name or "attachment.bin"
