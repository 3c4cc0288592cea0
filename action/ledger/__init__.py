"""The ledger: what happened to every task, as files in a branch of the runner repository."""
