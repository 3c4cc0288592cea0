"""A local model's replies, from the wire of llama.cpp to pieces; what goes wrong is an error, or a reply that ends."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from embedded.model.local_model import MOST_TOKENS, LocalModel, ModelDidNotLoad
from embedded.model.writer import CannotWrite, Piece, Turn

TURNS = [Turn("system", "Be brief."), Turn("user", "Hi"), Turn("model", "Yes?"), Turn("user", "Go on")]


def event(**content: object) -> str:
    return f"data: {json.dumps(content)}\n\n"


def says(text: str, finish: str | None = None) -> str:
    return event(choices=[{"delta": {"content": text}, "finish_reason": finish}])


class Llama(ThreadingHTTPServer):
    """Answers once the way it is told to, and remembers the question."""

    daemon_threads = True

    def __init__(self, status: int, body: str, *, breaks_off: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.breaks_off = status, body, breaks_off
        self.asked: dict[str, object] = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Llama

    def do_POST(self) -> None:
        self.server.asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        body = self.server.body.encode()
        if body:
            self.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        if not self.server.breaks_off:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def llama(request: pytest.FixtureRequest) -> Iterator[Llama]:
    status, body, breaks_off = request.param
    server = Llama(status, body, breaks_off=breaks_off)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def asked(llama: Llama) -> list[Piece]:
    model = LocalModel(Path("some.gguf"), Path("some.log"))
    model._address = f"http://127.0.0.1:{llama.server_address[1]}"
    return list(model.write(TURNS))


REPLY = (
    event(prompt_progress={"total": 9})
    + says("Hel")
    + says("lo", "stop")
    + event(choices=[], usage={"prompt_tokens": 9, "completion_tokens": 2})
    + "data: [DONE]\n\n"
)


@pytest.mark.parametrize("llama", [(200, REPLY, False)], indirect=True)
def test_a_reply_comes_in_pieces_and_the_last_says_how_it_ended(llama: Llama) -> None:
    assert asked(llama) == [Piece(""), Piece("Hel"), Piece("lo"), Piece("", "STOP", 9, 2)]
    assert llama.asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Go on"},
    ]
    assert llama.asked["max_tokens"] == MOST_TOKENS


@pytest.mark.parametrize("llama", [(200, says("Hel", "length"), False)], indirect=True)
def test_a_reply_that_became_too_long_says_so(llama: Llama) -> None:
    assert asked(llama)[-1].finish == "MAX_TOKENS"


@pytest.mark.parametrize("llama", [(200, says("Hel"), True)], indirect=True)
def test_a_reply_that_breaks_off_has_no_end(llama: Llama) -> None:
    assert asked(llama) == [Piece("Hel")]


@pytest.mark.parametrize(
    ("llama", "code"),
    [
        ((200, "", True), 503),
        ((500, "out of memory", False), 500),
        ((400, '{"error": {"type": "exceed_context_size_error"}}', False), 400),
    ],
    indirect=["llama"],
)
def test_what_goes_wrong_before_the_first_word_is_an_error(llama: Llama, code: int) -> None:
    with pytest.raises(CannotWrite) as caught:
        asked(llama)
    assert caught.value.code == code


def test_a_process_that_is_gone_is_an_error() -> None:
    model = LocalModel(Path("some.gguf"), Path("some.log"))
    model._address = "http://127.0.0.1:9"
    with pytest.raises(CannotWrite, match="does not answer"):
        list(model.write(TURNS))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelDidNotLoad, match="`make model` fetches"):
        LocalModel(tmp_path / "none.gguf", tmp_path / "log").start()
