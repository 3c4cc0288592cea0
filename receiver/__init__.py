"""Accept a task, nothing else: authenticate, validate, seal, dispatch, answer."""
