"""One question for files, asked until they are complete: a reply that was cut off is continued, not thrown away."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from action.deadline import Deadline
from action.errors import ModelUnavailable, UserError
from action.model.interface import Answer, Model
from action.model.lenient_reply import read_reply
from action.model.prompts import Prompt, Turn, has_media, new_token, render, without_media
from action.model.reply import Reply

MOST_CONTINUATIONS = 2
BECAUSE = {
    "MAX_TOKENS": "because it became too long",
    "REPEATED": "because it repeated one passage over and over; write that part in another way",
    "RECITATION": "because a passage repeats a published text; write that passage anew, in words and code of your own",
}


@dataclass(frozen=True)
class Written:
    """What a question brought: the files, and the conversation up to here, to be gone on with."""

    reply: Reply
    prompt: Prompt
    model: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether the model said that it is done and no file is in the middle."""
        return self.reply.cut_off is None and self.reply.done


def ask_for_files(model: Model, prompt: Prompt, deadline: Deadline) -> Written:
    """Ask, and ask for the rest while the reply is cut off. When that leads nowhere, ask another model once."""
    written = ask_until_complete(model, prompt, deadline)
    if not written.reply.is_empty or written.is_complete or deadline.is_over or not written.model:
        return written
    try:
        return ask_until_complete(model, replace(prompt, avoid=prompt.avoid | {written.model}), deadline)
    except UserError:  # there is only one, or no time
        return written


def ask_until_complete(model: Model, prompt: Prompt, deadline: Deadline) -> Written:
    """Ask one question and its continuations. What is complete stays, whatever happens to the rest."""
    answer = model.ask(prompt, deadline=deadline)
    written = take(Written(Reply(), prompt), answer)
    for _ in range(MOST_CONTINUATIONS):
        if not needs_more(written, answer) or deadline.is_over:
            break
        question = continuation(written, answer.finish)
        try:
            answer = model.ask(question, deadline=deadline)
        except UserError:
            break
        written = take(replace(written, prompt=question), answer)
    return closed(written, answer)


def closed(written: Written, answer: Answer) -> Written:
    """Take the only file of a model that stops by itself and never ends it, rather than nothing. It is still told."""
    cut_off, token = written.reply.cut_off, written.prompt.token
    if cut_off is None or not written.reply.is_empty or answer.finish != "STOP":
        return written
    for mark in (f"<<<END {token}>>>", "```", "~~~"):
        reply = read_reply(f"{answer.text.rstrip()}\n{mark}\n", token)
        if cut_off in reply.files:
            return replace(written, reply=replace(reply, cut_off=cut_off))
    return written


def needs_more(written: Written, answer: Answer) -> bool:
    """Whether the model has more to say: it did not end by itself, or stopped in the middle of a file."""
    return not written.is_complete and (answer.finish != "STOP" or written.reply.cut_off is not None)


def take(written: Written, answer: Answer) -> Written:
    """Add an answer's files to those that are there, and the answer to the conversation."""
    new = read_reply(answer.text, written.prompt.token, is_over=answer.finish == "STOP")
    turns = (*written.prompt.turns, Turn("model", (answer.text or "(nothing)",)))
    return Written(written.reply.plus(new), replace(written.prompt, turns=turns), answer.model)


def continuation(written: Written, finish: str) -> Prompt:
    """Return the question for the rest. It asks for little thinking: thoughts count as output too."""
    cut_off, token = written.reply.cut_off, new_token()
    text = render(
        "continue",
        because=BECAUSE.get(finish, "before it was complete"),
        complete=", ".join(sorted(written.reply.files)) or "none",
        cut_off=f"The file {cut_off} was cut in the middle: write it again from its beginning, more concisely, and then"
        " the files that are still missing."
        if cut_off
        else "Write the files that are still missing. If none is, reply with the closing line only.",
        token=token,
    )
    return replace(follow_up(written.prompt, text, token, purpose="continue"), low_thinking=True)


def follow_up(prompt: Prompt, text: str, token: str, *, purpose: str) -> Prompt:
    """Return the conversation with one more question, whose reply carries another token."""
    turns = (*prompt.turns, Turn("user", (text,)))
    return replace(prompt, turns=turns, token=token, purpose=purpose, low_thinking=False)


def ask_with_or_without_media(prompt: Prompt, ask: Callable[[Prompt], Written]) -> Written:
    """Ask; without pictures and PDFs when every model refuses the whole question because of one."""
    try:
        return ask(prompt)
    except ModelUnavailable as error:
        if not has_media(prompt) or "HTTP 400" not in error.what:
            raise
    return ask(without_media(prompt))
