"""A server that speaks the Gemini wire, and the stand-in behind it that writes files without any language model."""
