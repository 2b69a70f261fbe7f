"""Renders the pictures of docs/parameters.md, by the examples of the table: python docs/make_parameters.py.

Then `python -m cogapp -r docs/parameters.md` lays them out. Pictures and page are right as long as the examples, what
they are shown on, and the recipe of the engine stay what the manifest beside the pictures says.
"""
# ruff: noqa: INP001 - a script, not a package

import argparse
import asyncio
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips
from PIL import Image, ImageDraw, ImageFont

from imgcdn import samples
from imgcdn.app import Application
from imgcdn.dialects import native
from imgcdn.dialects.parameters import Parameter
from imgcdn.planning.fingerprint import RECIPE
from imgcdn.settings import load

PICTURES = Path(__file__).with_name("parameters")
MANIFEST = PICTURES / "manifest.json"
LARGEST = 15_000
"""Bytes of a picture at most."""
_SIZES = (1.0, 0.85, 0.7, 0.55, 0.4)
_QUALITIES = (75, 65, 55, 45)
"""The first of them at which a picture is small enough, the largest first."""
_WIDE = 640
"""Width of a picture in px; what is shown beside each other is made smaller, all by the same factor, until it fits."""
_GAP = 10
_LIGHT, _DARK, _PAGE = (255, 255, 255), (24, 24, 27), (228, 228, 231)
_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Scene:
    """What an example is shown on. `zoom` magnifies a part of the answer; a `strip` shows its frames."""

    source: str = "coffee.jpg"
    zoom: int = 1
    is_strip: bool = False


_FACE, _FACES, _DARK_ONE, _CAT = Scene("astronaut.jpg"), Scene("three.jpg"), Scene("rocket.jpg"), Scene("cat.jpg")
_FILM = Scene("film.webp", is_strip=True)

SCENES: dict[str, Scene] = {
    "crop": _FACES,
    "face_index": _FACES,
    "face_pad": _FACE,
    "face_preset": _FACE,
    "face_min": _DARK_ONE,
    "trim": Scene("framed.png"),
    "trim_tol": Scene("shaded.png"),
    "trim_pad": Scene("framed.png"),
    "trim_color": Scene("marked.png"),
    "trim_md": Scene("shaded.png"),
    "trim_sd": Scene("grainy.png"),
    "face_blur": _FACE,
    "face_pixel": _FACE,
    "bg": Scene("clear.png"),
    "transparency": Scene("clear.png"),
    "grid_size": Scene("clear.png"),
    "grid_colors": Scene("clear.png"),
    "sat": _CAT,
    "vib": _CAT,
    "shad": _DARK_ONE,
    "sepia": _CAT,
    "monochrome": _CAT,
    "duotone": _CAT,
    "duotone_alpha": _CAT,
    "nr": Scene("noisy.png", zoom=4),
    "nrs": Scene("noisy.png", zoom=4),
    "sharp": Scene("cat.jpg", zoom=2),
    "usm": Scene("cat.jpg", zoom=2),
    "usmrad": Scene("cat.jpg", zoom=2),
    "htn": Scene(zoom=3),
    "frame": _FILM,
    "animated": _FILM,
    "interval": _FILM,
    "skip": _FILM,
    "reverse": _FILM,
    "page": Scene("scan.tif"),
    "q": Scene("cat.jpg", zoom=3),
    "max_bytes": Scene("cat.jpg", zoom=3),
    "chroma": Scene("drawing.png", zoom=3),
    "colorquant": Scene("cat.jpg", zoom=2),
    "dither": Scene("cat.jpg", zoom=2),
}
SCENES |= {row.name: _CAT for section in native.SECTIONS if section.title == "Text" for row in section.rows}
"""Where an example is not shown on the usual photo."""

