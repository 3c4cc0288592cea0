"""What the ledger says, as pages for people and JSON for programs."""
