"""Finds in a prompt what the stand-in works with: the token, the round, the brief, checks, attachments, current files.

The prompts are files in templates/prompts. Foreign text is there between <<<DATA mark label>>> and <<<CLOSE mark>>>.
"""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"<<<DONE ([0-9a-f]{16})>>>")
BLOCK = re.compile(r"<<<DATA (\w+) ?([^\n]*?)>>>\n(.*?)\n?<<<CLOSE \1>>>", re.DOTALL)
ROUND = re.compile(r"^Round (\d+) of the task", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
BULLET = re.compile(r"^[*-] +(.+)$", re.MULTILINE)
REPAIR = re.compile(r"^# What is to be repaired$", re.MULTILINE)
CUT = re.compile(r"^Cut: .*\n\n\Z", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """Text of others: the heading that it stands under, its label, the text, and whether that is only its beginning."""

    heading: str
    label: str
    text: str
    is_cut: bool


@dataclass(frozen=True)
class Reading:
    """A prompt, read. The content of a current file is None when the prompt does not show all of it."""

    token: str
    brief: str
    round: int = 1
    checks: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    current_files: dict[str, str | None] = field(default_factory=dict)
    is_repair: bool = False


def read_prompt(prompt: str) -> Reading | None:
    """Return what the prompt says, or None when it is not one of ours."""
    tokens = TOKEN.findall(prompt)
    blocks, ours = take_apart(prompt)
    brief = next((block.text for block in blocks if block.label == "brief"), None)
    if not tokens or brief is None:
        return None
    rounds = ROUND.findall(ours)
    return Reading(
        token=tokens[-1],
        brief=brief.strip(),
        round=int(rounds[-1]) if rounds else 1,
        checks=checks_in(ours, blocks),
        attachments=tuple(listed_under(ours, "Attachments")),
        current_files=current_files_in(ours, blocks),
        is_repair=bool(REPAIR.search(ours)),
    )


def read_idea(prompt: str) -> tuple[str, str] | None:
    """Return token and idea of a question for a task, None for every other prompt."""
    tokens = TOKEN.findall(prompt)
    ideas = [block.text for block in take_apart(prompt)[0] if block.label == "idea"]
    return (tokens[-1], ideas[0]) if tokens and ideas else None


def take_apart(prompt: str) -> tuple[list[Block], str]:
    """Return the text of others in blocks, and our own text without it."""
    blocks, ours, end = [], "", 0
    for match in BLOCK.finditer(prompt):
        ours += prompt[end : match.start()]
        end = match.end()
        headings = HEADING.findall(ours)
        blocks.append(Block(headings[-1] if headings else "", match[2].strip(), match[3], bool(CUT.search(ours))))
    return blocks, ours + prompt[end:]


def section(ours: str, heading: str) -> str:
    """Return what stands under a heading of ours, up to the next one."""
    _, _, rest = ours.partition(f"# {heading}\n")
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def checks_in(ours: str, blocks: list[Block]) -> tuple[str, ...]:
    """Return the checks: lines of a list, or of text between marks."""
    fenced = [line for block in blocks if block.heading == "Checks" for line in block.text.splitlines()]
    return tuple(
        line.lstrip("*- ").strip() for line in fenced or BULLET.findall(section(ours, "Checks")) if line.strip()
    )


def listed_under(ours: str, heading: str) -> list[str]:
    """Return the names in a list of files; what is known about each follows its name in brackets."""
    return [line.rpartition(" (")[0] for line in BULLET.findall(section(ours, heading))]


def current_files_in(ours: str, blocks: list[Block]) -> dict[str, str | None]:
    """Return the files of the last round."""
    files: dict[str, str | None] = dict.fromkeys(listed_under(ours, "Current files"))
    whole = [block for block in blocks if block.heading == "Current files" and not block.is_cut]
    return files | {block.label: block.text + "\n" for block in whole if block.label in files}