UNSEEN: Mapping[str, str] = {
    "format": "the same picture in another file; what each format keeps is told in [formats](formats.md)",
    "negotiate": "is about the format that a browser gets",
    "faces": "is about the text of `format=imgix-json`",
    "palette": "answers text in place of a picture",
    "colors": "is about the text of a palette",
    "prefix": "is about the text of a palette",
    "loop": "is about how often an animation runs",
    "fps": "is about how fast an animation runs",
    "dpi": "is a number in the file, for printers",
    "strip": "is about metadata, and about colours that only some screens show",
    "cs": "is about colours that only some screens show",
    "lossless": "keeps what lossy files lose, which is not to be seen at usual qualities",
    "jpgProgressive": "shows while a large picture loads, not after",
    "ch": "has browsers tell the width of their screens",
    "preset": "stands for other parameters",
    "dl": "has browsers save the picture",
    "v": "is about caches",
    "explain": "answers JSON in place of a picture; [gravities](gravities.md) shows what it tells",
    "debug": "draws over the source; [gravities](gravities.md) shows such drawings",
    "exp": "is about who may see the picture",
    "kid": "is about who may see the picture",
    "sig": "is about who may see the picture",
}
"""Parameters that no picture can show, and why."""


def scene_of(row: Parameter) -> Scene:
    return SCENES.get(row.name, Scene())


def without(row: Parameter) -> str:
    """Return the example of a row less the parameter it is for."""
    names = (row.name, *row.aliases)
    return "&".join(item for item in row.example.split("&") if item.partition("=")[0] not in names)


def manifest() -> dict[str, dict[str, str]]:
    """Return what the pictures must have been made of, by parameter."""
    rows = [row for row in native.TABLE if row.name not in UNSEEN]
    return {row.name: {"source": scene_of(row).source, "query": row.example, "recipe": RECIPE} for row in rows}


def gallery(rows: Iterable[Parameter]) -> str:
    """Lay out the pictures of a section, and say of which parameters there is none, and why."""
    rows = list(rows)
    shown = [row for row in rows if row.name not in UNSEEN]
    lines = ["| example | without and with it |", "|---|---|"] if shown else []
    for row in shown:
        line = row.about.partition(";")[0].replace("|", "\\|")
        cell = f"**`{row.name}`**<br>{line}<br>`{scene_of(row).source}?{row.example}`"
        lines.append(f"| {cell} | ![{row.name}: {row.example}]({PICTURES.name}/{row.name}.webp) |")
    unseen = [f"- `{row.name}`: {UNSEEN[row.name]}" for row in rows if row.name in UNSEEN]
    parts = ["\n".join(lines), "No picture can show these:\n\n" + "\n".join(unseen) if unseen else ""]
    return "\n\n".join(part for part in parts if part) + "\n"


def write_sources(folder: Path) -> None:
    """Write the pictures that the examples are shown on, from scikit-image's samples, and a mark to lay over them."""
    coffee, cat, astronaut = (_sample(name) for name in ("coffee.png", "chelsea.png", "astronaut.png"))
    for name, image in (("coffee", coffee), ("cat", cat), ("astronaut", astronaut), ("rocket", _sample("rocket.jpg"))):
        image.save(folder / f"{name}.jpg", quality=95)
    _three(astronaut).save(folder / "three.jpg", quality=95)
    _clear(coffee).save(folder / "clear.png")
    _framed(cat, np.full((300, 451, 3), 250.0)).save(folder / "framed.png")
    marked = _framed(cat, np.full((300, 451, 3), 255.0))
    ImageDraw.Draw(marked).rectangle((0, 0, 30, 30), fill="black")
    marked.save(folder / "marked.png")
    across = np.linspace(0, 60, 451)[None, :, None]
    _framed(cat, 250.0 - np.minimum(across, across[:, ::-1]) * np.ones((300, 1, 3)) * 2).save(folder / "shaded.png")
    rng = np.random.default_rng(5)
    _framed(cat, 200 + rng.normal(0, 16, (300, 451, 1)) * np.ones(3)).save(folder / "grainy.png")
    small = np.asarray(cat, float)
    Image.fromarray((small + rng.normal(0, 18, small.shape)).clip(0, 255).astype(np.uint8)).save(folder / "noisy.png")
    _mark().save(folder / "logo.png")
    _drawing().save(folder / "drawing.png")
    first, *rest = (_numbered(number) for number in range(1, _FRAMES + 1))
    first.save(folder / "film.webp", save_all=True, append_images=rest, duration=200, lossless=True)
    pages = [_numbered(number).resize((420, 300)) for number in (1, 2, 3)]
    pages[0].save(folder / "scan.tif", save_all=True, append_images=pages[1:])


