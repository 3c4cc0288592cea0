"""A real Chromium proves candidates: it finds what is wrong, survives hostile pages and keeps them in."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.browser.pages_server import PagesServer
from action.browser.tab import will_run
from action.browser.visit import Limits
from action.contract.assertion import Assertion, Element, Js, NoConsoleErrors, PageLinks, PageLoads, PageText, PageTitle
from action.contract.contract import Contract
from action.contract.evaluate import Evaluation, evaluate
from action.contract.verdict import Candidate, Verdict
from action.errors import NoBrowser

pytestmark = pytest.mark.timeout(240)

SECRET = "not-for-the-browser"
LIMITS = Limits(visit=60, load=4, response=3)  # a hanging page shall not cost what a slow machine may need
NAMES = {
    "private.example": ["10.1.2.3"],
    "mixed.example": ["1.1.1.1", "127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
}


def resolve(host: str, port: int) -> list[str]:
    """Know private names only: nothing in these tests may leave the machine."""
    if host not in NAMES and not host.replace(".", "").isdecimal():
        raise OSError("no such name")
    return NAMES.get(host, [host])


@pytest.fixture(scope="module")
def browser() -> Iterator[PageBrowser]:
    environ = {**os.environ, "GEMINI_API_KEY": SECRET}
    with PageBrowser(find_browser(search_path=os.environ["PATH"]), environ, resolve=resolve, limits=LIMITS) as opened:
        yield opened


def prove(
    browser: PageBrowser, files: dict[str, str], *assertions: Assertion, screenshots: bool = False
) -> tuple[list[Verdict], Evaluation]:
    """Serve the files under a sub-path, as Pages does, and return the verdicts."""
    candidate = Candidate({name: text.encode() for name, text in files.items()}, site_path="/some-page/")
    found = evaluate(Contract(assertions=assertions), candidate, browser.open(candidate), screenshots=screenshots)
    return [result.verdict for result in found.report.results], found


def states(verdicts: list[Verdict]) -> list[str]:
    return [verdict.state for verdict in verdicts]


GOOD = """<!doctype html><html lang="en"><head><title>Shop 7</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1 id="name">Tea &amp; Rice</h1><ul id="list"></ul><p id="query"></p><a href="about.html">About</a>
<button id="more" onclick="this.dataset.clicks = 1 + Number(this.dataset.clicks || 0)">More</button>
<script>
document.querySelector("#query").textContent = new URLSearchParams(location.search).get("q") || "none";
fetch("data.csv").then(r => r.text()).then(text => setTimeout(() => {
  for (const line of text.trim().split("\\n")) document.querySelector("#list").append(Object.assign(
    document.createElement("li"), {textContent: line}));
}, 300));
</script></body></html>"""
MORE = 'document.querySelector("#more")'
SITE = {"index.html": GOOD, "data.csv": "tea\nrice\n", "about.html": "<title>About</title><p>us"}


def test_a_good_page_passes_everything(browser: PageBrowser) -> None:
    verdicts, found = prove(
        browser,
        SITE,
        PageLoads(),
        NoConsoleErrors(),
        PageTitle(equals="Shop 7"),
        PageTitle(equals="About", path="about.html"),
        PageText(contains="tea & RICE"),
        Element(selector="#name", tag="h1", text="Tea & Rice"),
        PageLinks(targets=("about.html",)),
        Js(expression='document.querySelectorAll("#list li").length >= 2'),
        Js(expression='document.querySelector("#query").textContent === "x y"', query="?q=x%20y"),
        Js(expression='fetch("data.csv").then(r => r.ok)'),
        Js(expression="async () => { await null; return true }"),
        Js(expression='const title = document.title; return title === "Shop 7"'),
        Js(expression='(await fetch("data.csv")).ok'),
        Js(expression=f"{MORE}.click() || {MORE}.dataset.clicks === '1'"),
        Js(expression=f"{MORE}.click(), {MORE}.dataset.clicks === '1'"),
    )
    assert states(verdicts) == ["pass"] * 15, verdicts
    assert found.report.notes == ()


def test_what_fails_comes_with_evidence(browser: PageBrowser) -> None:
    verdicts, _ = prove(
        browser,
        SITE,
        Js(expression='document.querySelector("#nothing").textContent.includes("x")'),
        Js(expression='parseFloat(document.querySelector("#name").textContent) > 3'),
        Js(expression="new Promise(() => {})"),
        Js(expression="(() => { while (true) {} })()"),
        Js(expression="???"),
        PageTitle(equals="Shop 8"),
        Element(selector="#name", tag="h2"),
        PageLinks(targets=("about.html", "data.csv")),
    )
    assert states(verdicts) == ["fail"] * 8
    shown = [f"{verdict.actual} {verdict.detail}" for verdict in verdicts]
    expected = ("null", "is NaN", "not settled", "terminated", "SyntaxError", "Shop 7", "<h1>", "no link to data.csv")
    assert [word for word, text in zip(expected, shown, strict=True) if word not in text] == []
    assert "#nothing matches 0 elements" in shown[0]
    assert "Tea &amp; Rice</h1>" in shown[1]


def test_an_id_on_another_element_or_elsewhere_is_said(browser: PageBrowser) -> None:
    page = '<figure id="photo"><img src="data:,"></figure><b id="sum">1</b><main></main>'
    wrong, elsewhere = (
        'document.querySelector("figure img#photo").src',
        'document.querySelector("main #sum").textContent',
    )
    verdicts, _ = prove(browser, {"index.html": page}, Js(expression=wrong), Js(expression=elsewhere))
    assert "the id is on a <figure> and has to be on a <img>" in verdicts[0].detail
    assert "the id is there, but not where the selector says: <b id=" in verdicts[1].detail


def test_a_page_is_given_time_while_its_timers_run(browser: PageBrowser) -> None:
    page = """<p id="late"></p><p id="count">0</p><script>
    setTimeout(() => { document.querySelector("#late").textContent = "here" }, 300);
    const ticking = setInterval(() => { if (++count.textContent == 2) clearInterval(ticking) }, 250)</script>"""
    late = Js(expression='document.querySelector("#late").textContent === "here"')
    count = Js(expression='document.querySelector("#count").textContent === "2"')
    assert states(prove(browser, {"index.html": page}, late, count)[0]) == ["pass", "pass"]


def test_timers_are_known_without_the_page_noticing(browser: PageBrowser) -> None:
    page = """<p>hi</p><script>
    setTimeout(() => 0, 60_000); clearTimeout(setTimeout(() => 0, 900)); clearInterval(setInterval(() => 0, 900));
    setTimeout("window.run = 'from text'", 1); setTimeout((a, b) => { window.sum = a + b }, 1, 2, 3)</script>"""
    verdicts, _ = prove(
        browser,
        {"index.html": page},
        Js(expression=f"window.run === 'from text' && window.sum === 5 && !{will_run(2.5)}"),
        Js(expression=will_run(100)),
        Js(expression="setTimeout.name === 'setTimeout' && String(setTimeout).includes('[native code]')"),
        Js(expression="setTimeout.length === 1 && !Object.keys(window).some(key => /timer/i.test(key))"),
    )
    assert states(verdicts) == ["pass"] * 4, verdicts


@pytest.mark.parametrize("script", ["while (true) {}", "setTimeout(() => { while (true) {} }, 20)"])
def test_a_page_that_hangs_fails_only_its_own_visit(browser: PageBrowser, script: str) -> None:
    assert states(prove(browser, SITE, PageTitle(equals="Shop 7"))[0]) == ["pass"]  # the browser has started
    process = browser._chrome._process
    verdicts, _ = prove(
        browser,
        {**SITE, "hanging.html": f"<p>hi</p><script>{script}</script>"},
        PageLoads(path="hanging.html"),
        Js(expression="true", path="hanging.html"),
        PageTitle(equals="Shop 7"),
        PageTitle(equals="About", path="about.html"),
    )
    assert states(verdicts) == ["fail", "fail", "pass", "pass"]
    assert "does not respond" in verdicts[0].actual
    assert states(prove(browser, SITE, PageTitle(equals="Shop 7"))[0]) == ["pass"]
    assert browser._chrome._process == process


def test_when_the_browser_is_killed_it_starts_again_and_the_visits_are_repeated(browser: PageBrowser) -> None:
    assert states(prove(browser, SITE, PageTitle(equals="Shop 7"))[0]) == ["pass"]  # the browser has started
    process = browser._chrome._process
    killing = threading.Timer(1.0, browser._chrome.kill)
    killing.start()
    page = "<p>hi</p><script>setInterval(() => 0, 100)</script>"
    late = [Js(expression="performance.now() > 2000", query=query) for query in ("", "?again=1")]
    assert states(prove(browser, {"index.html": page}, *late)[0]) == ["pass", "pass"]
    killing.join()
    assert browser._chrome._process != process


def test_what_the_page_says_is_collected(browser: PageBrowser) -> None:
    page = """<p>hi</p><img src="missing.png"><img src="/outside.png"><script>
    alert(1); confirm(2); prompt(3); console.error("a complaint"); console.log("chatter");
    undefinedFunction()</script>"""
    verdicts, found = prove(browser, {"index.html": page}, NoConsoleErrors(), PageLoads())
    assert states(verdicts) == ["fail", "pass"]
    notes = "\n".join(found.report.notes)
    for part in (
        "undefinedFunction is not defined",
        "a complaint",
        "missing.png failed: it answers 404",
        "outside.png",
    ):
        assert part in notes
    assert "chatter" not in notes


@pytest.mark.parametrize("page", ["", "<script>document.body.remove()</script>", "<title>only a title</title>"])
def test_a_blank_page_does_not_load(browser: PageBrowser, page: str) -> None:
    verdicts, _ = prove(browser, {"index.html": page}, PageLoads())
    assert "blank" in verdicts[0].actual


def test_a_library_that_cannot_be_reached_is_not_the_pages_fault(browser: PageBrowser) -> None:
    page = '<p id="x">hi</p><script src="https://cdn.example/lib.js"></script><script>lib.run()</script>'
    verdicts, found = prove(
        browser, {"index.html": page}, NoConsoleErrors(), Js(expression="window.done"), PageText(contains="hi")
    )
    assert states(verdicts) == ["unclear", "unclear", "pass"]
    assert "could not be reached from the runner: https://cdn.example/lib.js" in verdicts[1].detail
    assert "its name does not resolve" in "\n".join(found.report.notes)


class Counter:
    """A server on this machine that nobody may reach."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        counter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                counter.seen.append(self.path)
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def counter() -> Iterator[Counter]:
    opened = Counter()
    yield opened
    opened.close()


