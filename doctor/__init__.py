"""Looks at an owner's set-up before the first task does, and makes what can be made through GitHub's API."""
