"""A task for an idea, without a language model: a plain page about it, whose checks follow from the brief."""

import json
import re

LONGEST_TITLE = 60
NOTE = "Written by Pagewright's built-in stand-in model: it quotes the idea and adds nothing of its own."


def task_for(idea: str) -> dict[str, str]:
    """Return the two files that the question for a task asks for."""
    title = title_of(idea)
    quoted = json.dumps(title, ensure_ascii=False)
    what = f'Publish a single page titled "{title}". It has one h1 with the same text, and says what the page is about.'
    brief = f"{what} The idea behind it, in the words of who had it:\n\n{idea.strip()}\n\n{NOTE}\n"
    checks = [
        {"js": f"document.title === {quoted}"},
        {"js": 'document.querySelectorAll("h1").length === 1'},
        f"The page contains {quoted}",
        "index.html exists",
    ]
    return {"brief.md": brief, "checks.json": json.dumps(checks, indent=1, ensure_ascii=False) + "\n"}


def title_of(idea: str) -> str:
    """Return the beginning of an idea, with nothing in it that a title or a check would have to escape."""
    words = re.sub(r"[^\w .,'-]+", " ", idea).split()
    title = ""
    for word in words:
        if len(title) + len(word) >= LONGEST_TITLE:
            break
        title = f"{title} {word}".strip()
    return title.strip(" .,'-") or "An idea"
