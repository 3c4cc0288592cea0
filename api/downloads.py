"""Files that others wrote, sent so that no browser runs them on this origin."""

from urllib.parse import quote

from flask import Response

HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
TEXT = "text/plain; charset=utf-8"
LONGEST_NAME = 100


def as_download(body: bytes, name: str, *, is_text: bool | None = None) -> Response:
    """Return a file: text as plain text, everything else as bytes to be saved."""
    is_text = looks_like_text(body) if is_text is None else is_text
    headers = {**HARMLESS, "Content-Disposition": disposition(name, "inline" if is_text else "attachment")}
    return Response(body, headers=headers, content_type=TEXT if is_text else "application/octet-stream")


def looks_like_text(body: bytes) -> bool:
    """Whether it is UTF-8 without NUL."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in body


def disposition(name: str, kind: str = "attachment") -> str:
    """Return the header that names a file, without its folders and in ASCII."""
    return f"{kind}; filename*=UTF-8''{quote(name.rpartition('/')[2][-LONGEST_NAME:] or 'file', safe='')}"
