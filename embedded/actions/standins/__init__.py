"""Offline stand-ins for the actions that our workflows use: same inputs, same outputs, same calls."""
