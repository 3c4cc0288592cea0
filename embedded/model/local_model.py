"""A real model on this machine: a GGUF file, served by llama.cpp, asked through its OpenAI-style wire."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import requests

from embedded.model.writer import CannotWrite, Finish, Piece, Turn

CONTEXT = 24_576  # tokens for the prompt and the reply together
MOST_TOKENS = 2_048  # of one reply; a small model may go round in circles, and what was cut off is continued
# What the makers advise, with a lower temperature: by chance, a small model writes worse code and forgets the format.
SAMPLING = {"temperature": 0.4, "top_k": 20, "top_p": 0.8, "repeat_penalty": 1.05}
TOO_LONG = "exceed_context_size"
ROLES = {"system": "system", "user": "user", "model": "assistant"}
FINISH: dict[str, Finish] = {"stop": "STOP", "length": "MAX_TOKENS"}


class ModelDidNotLoad(Exception):
    """The file is not there, is no GGUF model, or does not fit into memory."""


class LocalModel:
    """A `Writer` with one model in memory. Replies are written one after the other: there is one set of cores."""

    def __init__(self, path: Path, log: Path) -> None:
        self._path = path
        self._log = log
        self._one_at_a_time = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._address = ""

    @property
    def description(self) -> str:
        """Say what answers."""
        return f"This is {self._path.name}, a real language model that runs on this machine with llama.cpp."

    def start(self) -> Self:
        """Load the model (one or two seconds for a small one). Raises ModelDidNotLoad."""
        if not self._path.is_file():
            raise ModelDidNotLoad(
                f"There is no file {self._path}. Likely cause: a wrong path. Next step: `make model` fetches a model."
            )
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "embedded.model.llama_process", str(self._path.resolve()), str(CONTEXT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdout is not None  # noqa: S101  asked for with PIPE
        for line in self._process.stdout:
            if line.startswith('{"address"'):
                self._address = json.loads(line)["address"]
                return self
        self.stop()
        raise ModelDidNotLoad(
            f"{self._path.name} could not be loaded. Likely cause: it is not a GGUF model, or there is too little"
            f" memory. Next step: read the end of {self._log}."
        )

    def stop(self) -> None:
        """End the process."""
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

    def write(self, turns: list[Turn]) -> Iterator[Piece]:
        """Yield the reply as it is written. Raises CannotWrite before the first piece; later it only breaks off."""
        is_under_way = False
        with self._one_at_a_time, self._ask(turns) as response:
            try:
                for piece in pieces(response.iter_lines()):
                    is_under_way = True
                    yield piece
            except requests.RequestException as error:
                if not is_under_way:
                    raise no_answer(error) from None

    def _ask(self, turns: list[Turn]) -> requests.Response:
        body = {
            "messages": [{"role": ROLES.get(turn.role, "user"), "content": turn.text} for turn in turns],
            "max_tokens": MOST_TOKENS,
            "stream": True,
            "stream_options": {"include_usage": True},
            **SAMPLING,
            "cache_prompt": True,
            "return_progress": True,
        }
        try:
            response = requests.post(
                f"{self._address}/v1/chat/completions", json=body, stream=True, timeout=(5, 600), proxies={"http": ""}
            )
        except requests.RequestException as error:
            raise no_answer(error) from None
        if response.status_code == 200:
            return response
        with response:
            if TOO_LONG in response.text:
                raise CannotWrite(400, "INVALID_ARGUMENT", f"The prompt is longer than {CONTEXT} tokens.")
            raise CannotWrite(500, "INTERNAL", f"The local model answered {response.status_code}.")


def no_answer(error: requests.RequestException) -> CannotWrite:
    """Return the error for a process that is gone or silent."""
    return CannotWrite(503, "UNAVAILABLE", f"The local model does not answer: {type(error).__name__}.")


def pieces(lines: Iterator[bytes]) -> Iterator[Piece]:
    """Turn the server-sent events of a chat completion into pieces of a reply."""
    finish: Finish | None = None
    usage: dict[str, Any] = {}
    for line in lines:
        if not line.startswith(b"data: {"):
            continue
        event = json.loads(line[6:])
        usage = event.get("usage") or usage
        if "prompt_progress" in event:
            yield Piece("")  # a sign of life: to read a long prompt takes minutes on a slow machine
        for choice in event.get("choices", []):
            finish = FINISH.get(choice.get("finish_reason") or "", finish)
            if text := choice.get("delta", {}).get("content"):
                yield Piece(text)
    yield Piece("", finish or "STOP", usage.get("prompt_tokens"), usage.get("completion_tokens"))
