"""The pages that the embedded GitHub publishes."""
