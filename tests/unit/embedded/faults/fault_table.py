"""`python -m tests.unit.embedded.faults.fault_table` prints the table of docs/faults.md."""

from embedded.faults.table import FAULTS, Fault

HEAD = "| fault | where | times | seconds |\n|---|---|---|---|"


def row(name: str, fault: Fault) -> str:
    """Return a row of the table."""
    return f"| `{name}` | `{fault.where}` | {fault.times or 'always'} | {fault.seconds:g} |"


def table() -> str:
    """Return the whole table."""
    return "\n".join([HEAD, *(row(name, fault) for name, fault in FAULTS.items())])


if __name__ == "__main__":
    print(table())
