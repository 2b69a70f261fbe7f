"""A colour or another picture that is mixed with this one."""

from imgcdn.dialects import overlaying, readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.dialects.rows.marks import FITS
from imgcdn.dialects.rows.size import LONGEST
from imgcdn.model.overlays import BlendMode, LayerFit, LayerSize

_JOINED = {mode.value.replace("-", ""): mode.value for mode in BlendMode if "-" in mode.value}
"""Modes spelt as one word."""

ROWS = (
    Parameter(
        "blend",
        "blend.layer",
        overlaying.layer(),
        "–",
        "a colour or another picture (as of `watermark`) that is mixed with this one, before the mark and the text",
        "w=400&blend=1e3a8a&blendMode=screen",
    ),
    Parameter(
        "blendMode",
        "blend.mode",
        readers.one_of(BlendMode, {"burn": "color-burn", "dodge": "color-dodge", **_JOINED}),
        "normal",
        "how the colours are mixed",
        "w=400&blend=f59e0b&blendMode=multiply",
    ),
    Parameter(
        "blendAlpha",
        "blend.alpha",
        readers.number(0, 100),
        "100",
        "how opaque the layer is, in per cent",
        "w=400&blend=1e3a8a&blendAlpha=40",
    ),
    Parameter(
        "blendSize",
        "blend.size",
        readers.one_of(LayerSize),
        "inherit",
        "without `blendW` and `blendH`: `inherit` covers this picture, `own` leaves the other as large as it is, "
        "times `dpr`",
        "w=400&blend=/img/logo.png&blendSize=own",
    ),
    Parameter(
        "blendW",
        "blend.width",
        readers.length(LONGEST, "picture"),
        "–",
        "width of the layer",
        "w=400&blend=1e3a8a&blendW=0.5",
    ),
    Parameter(
        "blendH",
        "blend.height",
        readers.length(LONGEST, "picture"),
        "–",
        "height of the layer",
        "w=400&blend=1e3a8a&blendH=60&blendPosition=south",
    ),
    Parameter(
        "blendFit",
        "blend.fit",
        readers.one_of(LayerFit),
        "crop",
        f"how the other picture meets its box: {FITS}",
        "w=400&blend=/img/logo.png&blendFit=clip",
    ),
    Parameter(
        "blendCrop",
        "blend.crop",
        overlaying.place(),
        "center",
        "what is kept of the other picture where `blendFit=crop` cuts it",
        "w=400&blend=/img/logo.png&blendW=200&blendH=40&blendCrop=north",
    ),
    Parameter(
        "blendPosition",
        "blend.position",
        overlaying.place(),
        "center",
        "where a layer is that does not cover the picture",
        "w=400&blend=1e3a8a&blendW=100&blendPosition=west",
    ),
    Parameter(
        "blendPad",
        "blend.pad",
        readers.integer(0, 1000),
        "0",
        "pixels between the layer and the edges",
        "w=400&blend=1e3a8a&blendW=100&blendPosition=west&blendPad=20",
    ),
    Parameter(
        "blendX",
        "blend.x",
        readers.integer(0, LONGEST),
        "–",
        "pixels from the left edge; wins over `blendPosition`",
        "w=400&blend=1e3a8a&blendW=100&blendX=30",
    ),
    Parameter(
        "blendY",
        "blend.y",
        readers.integer(0, LONGEST),
        "–",
        "pixels from the top edge; wins over `blendPosition`",
        "w=400&blend=1e3a8a&blendH=100&blendY=30",
    ),
)
