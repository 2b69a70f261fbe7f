"""Which fonts texts are set in: Pango is told by a configuration of ours, and we read the same folders by ourselves."""

import os
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

import pyvips

from imgcdn.engine.settings import TextSettings
from imgcdn.model.overlays import Fonts

_SYSTEM = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)
_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_MOST_FILES = 5_000
_MOST_TABLES, _MOST_FACES, _MOST_NAMES = 256, 64, 4_096
_COLLECTION = b"ttcf"
_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16
"""Name identifiers (OpenType 1.9, `name`)."""
_WINDOWS, _MACINTOSH, _UNICODE = 3, 1, 0
_ENGLISH = (0x0409, 0, 0)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One record of a `name` table."""

    platform: int
    language: int
    name: int
    length: int
    offset: int


def configure(settings: TextSettings) -> None:
    """Tell Pango which folders to look into. Call it before any text is set; it holds for the process."""
    if settings.fonts is None and settings.system_fonts:
        return
    parts = [f"<dir>{escape(str(settings.fonts.expanduser().absolute()))}</dir>"] if settings.fonts else []
    if settings.system_fonts:
        parts += ['<include ignore_missing="yes">/etc/fonts/fonts.conf</include>']
        parts += [f"<dir>{escape(str(Path(folder).expanduser()))}</dir>" for folder in _SYSTEM]
    # Never looked at again: the file is gone by then, and keys of pictures name the fonts that the start found.
    parts += ['<cachedir prefix="xdg">fontconfig</cachedir>', "<config><rescan><int>0</int></rescan></config>"]
    with tempfile.NamedTemporaryFile("w", suffix=".conf", prefix="imgcdn-fonts-") as file:
        file.write(f'<?xml version="1.0"?>\n<fontconfig>{"".join(parts)}</fontconfig>\n')
        file.flush()
        os.environ["FONTCONFIG_FILE"] = file.name
        # A first text has fontconfig read it.
        pyvips.Image.text("x", dpi=72)


def examine(settings: TextSettings) -> Fonts:
    """Name the families that texts can be set in."""
    folders = [settings.fonts] if settings.fonts else []
    if settings.system_fonts:
        folders += [Path(folder) for folder in _SYSTEM]
    families: set[str] = set()
    seen = sha256()
    for path in _files(folders):
        found = families_of(path)
        families |= found
        if found:
            seen.update(f"{path.name} {path.stat().st_size}\n".encode())
    return Fonts(tuple(sorted(families, key=str.casefold)), seen.hexdigest()[:16] if families else "")


def _files(folders: list[Path]) -> Iterator[Path]:
    left = _MOST_FILES
    for folder in folders:
        for place, _, names in os.walk(folder.expanduser()):
            for name in sorted(names):
                if Path(name).suffix.lower() in _SUFFIXES and left > 0:
                    left -= 1
                    yield Path(place) / name


def families_of(path: Path) -> set[str]:
    """Return the families that a font file names in English; none for a file that is no font."""
    try:
        with path.open("rb") as file:
            return {family for start in _faces(file) for family in _families(file, start)}
    except (OSError, struct.error, UnicodeDecodeError):
        return set()


def _faces(file: BinaryIO) -> list[int]:
    """Return where the table directory of each face of a file begins."""
    if file.read(4) != _COLLECTION:
        return [0]
    _, count = struct.unpack(">II", file.read(8))
    count = min(count, _MOST_FACES)
    return list(struct.unpack(f">{count}I", file.read(4 * count)))


def _families(file: BinaryIO, start: int) -> set[str]:
    table = _name_table(file, start)
    if table is None:
        return set()
    file.seek(table)
    _, count, texts = struct.unpack(">HHH", file.read(6))
    rows = [struct.unpack(">6H", file.read(12)) for _ in range(min(count, _MOST_NAMES))]
    entries = [_Entry(row[0], row[2], row[3], row[4], row[5]) for row in rows]
    named = [entry for entry in entries if entry.name in {_FAMILY, _TYPOGRAPHIC_FAMILY} and _is_english(entry)]
    return {text for entry in named if (text := _text(file, table + texts, entry))}


def _is_english(entry: _Entry) -> bool:
    languages = {_WINDOWS: 0x0409, _MACINTOSH: 0, _UNICODE: 0}
    return languages.get(entry.platform) == entry.language


def _text(file: BinaryIO, start: int, entry: _Entry) -> str:
    file.seek(start + entry.offset)
    raw = file.read(entry.length)
    return raw.decode("mac-roman" if entry.platform == _MACINTOSH else "utf-16-be").strip()


def _name_table(file: BinaryIO, start: int) -> int | None:
    file.seek(start + 4)
    (count,) = struct.unpack(">H", file.read(2))
    file.seek(start + 12)
    for _ in range(min(count, _MOST_TABLES)):
        tag, _, offset, _ = struct.unpack(">4sIII", file.read(16))
        if tag == b"name":
            return offset
    return None
