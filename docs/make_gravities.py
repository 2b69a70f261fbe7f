"""Renders the pictures of docs/gravities.md and writes what explains them into it: python docs/make_gravities.py.

The text between the page's markers is made here; the rest of the page is written by hand and stays.
"""
# ruff: noqa: INP001 - a script, not a package

import argparse
import asyncio
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyvips

from imgcdn import samples
from imgcdn.model.analysis import Focus, Override
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Format
from imgcdn.oneshot import Desk, open_desk
from imgcdn.pipeline.stages import Explanation
from imgcdn.planning import drawing
from imgcdn.records.database import Database
from imgcdn.records.overrides import Overrides
from imgcdn.settings import Settings, load

PAGE = Path(__file__).with_name("gravities.md")
PICTURES = Path(__file__).with_name("gravities")
_SIDE = 340
"""The longest side of a picture, in px: four of them stand beside each other, and letters can still be read."""
_QUALITIES = (60, 50, 40, 30)
"""The first at which a picture is small enough."""
_LARGEST = 25_000
"""Bytes of a picture at most; the page is for reading on a phone, too."""
_COLUMNS = 4
_MOST_PARTS = 3
"""Parts of a score that are named, the largest."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph of the page: where it comes from and under what terms, as scikit-image's documentation says."""

    name: str
    make: Callable[[Path], pyvips.Image]
    shows: str
    terms: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a table: the crop that a query makes of a photo, drawn over all of it."""

    photo: str
    query: str
    is_heat: bool = False
    override: Point | None = None

    @property
    def title(self) -> str:
        shown = f"{self.query}&debug=heat" if self.is_heat else self.query
        return f"`{shown}`" if self.override is None else f"`{shown}`, overridden"

    @property
    def file(self) -> str:
        text = re.sub(r"[^a-z0-9]+", "-", self.query.lower()).strip("-")
        last = "-heat" if self.is_heat else "-overridden" if self.override is not None else ""
        return f"{self.photo}-{text}{last}.webp"


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell, rendered and explained."""

    cell: Cell
    body: bytes
    decided: str
    why: str


def _as_it_is(name: str) -> Callable[[Path], pyvips.Image]:
    return lambda folder: pyvips.Image.new_from_file(str(folder / name))[0:3]


def _three(folder: Path) -> pyvips.Image:
    """Put the portrait beside itself twice, once mirrored and closer: a picture with faces of three sizes."""
    portrait = _as_it_is("astronaut.png")(folder)
    middle = portrait.crop(75, 0, 290, 400)
    far = portrait.crop(100, 0, 270, 512).resize(400 / 512)
    close = portrait.crop(120, 0, 215, 250).fliphor().resize(1.6)
    return middle.join(far, "horizontal").join(close, "horizontal")


PHOTOS = (
    Photo(
        "astronaut",
        _as_it_is("astronaut.png"),
        "Eileen Collins, by NASA",
        "public domain, no known copyright restrictions",
    ),
    Photo("three", _three, "the same photograph three times", "as above; put together by the script of this page"),
    Photo("cat", _as_it_is("chelsea.png"), "Chelsea the cat, by Stefan van der Walt", "CC0"),
    Photo("coffee", _as_it_is("coffee.png"), "a cup of coffee, by Rachel Michetti, Pikolo Espresso Bar", "CC0"),
    Photo("rocket", _as_it_is("rocket.jpg"), "the launch of DSCOVR, by SpaceX", "public domain"),
    Photo("gravel", _as_it_is("gravel.png"), "gravel, by CC0Textures", "CC0"),
)

_ALL = ("auto", "smart", "face", "faces", "attention", "entropy", "edges", "subject", "center")


def _each(photo: str, shape: str, gravities: tuple[str, ...] = _ALL) -> tuple[Cell, ...]:
    return tuple(Cell(photo, f"ar={shape}&gravity={name}") for name in gravities)


