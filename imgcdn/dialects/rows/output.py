"""How the finished pixels are written."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.model.media import Format
from imgcdn.model.spec import Strip

ROWS = (
    Parameter(
        "format",
        "format",
        readers.optional(readers.one_of(Format, {"jpg": "jpeg"}), "auto"),
        "auto",
        "format of the answer; `auto` takes the best that the browser's Accept names",
        "w=400&format=webp",
        ("f",),
    ),
    Parameter(
        "q",
        "quality",
        readers.integer(1, 100),
        "80 (avif 60)",
        "quality of JPEG, WebP and AVIF",
        "w=400&q=60",
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
