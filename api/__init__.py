"""What agents and people ask for besides tasks: commands, files, feedback, and what came of them."""
