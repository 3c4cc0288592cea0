"""How good and how fast: sample tasks run through the whole embedded path, and what the checks add per candidate."""
