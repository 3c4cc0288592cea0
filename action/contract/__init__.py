"""What must be true of a page: from words to assertions, from assertions to verdicts."""
