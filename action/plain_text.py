"""Bytes that may be text."""


def text_of(body: bytes) -> str | None:
    """Return a file as text, None when it is not text."""
    if b"\0" in body[:8192]:
        return None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
        odd = sum(1 for character in text[:4096] if ord(character) < 32 and character not in "\t\r\n\f")
        return text if odd == 0 else None