_PRESETS = ("closeup", "head-shoulders", "upper-body", "half-body")
SHEETS: Mapping[str, tuple[Cell, ...]] = {
    "astronaut-tall": _each("astronaut", "9:16"),
    "astronaut-wide": _each("astronaut", "16:9"),
    "cat": _each("cat", "9:16"),
    "coffee": _each("coffee", "9:16"),
    "rocket": _each("rocket", "9:16", (*_ALL[:3], "face&face_min=0.7", *_ALL[4:])),
    "nothing": _each("gravel", "9:16", ("auto", "smart", "attention", "entropy", "edges")),
    "faces": (
        *_each("three", "5:4", ("face", "faces")),
        *_each("three", "16:9", ("faces",)),
        *_each("three", "9:16", ("faces",)),
        *(Cell("three", f"ar=9:16&gravity=face&face_index={index}") for index in (1, 2, 3)),
        Cell("three", "ar=1:1&gravity=face&face_pad=2"),
    ),
    "presets": tuple(Cell("astronaut", f"ar=3:4&gravity=face&face_preset={name}") for name in _PRESETS),
    "points": (
        Cell("astronaut", "ar=16:9&gravity=north"),
        Cell("coffee", "ar=1:1&fp=0.61,0.72"),
        Cell("coffee", "ar=1:1&fp=0.61,0.72&fpz=2.5"),
        Cell("three", "ar=1:1&rect=0,0,0.5,1.0&gravity=face"),
    ),
    "lists": (
        Cell("cat", "ar=9:16&gravity=face,west"),
        Cell("astronaut", "ar=16:9&gravity=face,west"),
        Cell("rocket", "ar=1:1"),
        Cell("rocket", "ar=1:1", override=Point(0.86, 0.5)),
    ),
    "heat": (
        Cell("astronaut", "ar=9:16", is_heat=True),
        Cell("cat", "ar=9:16", is_heat=True),
        Cell("coffee", "ar=9:16", is_heat=True),
        Cell("gravel", "ar=9:16", is_heat=True),
    ),
}


async def show(desk: Desk, folder: Path, cell: Cell) -> Shown:
    """Render a cell, small, and say why its window is where it is."""
    file = folder / f"{cell.photo}.png"
    _, found = await desk.explain(file, cell.query, "")
    drawn = await desk.draw(file, cell.query, Format.PNG, is_heat=cell.is_heat)
    body = _small(pyvips.Image.new_from_buffer(drawn, ""))
    decided, why = explained(found)
    return Shown(cell, body, decided, why)


def _small(picture: pyvips.Image) -> bytes:
    tried = (picture.webpsave_buffer(Q=quality, effort=6, smart_subsample=True, keep=0) for quality in _QUALITIES)
    body = next((bytes(body) for body in tried if len(body) <= _LARGEST), None)
    if body is None:
        raise SystemExit(f"a picture has more than {_LARGEST} bytes at quality {_QUALITIES[-1]}")
    return body


def explained(found: Explanation) -> tuple[str, str]:
    """Return who decided and how surely, and a sentence of what `explain=1` says about it."""
    focus = found.focus
    if focus is None:
        return "nobody", "the shape is the picture's own, so nothing is cut away"
    sure = "" if focus.confidence is None else f" {focus.confidence:.2f}"
    asked = [f"{trial.engine}: {trial.outcome}" for trial in focus.tried if trial.outcome not in {"used", "none"}]
    return f"{focus.engine}{sure}", "; ".join((*asked, *_reasons(focus, found.plan.window, found.info.upright)))


def _reasons(focus: Focus, window: Box, upright: Size) -> Iterator[str]:
    if focus.faces:
        among = next((trial.faces for trial in reversed(focus.tried) if trial.faces), len(focus.faces))
        whole = sum(_is_whole(face, window, upright) for face in focus.faces)
        yield f"kept {whole} of {among}"
    elif focus.candidates:
        best, *others = focus.candidates
        parts = sorted(best.parts.items(), key=lambda part: -abs(part[1]))[:_MOST_PARTS]
        named = ", ".join(f"{name} {share:.2f}" for name, share in parts)
        yield f"worth {best.score:.2f} ({named})"
        if others:
            yield f"next best {others[0].score:.2f}"
    else:
        yield f"point {focus.point.x:.2f}, {focus.point.y:.2f}"


