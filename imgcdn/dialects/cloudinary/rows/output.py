"""What the answer is written as: format, quality, pages."""

from imgcdn.dialects.cloudinary.row import Group, Row, refused
from imgcdn.dialects.imgix.row import Status
from imgcdn.model.media import Format
from imgcdn.model.quality import Auto

SAME, NEAR, NOT = Status.SAME, Status.APPROXIMATE, Status.UNSUPPORTED
FORMATS = {
    "jpg": Format.JPEG,
    "jpeg": Format.JPEG,
    "jpe": Format.JPEG,
    "png": Format.PNG,
    "webp": Format.WEBP,
    "avif": Format.AVIF,
    "gif": Format.GIF,
    "jxl": Format.JXL,
}
QUALITIES = {"": Auto.CONTENT, "good": Auto.GOOD, "best": Auto.BEST, "eco": Auto.ECO, "low": Auto.ECO}
_UNWRITTEN = (
    "bmp", "heic", "heif", "ico", "jp2", "jxr", "pdf", "psd", "svg", "tiff", "wdp", "mp4", "webm", "ai", "eps", "tga",
)  # fmt: skip
UNWRITTEN = frozenset({*_UNWRITTEN, "tif"})
"""Extensions of formats that are read at most."""
_FILM = "films are not read"
FORMAT = (
    Row("f_auto", "–", ("is_negotiated",), SAME, "AVIF, WebP or the base format, by Accept; JPEG XL is never chosen"),
    Row(
        "f",
        ", ".join(FORMATS),
        ("format",),
        SAME,
        "wins over the extension, which says it else; neither: the source's own; extensions of what is not written are "
        "refused as f_ is",
    ),
    *refused({f"f_{name}": "is not written here" for name in (*_UNWRITTEN, "tif")}),
    Row("q", "1 to 100, or with :420 or :444", ("quality", "coding.chroma"), SAME, "80 where it is not said"),
    Row(
        "q_auto",
        "– or :best, :good, :eco, :low",
        ("quality",),
        NEAR,
        "alone by what the picture shows, else by likeness",
    ),
    Row("q_jpegmini", "–", ("quality",), NEAR, "as q_auto:good", aliases=("q_jpegmini_best",)),
    Row(
        "cs",
        "srgb, tinysrgb, no_cmyk, copy, keep_cmyk",
        ("colour_space",),
        NEAR,
        "srgb, or the source's own; CMYK goes",
    ),
    Row("dn", "dots per inch", ("coding.dpi",), NEAR, "is told to printers; drawings are drawn to size"),
    Row(
        "pg", "a page, counted from 1", ("play.page",), SAME, "of TIFF and PDF; pg_1 is the first frame of an animation"
    ),
    Row("dl", "milliseconds of each frame", ("play.fps",), SAME),
    Row("fps", "frames a second", ("play.fps",), SAME),
    Row(
        "t",
        "the name of a preset of the settings",
        ("–",),
        NEAR,
        "written in native parameters; what stands beside wins",
    ),
    Row("d", "a public id", (), NOT, "ignored and listed: a picture that is missing is a 404"),
    *refused(
        {
            "if": "conditions are not calculated",
            "fn": "no functions are run",
            "p": "no prefixes are read",
        }
        | dict.fromkeys(("ac", "af", "br", "bl", "du", "eo", "ki", "so", "sp", "vc", "vs"), _FILM)
    ),
)
GROUPS = (Group("Format and the rest", FORMAT),)
