"""What guarded HTTP decides before any socket exists. The rest is tested against real servers in tests/embedded."""

import socket
import threading
import time

import pytest

from action.gates import http as guarded_http
from action.gates.http import AddressRefused, FetchFailed, GuardedHttp, parse, redirected


def resolve_to(*addresses: str) -> GuardedHttp:
    return GuardedHttp(resolve=lambda host, port: list(addresses))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "data:text/plain,x",
        "//example.org/",
        "/path",
        "",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:word@example.org/",
        "http://@example.org/",
        "http://exa mple.org/",
        "http://example.org\\@10.0.0.1/",
        "http://example.org\n/",
        "http://example.org:99999/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://%31%32%37.0.0.1/",
    ],
)
def test_addresses_that_are_not_plain_http_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        resolve_to("8.8.8.8").get(url, limit_bytes=1, timeout_s=0.1)


def test_ports_and_query_are_kept_and_the_fragment_is_not() -> None:
    request = parse("GET", "https://Example.org:8443/a/b?c=d%20e#f", None)
    assert (request.host, request.port, request.target) == ("example.org", 8443, "/a/b?c=d%20e")


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:192.168.0.1"], ["fe80::1%eth0"]]
)
def test_one_private_address_among_all_is_enough_to_refuse(addresses: list[str]) -> None:
    with pytest.raises(AddressRefused, match="not on the public internet"):
        resolve_to(*addresses).get("http://rebinding.example/", limit_bytes=1, timeout_s=0.1)


def test_a_name_that_does_not_resolve_is_a_failure() -> None:
    def fail(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(FetchFailed, match="resolved"):
        GuardedHttp(resolve=fail).get("http://nowhere.example/", limit_bytes=1, timeout_s=0.1)


def test_messages_do_not_repeat_the_address() -> None:
    with pytest.raises(AddressRefused) as caught:
        resolve_to("10.0.0.1").get("http://host.example/confidential?token=1", limit_bytes=1, timeout_s=0.1)
    assert "confidential" not in str(caught.value)
    assert "host.example" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "method"), [(301, "POST"), (302, "POST"), (307, "POST"), (308, "POST"), (303, "GET")]
)
def test_a_redirected_post_stays_a_post_except_after_303(status: int, method: str) -> None:
    following = redirected(parse("POST", "http://a.example/x/y", b"{}"), status, "../z?q=1")
    assert (following.method, following.url) == (method, "http://a.example/z?q=1")
    assert (following.body is None) == (method == "GET")


def test_a_redirect_may_lead_up_to_https_but_not_down_from_it() -> None:
    assert redirected(parse("GET", "http://a.example/", None), 301, "https://a.example/").scheme == "https"
    with pytest.raises(AddressRefused, match="from https to http"):
        redirected(parse("GET", "https://a.example/", None), 301, "http://a.example/")


def test_a_redirect_to_another_scheme_is_refused() -> None:
    with pytest.raises(AddressRefused):
        redirected(parse("GET", "http://a.example/", None), 302, "file:///etc/passwd")


def test_a_resolver_that_does_not_answer_costs_no_more_than_the_time_limit() -> None:
    answer = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        answer.wait(30)
        return ["8.8.8.8"]

    began = time.monotonic()
    try:
        with pytest.raises(FetchFailed):
            GuardedHttp(resolve=hang).get("http://slow.example/", limit_bytes=1, timeout_s=0.2)
    finally:
        answer.set()
    assert time.monotonic() - began < 10


def test_all_addresses_of_a_host_share_one_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def refuse(address: tuple[str, int], timeout: float) -> None:
        given.append(timeout)
        time.sleep(0.05)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(FetchFailed, match="no connection"):
        guarded_http.connect(["8.8.8.8"] * 50, 80, 0.2)
    assert len(given) < 6
    assert given == sorted(given, reverse=True)
