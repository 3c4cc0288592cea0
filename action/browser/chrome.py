"""One Chromium process: how it is started, and how it is stopped when a page does not let go."""

import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, ProxySettings, sync_playwright

from action.browser.find import NoBrowser
from action.browser.tab import Tab

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
        self._spare: Tab | None = None  # nothing was opened in it yet
        self._used: Tab | None = None

    def start(self) -> Browser:
        """Return the running browser. Raises NoBrowser."""
        if self._browser and self._browser.is_connected():
            return self._browser
        self._spare = self._used = None
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
    def fresh_tab(self, seconds: float, empty_page: str | None = None) -> Iterator[Tab]:
        """Give a tab with an empty profile for at most `seconds`. Raises PageHung: the browser is gone then.

        With the address of an empty page of the same origin, the tab of the visit before is emptied and given again:
        to open a profile and start its process takes longer than all the rest of a visit.
        """
        self.start()
        with self.time_limit(seconds):
            tab = self._used_again(empty_page) or self._spare_tab()
            try:
                yield tab
                self._used = tab if empty_page else None
            finally:
                if not self._used:
                    tab.close()

    def _used_again(self, empty_page: str | None) -> Tab | None:
        if self._used and not (empty_page and self._used.is_emptied(empty_page)):
            self.close_used()
        tab, self._used = self._used, None
        return tab

    def _spare_tab(self) -> Tab:
        tab, self._spare = self.prepare(), None
        return tab

    def prepare(self) -> Tab:
        """Open a profile and a tab for the next visit, unless one is waiting."""
        browser = self.start()
        self._spare = self._spare or Tab.opened(browser)
        return self._spare

    def close_used(self) -> None:
        """The next visit gets a new profile in a new process."""
        if self._used:
            self._used.close()
        self._used = None

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
            self._playwright = self._browser = self._process = self._spare = self._used = None


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a browser needs of the environment. No token, no key, no home with files of a person."""
    return {name: environ[name] for name in ("PATH", "LANG", "TMPDIR", "TZ") if environ.get(name)}


def process_of(browser: Browser) -> int | None:
    """Return the process id of the browser's main process."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return next((int(process["id"]) for process in processes if process["type"] == "browser"), None)