def test_no_page_reaches_a_private_address(browser: PageBrowser, counter: Counter) -> None:
    port = counter.port
    page = f"""<p>hi</p><img src="http://127.0.0.1:{port}/img"><iframe src="http://localhost:{port}/frame"></iframe>
    <link rel="stylesheet" href="http://[::1]:{port}/style"><script>
    const quiet = promise => promise.catch(() => 0);
    new WebSocket("ws://127.0.0.1:{port}/socket"); navigator.sendBeacon("http://127.0.0.1:{port}/beacon");
    new Worker(URL.createObjectURL(new Blob(["fetch('http://127.0.0.1:{port}/worker').catch(() => 0)"])));
    window.done = Promise.all([quiet(fetch("http://127.0.0.1:{port}/fetch")), quiet(fetch("https://private.example/")),
      quiet(fetch("https://mixed.example/")), quiet(fetch("https://metadata.example/")),
      quiet(fetch("https://10.0.0.1/")),
      quiet(fetch("http://0.0.0.0:{port}/zero")), quiet(fetch("http://2130706433:{port}/number"))]).then(() => true);
    </script>"""
    verdicts, found = prove(browser, {"index.html": page}, Js(expression="window.done"), NoConsoleErrors())
    assert states(verdicts) == ["pass", "fail"]
    assert counter.seen == []
    notes = "\n".join(found.report.notes)
    for host in ("private.example", "mixed.example", "metadata.example", "10.0.0.1"):
        assert f"https://{host}/ failed: it is not on the public internet" in notes


