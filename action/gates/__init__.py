"""Deterministic gates, each a pure module: the file policy, guarded HTTP and the secret scan."""
