"""Pictures of every kind, made from freely licensed photos (those of scikit-image's wheel) or drawn from nothing."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pyvips
from PIL import ExifTags, Image, ImageDraw, ImageOps

from imgcdn import samples

FACE = (0.33, 0.10, 0.54, 0.38)
"""Left, top, right, bottom of astronaut.png's face and hair, as shares of its sides."""
AWKWARD = (
    "with spaces.jpg",
    "Übergröße 東京.jpg",
    "100%.jpg",
    "50%25.jpg",
    "a%2fb.jpg",
    "question?mark#hash.jpg",
    "plus+and&equals=.jpg",
    "photo[1].jpg",
    "options.jpg[shrink=8]",
    "sub folder/in ner.jpg",
)
PLACE = (48.0, 12.0, 34.56)
"""Degrees, minutes and seconds that must never leave the server."""
_UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture must be stored so that its EXIF orientation turns it upright again."""


def sample(name: str) -> Image.Image:
    """Open one of the sample photos, such as astronaut.png, as RGB without any metadata."""
    with Image.open(samples.folder() / name) as image:
        plain = image.convert("RGB")
    plain.info.clear()
    return plain


def corners(width: int, height: int) -> Image.Image:
    """Draw quadrants of four colours, so that every turn and mirror shows: red, green / blue, white."""
    image = Image.new("RGB", (width, height), "red")
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill="lime")
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill="blue")
    draw.rectangle((width // 2, height // 2, width, height), fill="white")
    return image


def ramp(width: int, height: int) -> Image.Image:
    """Draw a gradient in which a pixel's red says where it is across, and its green where it is down."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 128)], axis=-1).round().astype(np.uint8), "RGB")


def save_turned(upright: Image.Image, path: Path, orientation: int, **options: object) -> None:
    """Save a picture so that it is upright once its EXIF orientation has been applied."""
    turn = _UNDO[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    (upright if turn is None else upright.transpose(turn)).save(path, exif=exif, **options)


def alpha_picture(width: int = 300, height: int = 200) -> Image.Image:
    """Return a photo that is opaque in an ellipse, fading at its edge, and transparent outside."""
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).ellipse((20, 20, width - 20, height - 20), fill=255)
    mask.paste(128, (0, height // 2 - 5, width, height // 2 + 5))
    picture = ImageOps.fit(sample("coffee.png"), (width, height))
    picture.putalpha(mask)
    return picture


def frames(count: int = 4, width: int = 120, height: int = 80) -> list[Image.Image]:
    """Draw frames that differ, each with a bar further to the right."""
    made = []
    for index in range(count):
        image = Image.new("RGB", (width, height), ("navy", "maroon", "darkgreen", "indigo")[index % 4])
        left = index * width // count
        ImageDraw.Draw(image).rectangle((left, 10, left + width // count, height - 10), fill="yellow")
        made.append(image)
    return made


def write_deep(path: Path, width: int = 256, height: int = 64) -> None:
    """Write a 16-bit PNG: a horizontal ramp of red over the whole range, green its opposite, blue half."""
    x = np.tile(np.linspace(0, 65535, width), (height, 1))
    deep = np.stack([x, 65535 - x, np.full_like(x, 32768)], axis=-1).round().astype(np.uint16)
    image = pyvips.Image.new_from_memory(deep.tobytes(), width, height, 3, "ushort")
    image.copy(interpretation="rgb16").pngsave(str(path), bitdepth=16)


def profile(name: str) -> bytes:
    """Return one of the ICC profiles that libvips carries: srgb, p3 or cmyk."""
    return bytes(pyvips.Operation.call("profile_load", name))


def write_cmyk(image: Image.Image, path: Path) -> None:
    """Write a CMYK JPEG that carries its profile."""
    rgb = pyvips.Image.new_from_array(np.asarray(image)).copy(interpretation="srgb")
    ink = rgb.icc_transform("cmyk", input_profile="srgb", intent="relative")
    ink.jpegsave(str(path), Q=95)


def write_p3(path: Path) -> None:
    """Write a JPEG whose left half is the red of Display P3, which sRGB cannot show, and whose right half is grey."""
    image = Image.new("RGB", (64, 32), (255, 0, 0))
    image.paste((128, 128, 128), (32, 0, 64, 32))
    image.save(path, quality=95, subsampling=0, icc_profile=profile("p3"))


def write_located(path: Path) -> None:
    """Write a JPEG that says where it was taken, in EXIF and once more in XMP, and with what camera."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Imgcdn Optics"
    exif[ExifTags.Base.Artist] = "A. Painter"
    gps = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: PLACE,
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: PLACE,
    }
    exif[ExifTags.IFD.GPSInfo] = gps
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="48,12.576N"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    sample("coffee.png").save(path, quality=90, exif=exif, xmp=xmp, icc_profile=profile("srgb"))


def png_header(width: int, height: int) -> bytes:
    """Make a PNG that claims a size, and holds a few compressed zeros."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(4096))),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg_header(width: int, height: int) -> bytes:
    """Make a JPEG whose frame header claims a size; its data is that of a small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(buffer, "JPEG")
    body = bytearray(buffer.getvalue())
    at = body.index(b"\xff\xc0") + 5
    body[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(body)


def fill(folder: Path) -> None:
    """Make the session's pictures; the names say what they are."""
    astronaut, rocket = sample("astronaut.png"), sample("rocket.jpg")
    astronaut.resize((1440, 1440), Image.Resampling.BICUBIC).save(folder / "portrait.jpg", quality=88)
    photo = rocket.resize((1732, 1155), Image.Resampling.BICUBIC)
    photo.save(folder / "photo.jpg", quality=88)
    photo.resize((6000, 4000), Image.Resampling.BILINEAR).save(folder / "large.jpg", quality=80)
    sample("chelsea.png").save(folder / "cat.png")
    alpha_picture().save(folder / "alpha.png")
    alpha_picture().save(folder / "alpha.webp", lossless=True)
    write_deep(folder / "deep.png")
    write_cmyk(corners(120, 80), folder / "cmyk.jpg")
    first, *rest = frames()
    film = {"save_all": True, "append_images": rest, "duration": [100, 200, 300, 400]}
    first.save(folder / "film.gif", loop=0, **film)
    first.save(folder / "film.webp", loop=3, lossless=True, **film)
    photo.resize((400, 267)).save(folder / "scan.tif", compression="tiff_lzw")
    photo.resize((400, 267)).save(folder / "modern.avif", quality=80)
    for orientation in range(1, 9):
        save_turned(corners(120, 80), folder / f"turned-{orientation}.jpg", orientation, quality=95)
    write_p3(folder / "p3.jpg")
    write_located(folder / "located.jpg")
    Image.new("RGB", (1, 1), "orange").save(folder / "dot.png")
    (folder / "sub folder").mkdir()
    for name in AWKWARD:
        rocket.resize((320, 213)).save(folder / name, "JPEG", quality=85)
