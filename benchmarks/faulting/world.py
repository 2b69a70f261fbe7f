"""The pictures, the URLs and the settings of the run: the same at every run."""

from dataclasses import dataclass
from pathlib import Path

import pyvips

from faulting.origin import Origin, Picture
from imgcdn import samples
from imgcdn.gravity import models
from imgcdn.gravity.settings import GravitySettings

LONG_S = 100_000
_PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg")
_SOURCES = 24
_FORMATS = ("jpeg", "webp", "png")
_SETTINGS = """
[[mount]]
name = "web"
origin = "{url}"

[gravity]
pull_models = false

[fetch]
total_timeout_s = 5

[freshness]
failed_s = 0.5
not_found_s = 0.5
{more}
"""


@dataclass(frozen=True)
class World:
    """What is the same in all phases. `writes` is how many URLs the longest phase asks for."""

    origin: Origin
    place: Path
    seed: int
    writes: int
    has_faces: bool

    def settings(self, more: str = "") -> str:
        return _SETTINGS.format(url=self.origin.url, more=more)

    def targets(self, count: int, prefix: str = "s") -> list[str]:
        """Return distinct URLs over all sources, formats and ways to crop; a few are too large for a row."""
        gravities = (
            ("auto", "smart", "center", "north", "face") if self.has_faces else ("auto", "smart", "center", "north")
        )
        found = []
        for number in range(count):
            width, height = 60 + number % 307, 50 + number * 7 % 211
            if number % 25 == 24:
                width, height = 560, 380
            gravity, form = gravities[number % len(gravities)], _FORMATS[number // 3 % 3]
            path = f"/web/{prefix}{number * 5 % _SOURCES}.jpg"
            found.append(
                f"{path}?w={width}&h={height}&q={60 + number % 31}&gravity={gravity}&format={form}&bg={number:06x}"
            )
        return found

    def publish(self, prefix: str = "s", life_s: int = LONG_S) -> None:
        """Put the pictures where the server finds them."""
        for number in range(_SOURCES):
            self.origin.pictures[f"/{prefix}{number}.jpg"] = Picture(picture(number), life_s)


def picture(number: int, width: int = 720, height: int = 480) -> bytes:
    """Return the JPEG of one source: another part of a photo for each number."""
    source = samples.folder() / _PHOTOS[number % len(_PHOTOS)]
    whole = pyvips.Image.thumbnail(str(source), 1100, height=1100, size="force")[0:3].copy_memory()
    left, top = number * 37 % (1100 - width), number * 53 % (1100 - height)
    return bytes(whole.crop(left, top, width, height).jpegsave_buffer(Q=85, keep=0))


def make_world(place: Path, seed: int, writes: int) -> World:
    pyvips.cache_set_max(0)
    has_faces = models.is_runtime_installed() and not models.problems(GravitySettings().models_dir)
    return World(Origin(), place, seed, writes, has_faces)
