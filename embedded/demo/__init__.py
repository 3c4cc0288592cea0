"""The demo: a sample task in two rounds, the answers that were prepared for it, and the story that it tells."""
