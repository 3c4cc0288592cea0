"""The door to the language model: prompts go in, files come out, and a retry table decides what happens in between."""
