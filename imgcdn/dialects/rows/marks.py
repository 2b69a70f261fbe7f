"""A mark over the finished picture."""

from imgcdn.dialects import overlaying, readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.dialects.rows.size import LONGEST
from imgcdn.model.overlays import LayerFit, Tile

FITS = (
    "`clip` fits it inside, `max` too but never enlarges it, `crop` covers the box, "
    "`fill` sets it in the middle of the box, `scale` stretches it"
)

ROWS = (
    Parameter(
        "watermark",
        "mark.picture",
        overlaying.picture(),
        "–",
        "a picture laid over this one: `/mount/path`, or a path on the same mount; a path that begins with the name of "
        "a mount is on that. Never the picture itself",
        "w=400&watermark=/img/logo.png",
        ("mark",),
    ),
    Parameter(
        "markW",
        "mark.width",
        readers.length(LONGEST, "picture"),
        "–",
        "width of the mark; it never leaves the picture, so it is made smaller where there is no room",
        "w=400&watermark=/img/logo.png&markW=120",
    ),
    Parameter(
        "markH",
        "mark.height",
        readers.length(LONGEST, "picture"),
        "–",
        "height of the mark",
        "w=400&watermark=/img/logo.png&markH=0.2",
    ),
    Parameter(
        "markScale",
        "mark.scale",
        readers.number(0, 100),
        "18",
        "width of the mark in per cent of the picture's, where neither `markW` nor `markH` is given; "
        "0 takes the mark as large as it is, times `dpr`",
        "w=400&watermark=/img/logo.png&markScale=25",
    ),
    Parameter(
        "markFit",
        "mark.fit",
        readers.one_of(LayerFit),
        "clip",
        f"how the mark meets the box of `markW` and `markH`: {FITS}",
        "w=400&watermark=/img/logo.png&markW=100&markH=100&markFit=crop",
    ),
    Parameter(
        "markPosition",
        "mark.position",
        overlaying.place(),
        "southeast",
        "where the mark is",
        "w=400&watermark=/img/logo.png&markPosition=north",
    ),
    Parameter(
        "markPad",
        "mark.pad",
        readers.integer(0, 1000),
        "5",
        "pixels between the mark and the edges, and between the marks of a grid",
        "w=400&watermark=/img/logo.png&markPad=20",
    ),
    Parameter(
        "markX",
        "mark.x",
        readers.integer(0, LONGEST),
        "–",
        "pixels from the left edge; wins over `markPosition`",
        "w=400&watermark=/img/logo.png&markX=30",
    ),
    Parameter(
        "markY",
        "mark.y",
        readers.integer(0, LONGEST),
        "–",
        "pixels from the top edge; wins over `markPosition`",
        "w=400&watermark=/img/logo.png&markY=30",
    ),
    Parameter(
        "markRot",
        "mark.rotation",
        readers.number(0, 359, "degrees clockwise"),
        "0",
        "turns the mark",
        "w=400&watermark=/img/logo.png&markRot=45",
    ),
    Parameter(
        "markTile",
        "mark.tile",
        readers.one_of(Tile),
        "–",
        "`grid` repeats the mark over the whole picture",
        "w=400&watermark=/img/logo.png&markTile=grid&markScale=12&markPad=20",
    ),
    Parameter(
        "markOpacity",
        "mark.opacity",
        readers.number(0.05, 1),
        "0.78",
        "how opaque the mark is",
        "w=400&watermark=/img/logo.png&markOpacity=0.4",
    ),
)
