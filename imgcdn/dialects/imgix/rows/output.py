"""What the answer is written as: format, palette, frames."""

from imgcdn.dialects import readers
from imgcdn.dialects.imgix import arguments
from imgcdn.dialects.imgix.row import Argument, Group, Row, Status, alone, nothing, switch
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.quality import Chroma

SAME, NEAR, NOT = Status.SAME, Status.APPROXIMATE, Status.UNSUPPORTED
AUTOS = ("format", "compress", "enhance", "true")
MOST_FRAMES = 100_000
FORMATS = {
    "jpg": Format.JPEG,
    "jpeg": Format.JPEG,
    "pjpg": Format.JPEG,
    "png": Format.PNG,
    "png8": Format.PNG,
    "png32": Format.PNG,
    "webp": Format.WEBP,
    "avif": Format.AVIF,
    "gif": Format.GIF,
    "json": Format.IMGIX_JSON,
    "blurhash": Format.BLURHASH,
}
_FILMS = "not written; the format is as if fm were not given"
_SPACES = {
    "origin": ColourSpace.ORIGIN,
    "srgb": ColourSpace.SRGB,
    "tinysrgb": ColourSpace.SRGB,
    "strip": ColourSpace.SRGB,
    "adobergb1998": ColourSpace.SRGB,
}
_CHROMAS = {"444": Chroma.FULL, "422": Chroma.FULL, "420": Chroma.HALF}


def _format(text: str) -> str:
    found: str = arguments.one_of({name: name for name in FORMATS}).read(text)
    return found


_hints = readers.hints()
FORMAT = (
    Row(
        "auto",
        arguments.list_of(*AUTOS),
        (
            *("is_negotiated", "format_else", "is_plain", "quality", "coding.colours"),
            *("adjust.shadows", "adjust.vibrance"),
        ),
        SAME,
        "format is AVIF or WebP where the browser takes it, else what fm says, or PNG where there is alpha and JPEG; "
        "compress without it does not look at Accept: a still becomes PNG where there is alpha, else JPEG, whatever fm "
        "says; given more than once, all count; redeye is not supported",
        differing={"enhance": "a little more vibrance and light in shadows, the same for every picture"},
    ),
    Row(
        "fm",
        Argument("one of " + ", ".join(FORMATS), _format),
        ("format", "format_else", "coding.colours"),
        SAME,
        "beside auto=format it is what those get who take neither AVIF nor WebP; else it decides alone, but "
        "auto=compress overrules it for stills",
        differing=dict.fromkeys(("jp2", "jxr", "mp4", "webm"), _FILMS),
    ),
    Row("q", arguments.integer(0, 100), ("quality",), SAME, "0 is 1", default="75"),
    Row(
        "ch",
        Argument(_hints.expects, _hints.read),
        ("delivery.hints", "delivery.saving_quality"),
        NEAR,
        "Width and DPR are rounded up to the settings' steps (`hints`)",
    ),
    Row(
        "cs",
        arguments.one_of(_SPACES),
        ("colour_space",),
        SAME,
        "sRGB goes without a profile, and is what auto=compress gives",
        default="origin",
        differing={"adobergb1998": "becomes sRGB"},
    ),
    alone(
        "chromasub",
        arguments.one_of(_CHROMAS),
        "coding.chroma",
        SAME,
        differing={"422": "is written as 444"},
    ),
    alone("lossless", switch(), "lossless", SAME, "WebP and AVIF"),
    Row("jpg-progressive", switch(), ("progressive",), SAME, "JPEG", ("jpeg-progressive",), "true"),
    Row("colorquant", arguments.integer(2, 256), ("coding.colours",), SAME, "PNG and GIF"),
    alone("dpi", arguments.positive(65_535), "coding.dpi", SAME),
    Row(
        "dl",
        arguments.pattern(r"[^\x00-\x1f\x7f-\x9f/\\]{0,200}", "a file name"),
        ("delivery.download",),
        SAME,
        "its extension is that of the format",
    ),
    nothing("svg-sanitize", SAME, "SVG is drawn, and never handed out as it is"),
)
PALETTE = (
    Row(
        "palette",
        arguments.one_of({"json": Format.PALETTE_JSON, "css": Format.PALETTE_CSS}),
        ("format",),
        SAME,
        "the shape is the same, the colours are found by another search",
    ),
    alone("colors", arguments.integer(0, 16), "listing.count", SAME, default="6"),
    alone(
        "prefix",
        arguments.pattern(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", "letters, digits, - and _"),
        "listing.prefix",
        SAME,
        default="image",
    ),
)
FRAMES = (
    alone("frame", arguments.span(), "play.frames", SAME, "a frame that is not there is refused"),
    alone("loop", arguments.integer(0, 1000), "play.loop", SAME, "0 is for ever"),
    alone("fps", arguments.number(0.1, 60), "play.fps", SAME),
    alone("interval", arguments.positive(MOST_FRAMES), "play.interval", SAME),
    alone("skip", arguments.positive(MOST_FRAMES, 2), "play.skip", SAME),
    alone("reverse", switch(), "play.is_reversed", SAME),
    alone("page", arguments.positive(MOST_FRAMES), "play.page", SAME, "where the server reads PDF"),
    nothing("pdf-annotation", NOT, "annotations are as libvips draws them", ("annotation",)),
    nothing("video-*", NOT, "films are not read"),
)
GROUPS = (Group("Format", FORMAT), Group("Palette", PALETTE), Group("Animation and pages", FRAMES))