def _is_whole(face: Region, window: Box, upright: Size) -> bool:
    """Whether a face, as it was found, lies in the window; a pixel of rounding is no cut."""
    left, right = face.x * upright.width, (face.x + face.width) * upright.width
    top, bottom = face.y * upright.height, (face.y + face.height) * upright.height
    across = window.left - 1 <= left and right <= window.right + 1
    return across and window.top - 1 <= top and bottom <= window.bottom + 1


def table(shown: list[Shown]) -> str:
    """Lay pictures out, four to a row, each with its query above and what was decided below."""
    lines: list[str] = []
    columns = min(_COLUMNS, len(shown))
    for row in (shown[start : start + columns] for start in range(0, len(shown), columns)):
        titles = [one.cell.title for one in row]
        lines.append(_row(titles, columns))
        if len(lines) == 1:
            lines.append("|" + "---|" * columns)
        lines.append(_row([f"![{_alt(one)}]({PICTURES.name}/{one.cell.file})" for one in row], columns))
        lines.append(_row([f"**{one.decided}**<br>{one.why}" for one in row], columns))
    return "\n".join(lines)


def _row(texts: list[str], columns: int) -> str:
    return "| " + " | ".join(texts + [""] * (columns - len(texts))) + " |"


def _alt(one: Shown) -> str:
    return f"{one.cell.photo}: {one.cell.query}"


def photos() -> str:
    """List the photographs and their terms."""
    rows = [f"| {photo.name} | {photo.shows} | {photo.terms} |" for photo in PHOTOS]
    return "\n".join(["| photograph | shows | terms |", "|---|---|---|", *rows])


def written(page: str, parts: Mapping[str, str]) -> str:
    """Put the parts between their markers. Raises SystemExit when a marker or a part is missing."""
    found = re.findall(r"^<!-- made: ([\w-]+) -->$", page, re.MULTILINE)
    if sorted(found) != sorted(parts):
        raise SystemExit(f"{PAGE.name} and its script differ in {sorted(set(found) ^ set(parts))}")

    def fill(marker: re.Match[str]) -> str:
        return f"{marker[1]}\n{parts[marker[2]]}\n{marker[3]}"

    return re.sub(r"^(<!-- made: ([\w-]+) -->)\n.*?^(<!-- end -->)$", fill, page, flags=re.MULTILINE | re.DOTALL)


async def render(settings: Settings, folder: Path) -> dict[Cell, Shown]:
    """Render every cell once; those with an override after the others, for it holds for all of its photo."""
    cells = {cell for sheet in SHEETS.values() for cell in sheet}
    done: dict[Cell, Shown] = {}
    for is_overridden in (False, True):
        now = sorted((cell for cell in cells if (cell.override is not None) == is_overridden), key=lambda c: c.file)
        await override(settings, folder, {cell.photo: cell.override for cell in now if cell.override is not None})
        async with open_desk(settings, keeps=False) as desk:
            for cell in now:
                done[cell] = await show(desk, folder, cell)
    return done


async def override(settings: Settings, folder: Path, points: Mapping[str, Point]) -> None:
    """Keep the art director's words where the desk will find them."""
    database = Database(settings.data)
    kept = Overrides(database)
    for photo, point in points.items():
        digest = sha256((folder / f"{photo}.png").read_bytes()).hexdigest()
        await kept.put(digest, Override(point, "for the documentation", 0.0))
    database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, help="settings file, such as one that names an object model")
    given = parser.parse_args()
    # Letters keep their size, so small pictures must be drawn small.
    drawing.SIDE = _SIDE
    with tempfile.TemporaryDirectory(prefix="imgcdn-") as temporary:
        folder = Path(temporary)
        for photo in PHOTOS:
            photo.make(samples.folder()).write_to_file(str(folder / f"{photo.name}.png"))
        settings = load(given.config, {"data": {"dir": folder / "data"}})
        done = asyncio.run(render(settings, folder))
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.iterdir():
        old.unlink()
    for one in done.values():
        (PICTURES / one.cell.file).write_bytes(one.body)
    parts = {name: table([done[cell] for cell in sheet]) for name, sheet in SHEETS.items()}
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), {"photos": photos(), **parts}), encoding="utf-8")
    print(f"{len(done)} pictures, {sum(len(one.body) for one in done.values())} bytes")  # noqa: T201 - it is a script


if __name__ == "__main__":
    main()
