"""The branch `ledger` as data: its files, their places, what is taken in and what is refused."""
