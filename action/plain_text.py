"""Bytes that may be text, and text without email addresses."""

import re

EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]{1,64}(?:\.[^\s@.]{1,64})+")


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


def without_addresses(text: str) -> str:
    """Return a text in which no email address can be read: what a page shows is public, but a ledger collects it."""
    return EMAIL.sub("***", text)
