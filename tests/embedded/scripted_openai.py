"""OpenAI's wire, scripted: as strict as the strictest of the servers that speak it, with each one's form of errors."""

import json
import re
from typing import Any

from tests.embedded.scripted_model import Asked, Json, Reply, ScriptedModelServer, event

DONE = b"data: [DONE]\n\n"
FIELDS = {"model", "messages", "stream", "stream_options", "reasoning_effort"}
ROLES = {"system", "user", "assistant"}
USAGE = {"prompt_tokens": 11, "completion_tokens": 10, "total_tokens": 21}


def chunk(text: str = "", finish: str | None = None, **more: Any) -> bytes:
    """Return one chunk of a chat completion."""
    choice: Json = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish, **more}
    return event({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


def costs(**usage: Any) -> bytes:
    """Return the chunk that comes after the last one, when it was asked for."""
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}
    return event({**body, "usage": usage or USAGE})


def answers(*texts: str, finish: str | None = "stop", usage: bool = True, **more: Any) -> Reply:
    """Return an answer in as many chunks as there are texts; why it ends comes in one of its own, then the costs."""
    ending = [chunk(finish=finish)] if finish else []
    return Reply(chunks=(*map(chunk, texts), *ending, *([costs()] if usage and finish else []), DONE), **more)


def refuses(status: int, body: object, **headers: str) -> Reply:
    """Return an error; what is no object is sent as plain text."""
    is_text = isinstance(body, str)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = str(body).encode() if is_text else json.dumps(body).encode()
    return Reply(status, (sent,), named, "text/plain" if is_text else "application/json")


def openai_error(message: str, code: str | None = None, kind: str = "invalid_request_error") -> Json:
    """Return an error in OpenAI's form; Ollama's and llama.cpp's have the same fields."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def vllm_error(message: str, status: int, kind: str = "BadRequestError") -> Json:
    """Return an error in vLLM's older form, without a layer around it."""
    return {"object": "error", "message": message, "type": kind, "param": None, "code": status}


class AskedOpenAI(Asked):
    """One request as it arrived."""

    @property
    def model(self) -> str:
        """The model that was asked."""
        return str(self.body["model"])

    @property
    def token(self) -> str:
        """The token that the last message asks to put into every mark."""
        last = json.dumps(self.body["messages"][-1])
        return str(["", *re.findall(r"<<<DONE ([0-9a-f]{16})>>>", last)][-1])


class ScriptedOpenAIServer(ScriptedModelServer):
    """Gives the replies of its script in turn, after what a strict server refuses."""

    reading = AskedOpenAI

    def __init__(self, *script: Reply) -> None:
        super().__init__(*script)
        self.key = "the key"
        self.unknown: dict[str, Json | str] = {}  # fields that it does not know: what it says of them
        self.blind: dict[str, tuple[int, Json | str]] = {}  # kinds of parts that it does not take

    @property
    def url(self) -> str:
        """The base URL for the SDK."""
        return f"{super().url}/v1"

    def reply_to(self, asked: Asked) -> Reply:
        """Return what a strict one would refuse with, else the next of the script."""
        return self.refusal(asked) or (
            self.script.pop(0) if self.script else refuses(418, openai_error("The script is over."))
        )

    def refusal(self, asked: Asked) -> Reply | None:
        """Return how a request is refused that a strict server does not take."""
        if asked.path != "/v1/chat/completions":
            return refuses(404, openai_error(f"Invalid URL (POST {asked.path})"))
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return refuses(401, openai_error("Incorrect API key provided: sk-a***z.", "invalid_api_key"))
        for name in asked.body:
            if name in self.unknown:
                return refuses(400, self.unknown[name])
            if name not in FIELDS:
                return refuses(400, openai_error(f"Unrecognized request argument supplied: {name}"))
        for number, message in enumerate(asked.body["messages"]):
            if wrong := self.wrong_with(message, number):
                return wrong
        return None

    def wrong_with(self, message: Json, number: int) -> Reply | None:
        """Return how a message is refused, nothing when it is as it should be."""
        role, content = message.get("role"), message.get("content")
        if role not in ROLES or (role == "system") != (number == 0) or message.keys() != {"role", "content"}:
            return refuses(400, openai_error(f"Invalid value: messages[{number}]"))
        if isinstance(content, str) and content:
            return None
        for part in content if isinstance(content, list) and content else [{}]:
            kind = str(part.get("type"))
            if kind in self.blind:
                return refuses(*self.blind[kind])
            if not is_part(part):
                return refuses(400, openai_error(f"Invalid value: messages[{number}].content"))
        return None


def is_part(part: Json) -> bool:
    """Whether a part of a message has the fields of its kind, and no others."""
    kind, inner = part.get("type"), part.get(str(part.get("type")))
    if part.keys() != {"type", kind}:
        return False
    if kind == "image_url":
        return isinstance(inner, dict) and re.match(r"data:image/[a-z]+;base64,", inner.get("url", "")) is not None
    if kind == "file":
        if not isinstance(inner, dict) or inner.keys() != {"filename", "file_data"} or not inner["filename"]:
            return False
        return str(inner["file_data"]).startswith("data:application/pdf;base64,")
    return kind == "text" and isinstance(inner, str) and inner != ""
