"""A real Chromium without a window: it reaches this machine alone, and tells what it asked for, what came, and what it complained of."""

import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from selenium import webdriver

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)
_PATIENCE_S = 60
_SETTLED = """
const done = arguments[arguments.length - 1];
Promise.all([...document.images].map((image) => image.decode().catch(() => {}))).then(() => done(true));
"""
_PICTURES = """
const done = arguments[arguments.length - 1];
async function told(image) {
  const box = image.getBoundingClientRect(), alone = new Image();
  alone.src = image.currentSrc;
  await alone.decode().catch(() => {});
  const parts = [...(image.parentElement.tagName === "PICTURE" ? image.parentElement.children : [image])];
  return {
    alt: image.alt, complete: image.complete, source: image.currentSrc, plain: image.src, kind: image.className,
    natural: [image.naturalWidth, image.naturalHeight], pixels: [alone.naturalWidth, alone.naturalHeight],
    box: [box.left, box.top, box.right, box.bottom], fills: image.dataset.nimg === "fill",
    srcsets: parts.map((part) => part.srcset || "").filter(Boolean),
  };
}
Promise.all([...document.images].map(told)).then(done);
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One answer that came over the network, or from the browser's cache of it."""

    url: str
    status: int
    kind: str
    address: str


@dataclass
class Browser:
    """One Chromium, of a new profile."""

    driver: webdriver.Chrome
    density: float = 1

    def look_as(self, width: int, height: int, density: float = 1, scheme: str = "light") -> None:
        """Have a screen of this size, in CSS pixels, and a taste for light or dark pages."""
        self.density = density
        size = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def open(self, url: str) -> None:
        """Load a page as if it were new to this browser, and wait for its pictures."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.driver.get(url)
        self.driver.execute_async_script(_SETTLED)

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def pictures(self) -> list[dict[str, Any]]:
        """Return each picture of the page: what was chosen of its srcset, its size, and where it stands."""
        return self.driver.execute_async_script(_PICTURES)

    def screenshot(self) -> Image.Image:
        """Return what is seen, in device pixels."""
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        return Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")

    def complaints(self) -> list[str]:
        """Return what the console says since it was asked last: errors, warnings, and what a policy refused."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def traffic(self) -> tuple[set[str], list[Arrival]]:
        """Return the URLs that were asked for since this was asked last, and what came; data: URLs are no traffic."""
        asked: set[str] = set()
        came: list[Arrival] = []
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            params = event["params"]
            if event["method"] == "Network.requestWillBeSent" and not params["request"]["url"].startswith("data:"):
                asked.add(params["request"]["url"])
            elif event["method"] == "Network.responseReceived" and not params["response"]["url"].startswith("data:"):
                got = params["response"]
                came.append(Arrival(got["url"], got["status"], got["mimeType"], got.get("remoteIPAddress", "")))
        return asked, came


@contextmanager
def chromium(program: Callable[[str], str], profile: Path, hosts: Mapping[str, int]) -> Iterator[Browser]:
    """Start Chromium. Each of `hosts` is a port of this machine; no other name is known to it, so nothing leaves."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium")
    service = webdriver.ChromeService(executable_path=program("chromedriver"))
    rules = [f"MAP {host} 127.0.0.1:{port}" for host, port in hosts.items()]
    rules += ["MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"]
    for flag in (*_FLAGS, f"--user-data-dir={profile}", f"--host-resolver-rules={', '.join(rules)}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.set_page_load_timeout(_PATIENCE_S)
        driver.set_script_timeout(_PATIENCE_S)
        yield Browser(driver)
    finally:
        driver.quit()
