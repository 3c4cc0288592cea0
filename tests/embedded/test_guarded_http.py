"""Guarded HTTP against real servers on this machine: pinned connections, redirects, limits, and TLS names."""

import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from action.gates.http import AddressRefused, FetchFailed, GuardedHttp, TooLarge

HERE = frozenset({"localhost"})


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.seen.append((self.command, self.path, dict(self.headers)))  # type: ignore[attr-defined]
        with suppress(OSError):
            self.server.answer(self)  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def give(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: Callable[[Any], None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.seen: list[tuple[str, str, dict[str, str]]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of these tests."""


@contextmanager
def serving(answer: Callable[[Any], None]) -> Iterator[Server]:
    server = Server(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def url(server: Server, path: str = "/", host: str = "localhost") -> str:
    return f"http://{host}:{server.server_port}{path}"


def get(address: str, http: GuardedHttp | None = None, **more: Any) -> Any:
    return (http or GuardedHttp(HERE)).get(address, **{"limit_bytes": 10_000, "timeout_s": 5.0, **more})


def test_an_allowed_host_is_fetched_with_its_name_and_no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(lambda it: it.give(200, b"hello", X_Kind="Test")) as server:
        answer = get(url(server, "/a%20b?c=d#e"))
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (200, b"hello", "Test")
    ((_, path, headers),) = server.seen
    assert path == "/a%20b?c=d"
    assert headers["Host"] == f"localhost:{server.server_port}"
    assert "Pagewright" in headers["User-Agent"]
    assert not {"Authorization", "Cookie"} & headers.keys()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001"])
def test_this_machine_is_not_reached_under_any_of_its_names(host: str) -> None:
    with serving(lambda it: it.give(200)) as server:
        with pytest.raises(AddressRefused):
            get(url(server, host=host), GuardedHttp())
        assert server.seen == []


def test_an_allowed_host_can_be_limited_to_a_port() -> None:
    with serving(lambda it: it.give(200)) as server:
        assert get(url(server), GuardedHttp(frozenset({f"localhost:{server.server_port}"}))).status == 200
        with pytest.raises(AddressRefused):
            get(url(server), GuardedHttp(frozenset({"localhost:1"})))


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])  # a name that changes its mind is only asked once
    http = GuardedHttp(frozenset({"rebinding.example"}), resolve=lambda host, port: next(answers))
    with serving(lambda it: it.give(200, b"x")) as server:
        assert get(url(server, host="rebinding.example"), http).body == b"x"
    assert server.seen[0][2]["Host"] == f"rebinding.example:{server.server_port}"


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/", "file:///etc/passwd"]
)
def test_a_redirect_to_a_forbidden_address_is_not_followed(target: str) -> None:
    with serving(lambda it: it.give(302, Location=target)) as server, pytest.raises(AddressRefused):
        get(url(server))


def test_relative_redirects_are_followed_up_to_the_limit() -> None:
    def count_down(it: Any) -> None:
        left = int(it.path.removeprefix("/"))
        it.give(302, Location=f"/{left - 1}") if left else it.give(200, b"there")

    with serving(count_down) as server:
        answer = get(url(server, "/3"))
        assert (answer.body, answer.url) == (b"there", url(server, "/0"))
        with pytest.raises(FetchFailed, match="too many"):
            get(url(server, "/4"))
        assert get(url(server, "/1"), redirects=1).status == 200


def test_a_redirect_without_a_location_is_an_answer() -> None:
    with serving(lambda it: it.give(304)) as server:
        assert get(url(server)).status == 304


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_every_status_is_an_answer(status: int) -> None:
    with serving(lambda it: it.give(status, b"text")) as server:
        assert get(url(server)).status == status


def test_a_callback_is_posted_as_json_and_stays_a_post_across_redirects() -> None:
    bodies = []

    def answer(it: Any) -> None:
        bodies.append((it.command, it.body, it.headers["content-type"]))
        it.give(307, Location="/there") if it.path == "/" else it.give(200, b"{}")

    with serving(answer) as server:
        assert GuardedHttp(HERE).post_json(url(server), {"round": 1, "ü": "é"}, timeout_s=5).status == 200
    assert bodies == [("POST", b'{"round": 1, "\\u00fc": "\\u00e9"}', "application/json")] * 2


def test_a_declared_length_over_the_limit_is_refused_before_reading() -> None:
    with serving(lambda it: it.give(200, b"", Content_Length="10001")) as server, pytest.raises(TooLarge):
        get(url(server))


def test_an_undeclared_length_over_the_limit_is_refused_while_reading() -> None:
    def endless(it: Any) -> None:
        it.send_response(200)
        it.end_headers()
        while True:
            it.wfile.write(bytes(65_536))

    with serving(endless) as server, pytest.raises(TooLarge):
        get(url(server))


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_what_counts_is_the_size_after_decompression(encoding: str) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    packed = gzip.compress(bomb) if "," in encoding else bomb
    with serving(lambda it: it.give(200, packed, Content_Encoding=encoding)) as server, pytest.raises(TooLarge):
        get(url(server), limit_bytes=1_000_000)


def test_a_compressed_answer_is_unpacked() -> None:
    with serving(lambda it: it.give(200, gzip.compress(b"plain"), Content_Encoding="gzip")) as server:
        assert get(url(server)).body == b"plain"


def drip_body(it: Any) -> None:
    it.give(200, b"", Content_Length="1000")
    for _ in range(100):
        it.wfile.write(b"x")
        time.sleep(0.05)


def drip_headers(it: Any) -> None:
    it.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        it.wfile.write(b"X-%d: y\r\n" % number)
        time.sleep(0.05)


def drip_without_length(it: Any) -> None:
    it.give(200, b"", Content_Length="")
    for _ in range(100):
        it.wfile.write(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [drip_body, drip_headers, drip_without_length, lambda it: time.sleep(3)])
def test_the_time_limit_is_for_everything_together(answer: Callable[[Any], None]) -> None:
    started = time.monotonic()
    with serving(answer) as server:
        with pytest.raises(FetchFailed, match="too long"):
            get(url(server), timeout_s=0.3)
        assert time.monotonic() - started < 2


def test_a_server_that_hangs_up_or_speaks_no_http_is_a_failure() -> None:
    with serving(lambda it: None) as silent, pytest.raises(FetchFailed):
        get(url(silent))
    with serving(lambda it: it.wfile.write(b"SSH-2.0-x\r\n")) as other, pytest.raises(FetchFailed):
        get(url(other))


def test_nobody_listening_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchFailed):
        get(f"http://localhost:{port}/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for page.example, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=page.example", "-addext", "subjectAltName=DNS:page.example"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True, timeout=30)
    return folder


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Server]:
    with serving(lambda it: it.give(200, b"over TLS")) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        asked: list[str | None] = []
        context.sni_callback = lambda sock, name, _: asked.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.asked = asked  # type: ignore[attr-defined]
        yield server


def test_tls_checks_the_name_of_the_url_on_the_pinned_address(
    tls_server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    http = GuardedHttp(frozenset({"page.example", "other.example"}), resolve=lambda host, port: ["127.0.0.1"])
    assert get(f"https://page.example:{tls_server.server_port}/", http).body == b"over TLS"
    with pytest.raises(FetchFailed):
        get(f"https://other.example:{tls_server.server_port}/", http)
    assert tls_server.asked == ["page.example", "other.example"]  # type: ignore[attr-defined]


def test_tls_does_not_trust_a_certificate_that_nobody_vouches_for(tls_server: Server) -> None:
    http = GuardedHttp(frozenset({"page.example"}), resolve=lambda host, port: ["127.0.0.1"])
    with pytest.raises(FetchFailed):
        get(f"https://page.example:{tls_server.server_port}/", http)
