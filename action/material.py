"""What is known before the model is asked, and the first prompt that says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from action.attached import Attached
from action.context import Context
from action.model.prompts import Media, Part, Prompt, Turn, fenced, new_token, render
from action.named_files import named_files
from receiver.task import BuildRequest

NOT_SHOWN = (".github/", ".pagewright/", "LICENSE")


@dataclass(frozen=True)
class Material:
    """The request, its attachments, and the files of the last round (none in the first)."""

    request: BuildRequest
    attached: Attached
    current: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def named(self) -> tuple[str, ...]:
        """The files that the task seems to ask for and that are not there yet."""
        task = self.request.task
        known = [*(attachment.name for attachment in task.attachments), *self.current]
        return named_files([task.brief, *(check.text for check in task.checks if check.text)], known)

    @property
    def shown_files(self) -> dict[str, bytes]:
        """The current files that the model may change."""
        attached = {attachment.name for attachment in self.request.task.attachments}
        return {
            path: body for path, body in self.current.items() if not path.startswith(NOT_SHOWN) and path not in attached
        }


def first_prompt(material: Material, token: str) -> Prompt:
    """Return the question for all files. What all builds share comes first, for the sake of caching."""
    fence = new_token()
    context = Context(fence)
    task = material.request.task
    texts = [
        render(
            "task",
            round=task.round,
            fence=fence,
            brief=task.brief.strip(),
            checks=checks(material, fence),
            attachments=attachments(material, context),
        )
    ]
    if material.current:
        texts.append(render("revision", files=context.current_files(material.shown_files)))
    last = render("reply", token=token, first=first_file(material), named=", ".join(material.named) or "none")
    parts: tuple[Part, ...] = ("\n".join(texts), *context.media, last)
    return Prompt(system=render("rules"), turns=(Turn("user", parts),))


def checks(material: Material, fence: str) -> str:
    """Return the checks in the caller's own words."""
    lines = [f"- {check}" for check in material.request.task.checks]
    if not lines:
        return "The task names none. The brief itself will be checked, word by word."
    intro = 'All of these will be run or read literally. "js:" is an expression that must be true in the page.'
    return f"{intro}\n\n{fenced(fence, 'checks', chr(10).join(lines))}"


def attachments(material: Material, context: Context) -> str:
    """Return the text about the attachments, also about those that could not be had."""
    text = context.attachments(material.attached.files)
    missing = [item.name for item in material.request.task.attachments if item.name not in material.attached.files]
    if missing:
        text += f"\n\nThese could not be fetched, so their content is unknown: {', '.join(missing)}. The page says so."
    return text


def first_file(material: Material) -> str:
    """Return the path that the example in the prompt has: the first that the reply should begin with."""
    return material.named[0] if material.named else "index.html"


def without_media(prompt: Prompt) -> Prompt:
    """Return a prompt without its pictures and PDFs."""
    turns = tuple(
        Turn(turn.role, tuple(part for part in turn.parts if not isinstance(part, Media))) for turn in prompt.turns
    )
    return replace(prompt, turns=turns)


def has_media(prompt: Prompt) -> bool:
    """Whether pictures or PDFs go along."""
    return any(isinstance(part, Media) for turn in prompt.turns for part in turn.parts)
