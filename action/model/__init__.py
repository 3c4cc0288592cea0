"""A prompt goes in, a parsed reply comes out; retries and fallbacks in between."""
