"""Test pictures of the benchmarks, made from the sample photos of scikit-image's wheel; the same bytes at every run."""

from pathlib import Path

import pyvips

from imgcdn import samples

_PHOTOS = (
    "astronaut.png",
    "coffee.png",
    "chelsea.png",
    "rocket.jpg",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
)
COPIES = 16


def make(folder: Path) -> None:
    """Write photo2mp, photo24mp and portrait, each in COPIES files that differ in bytes but not in pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / f"portrait.{COPIES - 1}.jpg").exists():
        return
    source = samples.folder()
    tiles = [
        pyvips.Image.thumbnail(str(source / name), 640, height=427, crop="centre")
        .colourspace("srgb")[0:3]
        .copy_memory()
        for name in _PHOTOS
    ]
    big = _mosaic(tiles, 6000, 4000)
    two = _mosaic(tiles, 1732, 1155)
    face = pyvips.Image.thumbnail(str(source / "astronaut.png"), 1000)[0:3]
    portrait = two.crop(0, 0, 1732, 1155).gaussblur(5).insert(face, 366, 77)
    for name, image, quality in (("photo24mp", big, 90), ("photo2mp", two, 85), ("portrait", portrait, 88)):
        body = image.jpegsave_buffer(Q=quality, keep=0)
        for copy in range(COPIES):
            copy_of(body, f"copy {copy}", folder / f"{name}.{copy}.jpg")


def copy_of(jpeg: bytes, text: str, path: Path) -> None:
    """Write another file of the same picture: a comment gives it another digest, rendering it is the same work."""
    comment = b"\xff\xfe" + (len(text.encode()) + 2).to_bytes(2, "big") + text.encode()
    path.write_bytes(jpeg[:2] + comment + jpeg[2:])


def _mosaic(tiles: list[pyvips.Image], width: int, height: int) -> pyvips.Image:
    across, down = -(-width // 640), -(-height // 427)
    cells = [tiles[(i * 5 + i // across) % len(tiles)] for i in range(across * down)]
    return pyvips.Image.arrayjoin(cells, across=across).crop(0, 0, width, height)
