"""Run a command that others wrote: as somebody with few rights, in a folder of its own, and not longer than it may."""
