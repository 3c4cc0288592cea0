"""What a runner executes: action.yml is its table of contents, and one step is one subcommand and one file."""
