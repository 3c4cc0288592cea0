"""How documents and git objects look as replies of the API; GitHub's OpenAPI description says it."""
