"""The repair loop: prove a candidate, say what failed, keep what is better, stop in time."""