def _sample(name: str) -> Image.Image:
    with Image.open(samples.folder() / name) as image:
        return image.convert("RGB")


def _three(portrait: Image.Image) -> Image.Image:
    """Put the portrait beside itself twice, once mirrored and closer: a picture with faces of three sizes."""
    made = Image.new("RGB", (290 + 211 + 344, 400))
    made.paste(portrait.crop((75, 0, 365, 400)), (0, 0))
    made.paste(portrait.crop((100, 0, 370, 512)).resize((211, 400)), (290, 0))
    made.paste(
        portrait.crop((120, 0, 335, 250)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((344, 400)), (501, 0)
    )
    return made


def _clear(photo: Image.Image) -> Image.Image:
    mask = Image.new("L", (1200, 800))
    ImageDraw.Draw(mask).ellipse((120, 60, 1080, 740), fill=255)
    made = photo.copy()
    made.putalpha(mask.resize(photo.size))
    return made


def _framed(photo: Image.Image, ground: np.ndarray) -> Image.Image:
    made = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    made.paste(photo.resize((331, 220)), (60, 40))
    return made


def _letters(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _mark() -> Image.Image:
    large = Image.new("RGBA", (960, 480))
    draw = ImageDraw.Draw(large)
    draw.rounded_rectangle((0, 0, 959, 479), 120, fill=(30, 58, 138, 255))
    draw.ellipse((60, 60, 420, 420), fill=(245, 158, 11, 255))
    draw.text((690, 235), "LOGO", font=_letters(170), fill="white", anchor="mm")
    return large.resize((240, 120), Image.Resampling.LANCZOS)


def _drawing() -> Image.Image:
    made = Image.new("RGB", (400, 267), (20, 20, 200))
    draw = ImageDraw.Draw(made)
    draw.text((200, 134), "red on blue", font=_letters(20), fill=(255, 0, 0), anchor="mm")
    for x in range(150, 250, 4):
        draw.line((x, 90, x + 20, 115), fill=(255, 0, 0))
    return made


def _numbered(number: int) -> Image.Image:
    colour = f"hsl({(number - 1) * 360 // _FRAMES}, 60%, 45%)"
    made = Image.new("RGB", (150, 100), colour)
    draw = ImageDraw.Draw(made)
    draw.text((75, 50), str(number), font=_letters(60), fill="white", anchor="mm")
    return made


Panel = Image.Image


def compose(before: Panel, after: Panel, scene: Scene) -> Image.Image:
    """Put the answer without a parameter beside that with it; one with alpha once on light and once on dark ground."""
    if scene.is_strip:
        rows = [_strip(before), _strip(after)]
        return _joined(rows, is_down=True)
    panels = [_magnified(panel, scene.zoom) for panel in (before, after)]
    shown = [_on(panels[0], _LIGHT), _on(panels[1], _LIGHT)]
    if _has_holes(panels[1]):
        shown.append(_on(panels[1], _DARK))
    return _joined(shown)


def _has_holes(panel: Panel) -> bool:
    return panel.mode == "RGBA" and panel.getextrema()[3][0] < 255


def _on(panel: Panel, ground: tuple[int, int, int]) -> Image.Image:
    made = Image.new("RGBA", panel.size, (*ground, 255))
    made.alpha_composite(panel.convert("RGBA"))
    return made.convert("RGB")


def _magnified(panel: Panel, zoom: int) -> Panel:
    if zoom == 1:
        return panel
    width, height = panel.width // zoom, panel.height // zoom
    left, top = (panel.width - width) // 2, (panel.height - height) // 2
    part = panel.crop((left, top, left + width, top + height))
    return part.resize((width * zoom, height * zoom), Image.Resampling.NEAREST)


def _strip(film: Panel) -> Image.Image:
    frames = []
    for index in range(getattr(film, "n_frames", 1)):
        film.seek(index)
        frames.append(film.convert("RGB").resize((72, 48)))
    frames += [Image.new("RGB", (72, 48), _PAGE)] * (_FRAMES - len(frames))
    return _joined(frames)


def _joined(panels: list[Image.Image], *, is_down: bool = False) -> Image.Image:
    """Set pictures beside each other, or below, all made smaller by the same factor until they fit."""
    across = max(panel.width for panel in panels) if is_down else sum(panel.width for panel in panels)
    gaps = 0 if is_down else _GAP * (len(panels) - 1)
    factor = min(1.0, (_WIDE - gaps) / across)
    small = [_scaled(panel, factor) for panel in panels]
    width = max(p.width for p in small) if is_down else sum(p.width for p in small) + gaps
    height = sum(p.height for p in small) + _GAP * (len(small) - 1) if is_down else max(p.height for p in small)
    made, at = Image.new("RGB", (width, height), _PAGE), 0
    for panel in small:
        made.paste(panel, (0, at) if is_down else (at, 0))
        at += (panel.height if is_down else panel.width) + _GAP
    return made


def _scaled(panel: Image.Image, factor: float) -> Image.Image:
    if factor == 1.0:
        return panel
    size = max(1, round(panel.width * factor)), max(1, round(panel.height * factor))
    return panel.resize(size, Image.Resampling.LANCZOS)


def _small(picture: Image.Image, name: str) -> bytes:
    for factor in _SIZES:
        image = pyvips.Image.new_from_array(np.asarray(_scaled(picture, factor))).copy(interpretation="srgb")
        for quality in _QUALITIES:
            body = bytes(image.webpsave_buffer(Q=quality, effort=6, smart_subsample=True, keep=0))
            if len(body) <= LARGEST:
                return body
    raise SystemExit(f"the picture of {name} has more than {LARGEST} bytes at any size")


async def _answer(application: Application, scene: Scene, query: str) -> Panel:
    """Render through the whole pipeline; without loss, unless the query is about that."""
    plain = f"{query}&format=webp&lossless=1" if scene.is_strip else f"{query}&format=png"
    ask = native.parse("img", scene.source, (query if "format=" in query else plain).lstrip("&"))
    rendition = (await application.pipeline.answer(ask, "")).rendition
    if not rendition.media_type.startswith("image/"):
        raise SystemExit(f"{query} gives no picture: say why in UNSEEN")
    return Image.open(io.BytesIO(rendition.body))


_LOSSY = {"q": "&format=jpeg", "max_bytes": "&format=jpeg", "chroma": "&format=jpeg&q=80"}
"""What makes a loss visible that PNG does not have."""


async def render(folder: Path, only: Callable[[str], bool]) -> dict[str, bytes]:
    """Render the pictures of the parameters that are wanted."""
    settings = load(
        None,
        {
            "data": {"dir": folder / "data"},
            "cache": {"dir": folder / "cache"},
            "render": {"workers": 1},
            "mount": [{"name": "img", "origin": str(folder / "pictures")}],
        },
    )
    application = Application(settings)
    await application.start()
    made: dict[str, bytes] = {}
    try:
        await application.models_pulled()
        for row in native.TABLE:
            if row.name in UNSEEN or not only(row.name):
                continue
            scene, more = scene_of(row), _LOSSY.get(row.name, "")
            before = await _answer(application, scene, without(row) + more)
            after = await _answer(application, scene, row.example + more)
            made[row.name] = _small(compose(before, after, scene), row.name)
    finally:
        await application.stop()
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="parameters; all others keep their pictures")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imgcdn-") as temporary:
        folder = Path(temporary)
        (folder / "pictures").mkdir()
        write_sources(folder / "pictures")
        made = asyncio.run(render(folder, lambda name: not given.only or name in given.only))
    PICTURES.mkdir(exist_ok=True)
    wanted = manifest()
    for old in PICTURES.glob("*.webp"):
        if old.stem not in wanted:
            old.unlink()
    for name, body in made.items():
        (PICTURES / f"{name}.webp").write_bytes(body)
    known = json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}
    kept = {name: wanted[name] if name in made else known.get(name, {}) for name in wanted}
    MANIFEST.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(made)} pictures, {sum(map(len, made.values()))} bytes")  # noqa: T201 - it is a script


if __name__ == "__main__":
    main()
