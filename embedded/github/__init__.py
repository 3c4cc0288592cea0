"""Repositories, tokens, REST, git over HTTP and web pages of the embedded GitHub."""
