"""What tests of imgix' parameters share: pictures that show each effect, how they are asked for, and who shows what."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import painting
from measuring import Pixels, opened, pixels_of
from PIL import Image
from serving import SAFARI_13, Server

HOST, TOKEN = "assets.example.com", "aaAAbbBB11223344"
SETTINGS = f"""
[[mount]]
name = "free"
origin = "{{folder}}"
dialect = "imgix"

[[mount]]
name = "assets"
origin = "{{folder}}"
dialect = "imgix"
hosts = ["{HOST}"]
tokens = ["{TOKEN}"]
signed = true

[http]
allow_debug = true

[limits]
allow_svg = true
"""
NAVY, RED, WHITE = (0, 0, 128), (255, 0, 0), (255, 255, 255)
STRIPES = ((64, 64, 64), (128, 128, 128), (192, 192, 192), (200, 50, 50), (50, 200, 50), (50, 50, 200), (140, 120, 120))
"""The colours of stripes.png, each 20 px wide."""
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>x</script><rect width="40" height="20"/></svg>'

T = TypeVar("T", bound=Callable[..., Any])
SHOWN: dict[str, list[str]] = {}
"""Which tests show the effect of which parameter."""


def shows(*names: str) -> Callable[[T], T]:
    """Note that a test shows what parameters do."""

    def note(test: T) -> T:
        for name in names:
            SHOWN.setdefault(name, []).append(test.__name__)
        return test

    return note


class Asking:
    """Asks for pictures of the unsigned mount. PNG, which loses nothing, unless the query says a format."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._client = server.client()

    def answer(self, picture: str, query: str, *, status: int = 200, **headers: str) -> httpx.Response:
        named = {"accept": SAFARI_13} | {name.replace("_", "-"): value for name, value in headers.items()}
        found = self._client.get(f"/free/{picture}?{query}", headers=named)
        assert found.status_code == status, found.text
        return found

    def image(self, picture: str, query: str, **headers: str) -> Image.Image:
        is_said = any(part.partition("=")[0] in {"fm", "auto", "palette"} for part in query.split("&"))
        return opened(self.answer(picture, query if is_said else f"{query}&fm=png", **headers).content)

    def pixels(self, picture: str, query: str = "", **headers: str) -> Pixels:
        """Return rows of RGB or RGBA."""
        return pixels_of(self.image(picture, query, **headers))

    def size(self, picture: str, query: str, **headers: str) -> tuple[int, int]:
        return self.image(picture, query, **headers).size

    def told(self, picture: str, query: str) -> dict[str, Any]:
        """Return the explanation of a picture."""
        return self.answer(picture, f"{query}&explain=1").json()

    def stripes(self, query: str) -> list[tuple[int, ...]]:
        """Return the colours in the middles of the stripes."""
        found = self.pixels("stripes.png", query)
        return [tuple(round(value) for value in found[20, 10 + 20 * index, :3]) for index in range(len(STRIPES))]


def paint(folder: Path) -> None:
    """Make the pictures; each is plain, so that what a parameter does shows in whole numbers."""
    painting.corners(120, 80).save(folder / "corners.png")
    painting.ramp(256, 256).save(folder / "ramp.png")
    Image.new("RGB", (240, 160), NAVY).save(folder / "navy.png")
    Image.new("RGB", (60, 30), RED).save(folder / "logo.png")
    (folder / "brand").mkdir()
    Image.new("RGB", (20, 20), "lime").save(folder / "brand" / "logo.png")
    stripes = Image.new("RGB", (20 * len(STRIPES), 40))
    for index, colour in enumerate(STRIPES):
        stripes.paste(colour, (20 * index, 0, 20 * index + 20, 40))
    stripes.save(folder / "stripes.png")
    painting.sample("astronaut.png").save(folder / "face.jpg", quality=92, dpi=(144, 144))
    _pair().save(folder / "two faces.jpg", quality=92)
    painting.sample("coffee.png").save(folder / "photo.jpg", quality=95)
    painting.alpha_picture().save(folder / "alpha.png")
    painting.write_p3(folder / "p3.jpg")
    painting.save_turned(painting.corners(120, 80), folder / "turned.png", 6)
    _frame_pictures(folder)
    _noisy(folder)
    film = [Image.new("RGB", (60, 40), colour) for colour in ("red", "lime", "blue", "white", "black", "yellow")]
    film[0].save(folder / "film.gif", save_all=True, append_images=film[1:], duration=100, loop=0)
    pages = [Image.new("RGB", size, colour) for size, colour in (((60, 40), "red"), ((40, 80), "lime"))]
    pages[0].save(folder / "pages.tif", save_all=True, append_images=pages[1:])
    (folder / "drawing.svg").write_text(_SVG, encoding="utf-8")


def _pair() -> Image.Image:
    """Return two faces: a large one on the left, a smaller one on the right."""
    face = painting.sample("astronaut.png").crop((96, 0, 352, 256))
    made = Image.new("RGB", (900, 400), (90, 110, 120))
    made.paste(face.resize((400, 400), Image.Resampling.BICUBIC), (0, 0))
    made.paste(face, (600, 72))
    return made


def _frame_pictures(folder: Path) -> None:
    """Write 60x40 px of colour in a border of 20: white, almost white with a mark in it, transparent, almost so."""
    for name, border in {"framed": WHITE, "worn": WHITE}.items():
        image = Image.new("RGB", (100, 80), border)
        image.paste(painting.corners(60, 40).convert("L").convert("RGB").point(lambda value: value // 2), (20, 20))
        if name == "worn":
            image.putpixel((5, 5), (247, 247, 247))
        image.save(folder / f"{name}.png")
    for name, alpha in {"clear": 0, "hazy": 8}.items():
        image = Image.new("RGBA", (100, 80), (255, 255, 255, alpha))
        image.paste((0, 0, 128, 255), (20, 20, 80, 60))
        image.save(folder / f"{name}.png")
    rough = np.random.default_rng(7).integers(232, 256, (80, 100, 1)).repeat(3, axis=2).astype(np.uint8)
    rough[20:60, 20:80] = (0, 0, 128)
    Image.fromarray(rough, "RGB").save(folder / "rough.png")


def _noisy(folder: Path) -> None:
    """Write noise over grey with one hard edge, and a grey picture of which only the right fifth shows anything."""
    noise = np.random.default_rng(3).normal(0, 12, (120, 160, 1)).repeat(3, axis=2)
    edge = np.where(np.arange(160) < 80, 80, 180)[None, :, None]
    Image.fromarray((edge + noise).clip(0, 255).astype(np.uint8), "RGB").save(folder / "noise.png")
    busy = np.full((100, 300, 3), 128, np.uint8)
    busy[:, 240:] = np.where(np.arange(60)[None, :, None] // 4 % 2, 230, 30)
    busy[::7, 240:] = 10
    Image.fromarray(busy, "RGB").save(folder / "busy.png")
