"""What a runner executes: action.yml is its table of contents, and one phase is one step, one subcommand, one file."""
