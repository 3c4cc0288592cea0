"""What must be true of a candidate: compiled from the task, evaluated on its files and in a real browser."""