def test_a_page_cannot_lead_the_browser_to_files_of_the_machine(browser: PageBrowser) -> None:
    page = '<p>hi</p><iframe src="file:///etc/passwd"></iframe><script>location.href = "file:///etc/passwd"</script>'
    verdicts, _ = prove(browser, {"index.html": page}, PageText(contains="root:"), PageText(contains="hi"))
    assert states(verdicts) == ["fail", "pass"]


def test_the_browser_gets_neither_keys_nor_tokens(browser: PageBrowser) -> None:
    prove(browser, SITE, PageLoads())
    process = browser._chrome._process
    assert process is not None
    environ = Path(f"/proc/{process}/environ").read_bytes()
    assert b"PATH=" in environ
    assert SECRET.encode() not in environ


def test_every_visit_has_a_profile_of_its_own(browser: PageBrowser) -> None:
    page = """<p>hi</p><script>window.before = localStorage.length + document.cookie.length;
    localStorage.setItem("a", 1); document.cookie = "a=1; max-age=1000"</script>"""
    for _ in range(2):
        verdicts, _ = prove(
            browser,
            {"index.html": page},
            Js(expression="window.before === 0"),
            Js(expression="!document.hidden", query="?b=1"),
        )
        assert states(verdicts) == ["pass", "pass"]


