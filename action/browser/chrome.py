"""One Chromium process: where its program is, how it is started, and how it is stopped when a page does not let go."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Browser, Error, Playwright, ProxySettings, async_playwright

from action.browser.tab import Tab
from action.errors import NoBrowser

# A headless shell is the same engine without windows and menus: it starts sooner and needs less.
NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "chrome",
)
PLACES = (
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_browser(configured: str | None = None, search_path: str | None = None) -> Path:
    """Return the executable. `configured` (a path or a name) wins; `search_path` is PATH. Raises NoBrowser."""
    if configured:
        found = shutil.which(configured, path=search_path)
        if found:
            return Path(found)
        raise NoBrowser(
            f"The browser {configured} cannot be run.",
            "CHROME names a file that does not exist or is not executable.",
            "Set CHROME to the path of Chrome or Chromium, or leave it empty to let one be found.",
        )
    for candidate in (*NAMES, *PLACES):
        if found := shutil.which(candidate, path=search_path):
            return Path(found)
    raise NoBrowser(
        "No Chrome or Chromium was found.",
        "the runner's image does not contain one (GitHub's ubuntu images do).",
        "Install one ('apt-get install chromium'), or set CHROME to the path of one.",
    )


START_SECONDS = 45.0
STOP_SECONDS = 10.0
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


class Chrome:
    """Starts on first use, and again after it had to be killed. Belongs to the loop that first uses it."""

    def __init__(
        self, executable: Path, *, proxy_port: int, direct: frozenset[str], environ: Mapping[str, str]
    ) -> None:
        self._executable = executable
        self._proxy_port = proxy_port
        self._direct = direct
        self._home = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        self._environ = {**scrubbed(environ), "HOME": self._home.name}
        self._starting = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._process: int | None = None

    async def open_tab(self, *, takes_downloads: bool = False) -> Tab:
        """Open a tab with an empty profile. Raises NoBrowser, or playwright's Error."""
        return await Tab.opened(await self.running(), takes_downloads=takes_downloads)

    async def running(self) -> Browser:
        """Return the browser; start it when it does not run. Raises NoBrowser."""
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                self._browser = await self._started()
            return self._browser

    async def _started(self) -> Browser:
        try:
            self._playwright = self._playwright or await async_playwright().start()
            browser = await self._launch(self._playwright)
            self._process = await process_of(browser)
        except Error as error:
            raise NoBrowser(
                f"The browser {self._executable} does not start.",
                f"{error.message.splitlines()[0]} (a container without user namespaces cannot have Chrome's sandbox).",
                "Run that program by hand to see why; give another one in CHROME.",
            ) from None
        return browser

    async def _launch(self, playwright: Playwright) -> Browser:
        return await playwright.chromium.launch(
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

    def kill(self) -> None:
        """End the browser's process at once. Its children end with it."""
        if self._process:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
        self._browser = self._process = None

    async def stop(self) -> None:
        """Close the browser and Playwright."""
        try:
            if self._browser and self._browser.is_connected():
                async with asyncio.timeout(STOP_SECONDS):
                    await self._browser.close()
        except (Error, TimeoutError):
            self.kill()
        finally:
            if self._playwright:
                await self._playwright.stop()
            self._home.cleanup()
            self._playwright = self._browser = self._process = None


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a browser needs of the environment. No token, no key, no home with files of a person."""
    return {name: environ[name] for name in ("PATH", "LANG", "TMPDIR", "TZ") if environ.get(name)}


async def process_of(browser: Browser) -> int | None:
    """Return the process id of the browser's main process."""
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    await session.detach()
    return next((int(process["id"]) for process in processes if process["type"] == "browser"), None)
