"""Text as a page says it, made fit for logs and records."""


def well_formed(text: str) -> str:
    """Return a text in which halves of UTF-16 pairs, which JavaScript's strings may hold, are replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def first_line(text: str) -> str:
    """Return the first line of a message, well-formed."""
    return well_formed(text).partition("\n")[0]
