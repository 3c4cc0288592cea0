"""What can go wrong for the person who renders: a message in three parts, and an exit code."""


class CannotRender(Exception):
    """The pages cannot be made. The message is shown as it is."""

    exit_code = 2

    def __init__(self, what: str, cause: str, next_step: str) -> None:
        super().__init__(f"{what} Likely cause: {cause} Next step: {next_step}")