def test_service_workers_are_blocked(browser: PageBrowser) -> None:
    page = """<p>hi</p><script>window.done = navigator.serviceWorker.register("sw.js").then(
    r => (r ? "registered" : "nothing"), () => "refused")</script>"""
    check = Js(expression="navigator.serviceWorker.getRegistrations().then(all => all.length === 0)")
    assert states(prove(browser, {"index.html": page, "sw.js": ""}, check)[0]) == ["pass"]


def size_of(webp: bytes) -> tuple[int, int]:
    """Read width and height in the head of an extended picture (RFC 9649: each is one less, in three bytes)."""
    assert (webp[:4], webp[8:16]) == (b"RIFF", b"WEBPVP8X")
    return int.from_bytes(webp[24:27], "little") + 1, int.from_bytes(webp[27:30], "little") + 1


def test_screenshots_have_both_sizes(browser: PageBrowser) -> None:
    _, found = prove(
        browser, SITE, PageLoads(), Js(expression="innerWidth === 1280", query="?again=1"), screenshots=True
    )
    assert found.screenshots is not None
    sizes = [size_of(picture) for picture in (found.screenshots.desktop, found.screenshots.mobile)]
    assert sizes == [(1280, 800), (390, 844)]
    assert found.report.is_perfect


def test_a_live_site_is_visited_only_when_its_host_is_allowed(browser: PageBrowser) -> None:
    live = PagesServer()
    live.show({"index.html": b"<title>Live</title><p>hi"}, "owner/page")
    contract = Contract(assertions=(PageTitle(equals="Live"), PageLoads()))
    try:
        refused = evaluate(contract, Candidate({}), browser.open_live(live.address)).report
        allowed = frozenset({f"127.0.0.1:{live.port}"})
        program = find_browser(search_path=os.environ["PATH"])
        with PageBrowser(program, os.environ, resolve=resolve, allowed_hosts=allowed) as visitor:
            seen = evaluate(contract, Candidate({}), visitor.open_live(live.address)).report
    finally:
        live.close()
    assert not refused.is_good
    assert seen.is_perfect


def test_a_browser_that_does_not_start_says_so(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    program.chmod(0o755)
    with PageBrowser(program, os.environ, resolve=resolve) as broken, pytest.raises(NoBrowser, match="does not start"):
        prove(broken, SITE, PageLoads())


PLACES = [
    ("/page/", 200, "text/html; charset=utf-8", b"home"),
    ("/page", 301, "/page/", b""),
    ("/page/data.json", 200, "application/json; charset=utf-8", b"{}"),
    ("/page/logo.svg", 200, "image/svg+xml", b"<svg/>"),
    ("/page/about", 200, "text/html; charset=utf-8", b"about"),
    ("/page/docs", 301, "/page/docs/", b""),
    ("/page/docs/", 200, "text/html; charset=utf-8", b"docs"),
    ("/page/unknown.bin", 200, "application/octet-stream", b"\x00"),
    ("/page/.pagewright/contract.json", 404, "text/html; charset=utf-8", b"lost"),
    ("/page/none", 404, "text/html; charset=utf-8", b"lost"),
]


def test_the_local_server_answers_as_pages_does() -> None:
    server = PagesServer()
    names = ("index.html:home", "data.json:{}", "logo.svg:<svg/>", "about.html:about", "docs/index.html:docs")
    files = {name: text.encode() for name, text in (entry.split(":") for entry in names)}
    server.show({**files, "unknown.bin": b"\x00", ".pagewright/contract.json": b"x", "404.html": b"lost"}, "page")
    try:
        assert [(path, *server.answer(path)) for path, *_ in PLACES] == PLACES
        assert server.answer("/other/")[0] == 404
    finally:
        server.close()
