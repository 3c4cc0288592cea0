"""One Chromium process: how it is started, and how it is stopped when a page does not let go."""

import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, Playwright, ProxySettings, sync_playwright

from action.browser.find import NoBrowser

DESKTOP = (1280, 800)
MOBILE = (390, 844)
START_SECONDS = 45.0
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    # Of Playwright's own list what matters here (the last list wins), and pop-ups of the address bar: each visit would
    # start two processes for them.
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter,NetworkTimeServiceQuerying,"
    "OptimizationHints,PaintHolding,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,WebUIOmniboxPopup",
    "--disable-gpu",
    "--disable-quic",  # UDP would go around the proxy
    "--disable-sync",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--no-first-run",
    "--no-pings",
)


class PageHung(Exception):
    """The page did not give control back in time, so the browser was killed."""


class Chrome:
    """Starts on first use, and again after it had to be killed. Belongs to the thread that first uses it."""

    def __init__(
        self, executable: Path, *, proxy_port: int, direct: frozenset[str], environ: Mapping[str, str]
    ) -> None:
        self._executable = executable
        self._proxy_port = proxy_port
        self._direct = direct
        self._home = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        self._environ = {**scrubbed(environ), "HOME": self._home.name}
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._process: int | None = None
        self._spares: list[Page] = []

    def start(self) -> Browser:
        """Return the running browser. Raises NoBrowser."""
        if self._browser and self._browser.is_connected():
            return self._browser
        self._spares.clear()
        try:
            self._playwright = self._playwright or sync_playwright().start()
            self._browser = self._launch(self._playwright)
            self._process = process_of(self._browser)
        except Error as error:
            raise NoBrowser(
                f"The browser {self._executable} does not start.",
                f"{error.message.splitlines()[0]} (a container without user namespaces cannot have Chrome's sandbox).",
                "Run that program by hand to see why; give another one in CHROME.",
            ) from None
        return self._browser

    def _launch(self, playwright: Playwright) -> Browser:
        return playwright.chromium.launch(
            executable_path=self._executable,
            headless=True,
            env=dict(self._environ),
            chromium_sandbox=os.geteuid() != 0,  # Chromium refuses to sandbox as root, which containers usually are
            timeout=START_SECONDS * 1000,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            proxy=ProxySettings(server=f"http://127.0.0.1:{self._proxy_port}", bypass=self._bypass()),
            args=[*FLAGS, f"--host-resolver-rules=MAP * ~NOTFOUND , {self._exceptions()}"],
        )

    def _bypass(self) -> str:
        """Loopback goes through the proxy too (and is refused there), except our own server."""
        return ",".join(["<-loopback>", *sorted(self._direct)])

    def _exceptions(self) -> str:
        names = {host.rpartition(":")[0] or host for host in self._direct} | {"127.0.0.1"}
        return " , ".join(f"EXCLUDE {name}" for name in sorted(names))

    @contextmanager
    def fresh_page(self, seconds: float) -> Iterator[Page]:
        """Give a page in a profile of its own for at most `seconds`. Raises PageHung: the browser is gone then."""
        self.start()
        with self.time_limit(seconds):
            self.prepare()
            page = self._spares.pop()
            try:
                yield page
            finally:
                with suppress(Error):
                    page.context.close()

    def prepare(self, count: int = 1) -> None:
        """Open profiles and pages for the next visits: that takes longer than all the rest of a visit."""
        self.start()
        while len(self._spares) < count:
            context = self.start().new_context(
                viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
                accept_downloads=False,
                service_workers="block",
                locale="en-US",
            )
            self._spares.append(context.new_page())

    @contextmanager
    def time_limit(self, seconds: float) -> Iterator[None]:
        """Kill the browser when the block takes longer. Playwright itself would wait for an endless loop for ever."""
        ended = threading.Event()
        hung = threading.Event()

        def watch() -> None:
            if not ended.wait(seconds):
                hung.set()
                self.kill()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        except Error:
            if not hung.is_set():
                raise
        finally:
            ended.set()
            watcher.join()
        if hung.is_set():
            raise PageHung

    def kill(self) -> None:
        """End the browser's process at once. Its children end with it."""
        if self._process:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)

    def stop(self) -> None:
        """Close the browser and Playwright."""
        try:
            if self._browser and self._browser.is_connected():
                with suppress(Error):
                    self._browser.close()
        finally:
            if self._playwright:
                self._playwright.stop()
            self._home.cleanup()
            self._playwright = self._browser = self._process = None
            self._spares.clear()


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a browser needs of the environment. No token, no key, no home with files of a person."""
    return {name: environ[name] for name in ("PATH", "LANG", "TMPDIR", "TZ") if environ.get(name)}


def process_of(browser: Browser) -> int | None:
    """Return the process id of the browser's main process."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return next((int(process["id"]) for process in processes if process["type"] == "browser"), None)
