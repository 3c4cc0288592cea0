"""The contract in the job summary: one row for each assertion, one mark for each attempt, and what was found."""

from collections.abc import Iterable, Sequence

from action.job.markdown import cell, prose
from action.record import AssertionRecord, ContractRecord, LiveCheck

MARKS = {"pass": "✓", "fail": "**✗**", "unclear": "?"}
ORIGINS = {"given": "Given by the caller", "base": "True of every page", "inferred": "Read from the brief"}
STATES = {"fail": 0, "unclear": 1, "pass": 2}  # what needs a look comes first
MOST_OPEN_ROWS = 60
MOST_ROWS = 400
LONGEST_TEXT = 240
HELD_BACK = "every candidate of this round broke what worked before, so the page stays as it was"


def section(contract: ContractRecord | None, checks: Sequence[str] = ()) -> str:
    """Return the section, or nothing when no contract was run. `checks` are the sender's."""
    if contract is None or not contract.assertions:
        return ""
    held = f"> **Held back**: {HELD_BACK}.\n\n" if contract.is_held_back else ""
    parts = (held + matrix(contract), changes(contract) + retired(contract) + reading(checks, contract))
    return "### Contract\n\n" + "\n".join(parts)


def reading(checks: Sequence[str], contract: ContractRecord) -> str:
    """Return what each check of the sender was read as, as a table; nothing without checks."""
    deciding, rows = contract.assertions, []
    for number, check in enumerate(checks[:MOST_ROWS], start=1):
        found = [each for each in deciding if number in each.checks]
        said = "; ".join(each.sentence for each in found) or "nothing that a program can try"
        objection = next((each.objection for each in found if each.objection), "")
        counts = [each for each in found if each.origin != "inferred" and each.kind != "advice" and not each.objection]
        note = objection or ("yes" if counts else "no, it only guides")
        texts = (prose(text, LONGEST_TEXT) for text in (check, said, note))
        rows.append(f"| {number} | {' | '.join(texts)} |")
    if not rows:
        return ""
    head = "| | check | read as | must hold |\n|--:|---|---|---|\n"
    open_ones = [each for each in deciding if each.objection and each.state != "pass"]
    unmet = {number: each.objection.removeprefix("it ") for each in open_ones for number in each.checks}
    told = "".join(
        f"> **Check {number}** {prose(unmet[number], LONGEST_TEXT, in_table=False)}. It does not count.\n>\n"
        for number in sorted(unmet)[:MOST_OPEN_ROWS]
    )
    table = head + "\n".join(rows) + "\n"
    return f"\n{told}\n<details><summary>What each check was read as</summary>\n\n{table}\n</details>\n"


def holding(assertions: Sequence[AssertionRecord]) -> str:
    """Return how many hold, in words."""
    states = [assertion.state for assertion in assertions]
    unclear = f", {states.count('unclear')} unclear" if "unclear" in states else ""
    return f"**{states.count('pass')} of {len(states)}** assertions hold{unclear}"


def failing_gates(contract: ContractRecord | None) -> int:
    """Return how many assertions fail that stand in a page's way."""
    assertions = contract.assertions if contract else []
    gating = (a for a in assertions if a.origin != "inferred" and a.kind != "advice" and not a.objection)
    return sum(a.state == "fail" for a in gating)


def matrix(contract: ContractRecord) -> str:
    """Return the table; rows beyond the first ones are folded."""
    rows = [row for origin in ORIGINS for row in group(contract, origin)]
    text = table(contract, rows[:MOST_OPEN_ROWS])
    if folded := rows[MOST_OPEN_ROWS:MOST_ROWS]:
        text += f"\n<details><summary>{len(rows) - MOST_OPEN_ROWS} more rows</summary>\n\n{table(contract, folded)}\n"
        text += "</details>\n"
    return text


def table(contract: ContractRecord, rows: Iterable[str]) -> str:
    """Return rows below their heading: attempts by number, the one that is kept in bold."""
    numbers = [f"{a.number}&nbsp;(kept)" if a.is_kept else str(a.number) for a in contract.attempts]
    head = f"| assertion \\\\ attempt | {' | '.join(numbers)} | found |\n"
    return head + f"|---|{':-:|' * len(numbers)}---|\n" + "\n".join(rows) + "\n"


def group(contract: ContractRecord, origin: str) -> Iterable[str]:
    """Yield the rows of one origin below a row with its name and how many hold in each attempt."""
    found = sorted((a for a in contract.assertions if a.origin == origin), key=lambda a: STATES.get(a.state, 0))
    if found:
        passed = [sum(a.states[place] == "pass" for a in found) for place in range(len(contract.attempts))]
        counts = " | ".join(f"**{count}/{len(found)}**" for count in passed)
        yield f"| **{ORIGINS[origin]}** | {counts} | |"
    for assertion in found:
        marks = " | ".join(MARKS.get(state, "?") for state in assertion.states)
        seen = cell(assertion.found, LONGEST_TEXT)  # of one that holds, the warning
        yield f"| {prose(assertion.sentence, LONGEST_TEXT)} | {marks} | {seen} |"


def changes(contract: ContractRecord) -> str:
    """Say what became of the contract of the rounds before."""
    if not (contract.kept or contract.gained or contract.lost):
        return ""
    counts = f"{len(contract.kept)} kept, {len(contract.gained)} gained, {len(contract.lost)} lost"
    sentences = {a.id: prose(a.sentence, LONGEST_TEXT, in_table=False) for a in contract.assertions}
    named = [("lost", id) for id in contract.lost] + [("gained", id) for id in contract.gained]
    lines = [f"- {word}: {sentences.get(id, cell(id))}" for word, id in named[:MOST_OPEN_ROWS]]
    return "\n".join([f"\nCompared with the page of the round before: **{counts}**.\n", *lines]) + "\n"


def retired(contract: ContractRecord) -> str:
    """Say what earlier rounds demanded and this one replaces, with its words."""
    if not contract.retired:
        return ""
    lines = [
        f"- {prose(it.sentence, LONGEST_TEXT, in_table=False)} Now: {prose(it.words, LONGEST_TEXT, in_table=False)}"
        f"{' (as the model reads this)' if it.by == 'model' else ''}"
        for it in contract.retired[:MOST_OPEN_ROWS]
    ]
    return (
        "\n".join([f"\n**{len(contract.retired)} retired**, because the words of this round replace them:\n", *lines])
        + "\n"
    )


def live_differences(live: LiveCheck) -> str:
    """Return what differs on the live page, as a table."""
    if not live.differences:
        return ""
    rows = [
        f"| {prose(item.sentence, LONGEST_TEXT)} | {MARKS.get(item.before, '?')} | {MARKS.get(item.live, '?')} "
        f"| {cell(item.found, LONGEST_TEXT)} |"
        for item in live.differences
    ]
    return "| | before | live | found |\n|---|:-:|:-:|---|\n" + "\n".join(rows) + "\n"
