"""What a runner executes: rooms by rank, and the words that all of them speak: errors, deadline, console, record."""
