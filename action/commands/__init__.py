"""The subcommands: each reads its configuration, gives its phase the doors, and keeps the record."""
