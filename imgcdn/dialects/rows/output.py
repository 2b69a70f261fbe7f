"""How the finished pixels are written."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.quality import Auto, Chroma
from imgcdn.model.spec import Strip

_MOST_BYTES = 1_000_000_000

ROWS = (
    Parameter(
        "format",
        "format",
        readers.optional(readers.one_of(Format, {"jpg": "jpeg"}), "auto"),
        "auto",
        "format of the answer; `auto` takes the best that the browser's Accept names; `uhdr` is JPEG that keeps the "
        "gain map of an Ultra HDR source; `json` tells what the source is, `blurhash` and `thumbhash` are placeholders "
        "for the finished picture as short texts",
        "w=400&format=webp",
        ("f",),
    ),
    Parameter(
        "negotiate",
        "is_negotiated",
        readers.boolean(),
        "true",
        "off, without `format`: the source's own format if browsers show it, else PNG or JPEG, whatever Accept says",
        "w=400&negotiate=0",
    ),
    Parameter(
        "palette",
        "format",
        readers.meaning({"json": Format.PALETTE_JSON, "css": Format.PALETTE_CSS}),
        "none",
        "the colours of the finished picture in place of it, as JSON or as CSS classes",
        "palette=json",
    ),
    Parameter(
        "colors",
        "listing.count",
        readers.integer(0, 16),
        "6",
        "how many colours a palette lists besides the named ones",
        "palette=css&colors=4",
    ),
    Parameter(
        "prefix",
        "listing.prefix",
        readers.words(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", "letters, digits, - and _, a letter first, 64 at most"),
        "image",
        "what the classes of palette=css begin with",
        "palette=css&prefix=hero",
    ),
    Parameter(
        "faces",
        "listing.has_faces",
        readers.boolean(),
        "false",
        "`format=imgix-json` lists the faces of the source, largest first, in its pixels; where they cannot be looked "
        "for, an error is answered",
        "format=imgix-json&faces=1",
    ),
    Parameter(
        "q",
        "quality",
        readers.either(readers.integer(1, 100), readers.one_of(Auto)),
        "80 (avif 60)",
        "quality of JPEG, WebP and AVIF; `auto` goes by what the picture shows: flat graphic 92, illustration or "
        "screenshot 88, both with photos 82, photo 76, photo full of detail 72 (AVIF 20 less); `auto:best`, "
        "`auto:good` and `auto:eco` take the smallest file that looks alike enough, which takes several times as long "
        "to find",
        "w=400&q=25",
    ),
    Parameter(
        "max_bytes",
        "coding.max_bytes",
        readers.integer(1, _MOST_BYTES),
        "none",
        "most bytes that the file may have: the quality is lowered to no less than 20 until it fits (PNG and GIF get "
        "fewer colours); where not even that fits it is sent all the same, and X-Imgcdn-Quality says `over`",
        "w=400&max_bytes=6000",
    ),
    Parameter(
        "chroma",
        "coding.chroma",
        readers.one_of(Chroma),
        "420 below quality 90",
        "resolution of colours in JPEG and AVIF: `444` is full, for coloured text and fine lines, `420` half; lossy "
        "WebP has no more than half, and `444` takes more care there",
        "w=400&chroma=444",
    ),
    Parameter(
        "colorquant",
        "coding.colours",
        readers.integer(2, 256),
        "as many as there are",
        "most colours of a PNG or GIF, which get a palette; alpha is part of a PNG's colours; GIF takes the next "
        "power of two below",
        "w=400&format=png&colorquant=16",
    ),
    Parameter(
        "dither",
        "coding.dither",
        readers.number(0, 100),
        "100",
        "how much the dots of a palette's colours are mixed to show those between",
        "w=400&format=png&colorquant=16&dither=0",
    ),
    Parameter(
        "dpi",
        "coding.dpi",
        readers.integer(1, 65_535),
        "as the format has it",
        "dots per inch told to printers in JPEG and PNG; no pixel changes",
        "w=400&format=jpeg&dpi=300",
    ),
    Parameter(
        "strip",
        "strip",
        readers.one_of(Strip),
        "all",
        "metadata taken away: `all`, `icc` (only the colour profile) or `none` "
        "(pixels then stay in the source's colour space); "
        "GPS always goes",
        "w=400&strip=none",
    ),
    Parameter(
        "cs",
        "colour_space",
        readers.one_of(ColourSpace),
        "srgb",
        "colour space of the answer: `srgb`, `p3` (Display P3) or `origin`, the source's own; the last two carry their "
        "profile; CMYK becomes sRGB whatever is said",
        "w=400&cs=origin",
    ),
    Parameter(
        "lossless",
        "lossless",
        readers.boolean(),
        "false",
        "lossless WebP or AVIF",
        "w=400&format=webp&lossless=1",
    ),
    Parameter(
        "jpgProgressive",
        "progressive",
        readers.boolean(),
        "true",
        "progressive JPEG; off is a little larger and takes less time to make",
        "w=400&jpgProgressive=0",
    ),
)
