"""An attachment: a name and where its bytes are. Senders' data URIs are sloppy, so they are read by their payload."""

import base64
import binascii
import codecs
import mimetypes
import unicodedata
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import unquote_to_bytes, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from receiver.task.attachment_names import refuse_reserved_parts
from receiver.task.encodable import encodable
from receiver.task.loose_attachment import claimed_type, in_our_words

PIECE = 64 * 1024  # characters: what is large is decoded in pieces, so that it is not in memory several times
UTF_8 = codecs.getincrementaldecoder("utf-8")


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
    """Return `url` when it is a data, http or https address. Whether it leads to bytes is seen when they are read."""
    url = encodable(url.strip())
    if url[:5].lower() == "data:":
        return url
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a data:, http: or https: address")
    return url


def decode_data_uri(uri: str) -> bytes:
    """Decode a data URI. Raises UndecodableAttachment."""
    return b"".join(data_uri_pieces(uri))


def data_uri_pieces(uri: str) -> Iterator[bytes]:
    """Decode a data URI whatever media type it claims (`data:@file/zip;base64,...` occurs in practice)."""
    comma = uri.find(",", 5)
    if comma < 0:
        raise UndecodableAttachment("is a data URI without a comma, so it has no content")
    if not uri[5:comma].rstrip().lower().endswith("base64"):
        yield from unquoted_pieces(uri, comma + 1)
        return
    try:
        yield from base64_pieces(unquoted_pieces(uri, comma + 1))
    except (binascii.Error, ValueError):
        raise UndecodableAttachment("says base64 but its content is not base64") from None


def unquoted_pieces(text: str, start: int) -> Iterator[bytes]:
    """Yield what unquote_to_bytes makes of `text` from `start` on; no escape is cut in two."""
    rest = ""
    for place in range(start, len(text), PIECE):
        piece = rest + text[place : place + PIECE]
        cut = piece.rfind("%", max(0, len(piece) - 2))
        piece, rest = (piece[:cut], piece[cut:]) if cut >= 0 else (piece, "")
        yield unquote_to_bytes(piece)
    yield unquote_to_bytes(rest)


def base64_pieces(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decode base64 of either alphabet, with white space anywhere, and padding or none. Raises ValueError."""
    decoder, text = UTF_8("replace"), ""
    for piece in pieces:
        text += "".join(decoder.decode(piece).split()).replace("-", "+").replace("_", "/")
        content = unpadded(text)
        whole = len(content) // 4 * 4
        yield base64.b64decode(content[:whole], validate=True)
        text = content[whole:] + ("=" if len(content) < len(text) else "")
    content = unpadded(text + decoder.decode(b"", final=True))
    yield base64.b64decode(content + "=" * (-len(content) % 4), validate=True)


def unpadded(text: str) -> str:
    """Return base64 without its padding. Raises ValueError when something follows that."""
    content = text.rstrip("=")
    if "=" in content:
        raise ValueError("padding in the middle")
    return content


class Attachment(BaseModel):
    """`name` is the path under which the bytes are committed; `url` is a data URI or an http(s) address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, AfterValidator(checked_name)]
    url: Annotated[str, AfterValidator(checked_url)] = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def accept_other_words(cls, value: object) -> object:
        """Senders also write just an address, leave out the name, or give the content itself."""
        return in_our_words(value)

    @property
    def is_inline(self) -> bool:
        """Whether the bytes came with the request."""
        return self.url[:5].lower() == "data:"

    @property
    def problem(self) -> str:
        """Why the bytes that came with the request cannot be read; "" when they can, or are to be fetched."""
        try:
            for _ in data_uri_pieces(self.url) if self.is_inline else ():
                pass
        except UndecodableAttachment as error:
            return str(error)
        return ""

    def inline_bytes(self) -> bytes:
        """Return the bytes of a data URI. Raises UndecodableAttachment."""
        return decode_data_uri(self.url)

    @property
    def media_type(self) -> str:
        """The media type that the name suggests; the sender's claim only when the name says nothing."""
        guessed, _ = mimetypes.guess_type(self.name)
        claimed = claimed_type(self.url) if self.is_inline else ""
        return guessed or (claimed if claimed.count("/") == 1 and "@" not in claimed else "application/octet-stream")
