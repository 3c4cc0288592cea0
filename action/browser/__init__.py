"""A real Chromium that proves a candidate: local server, guarded way out, visits with questions."""
