"""A text over the picture."""

from imgcdn.dialects import overlaying, readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.dialects.rows.size import LONGEST
from imgcdn.model.overlays import TextFit

_MOST_LETTERS = 500

ROWS = (
    Parameter(
        "text",
        "caption.text",
        overlaying.sentence(_MOST_LETTERS),
        "–",
        "a text over the picture, in any script; it is broken into lines where it must be, and `%0A` breaks it; "
        "one that does not fit is set smaller. Needs fonts on the server",
        "w=400&text=Sunrise%20over%20the%20bay&textColor=fff&textSize=28",
    ),
    Parameter(
        "textSize",
        "caption.size",
        readers.number(1, 1000, "pixels"),
        "24",
        "size of the letters",
        "w=400&text=Sunrise&textSize=40",
    ),
    Parameter(
        "textFont",
        "caption.font",
        readers.words(r"[^\W_][\w .&'()+-]{0,63}", "the name of a font family of at most 64 characters"),
        "sans",
        "family of the font, one of those that the server has; `sans`, `serif` and `monospace` are what it has for "
        "them",
        "w=400&text=Sunrise&textFont=serif",
    ),
    Parameter(
        "textWeight",
        "caption.weight",
        readers.integer(100, 900),
        "400",
        "weight of the letters: 400 is regular, 700 bold; the nearest that the family has",
        "w=400&text=Sunrise&textWeight=700",
    ),
    Parameter(
        "textItalic",
        "caption.is_italic",
        readers.boolean(),
        "false",
        "slanted letters",
        "w=400&text=Sunrise&textItalic=1",
    ),
    Parameter(
        "textColor",
        "caption.colour",
        readers.colour(),
        "000000",
        "colour of the letters; emoji have their own",
        "w=400&text=Sunrise&textColor=ffffffcc",
    ),
    Parameter(
        "textAlign",
        "caption.position",
        overlaying.place(),
        "southwest",
        "where the text is, and on which side its lines are flush",
        "w=400&text=Sunrise&textAlign=north",
    ),
    Parameter(
        "textFit",
        "caption.fit",
        readers.one_of(TextFit),
        "–",
        "`max` makes the letters as large as the width allows, without breaking lines",
        "w=400&text=Sunrise&textFit=max",
    ),
    Parameter(
        "textPad",
        "caption.pad",
        readers.integer(0, 1000),
        "10",
        "pixels between the text and the edges",
        "w=400&text=Sunrise&textPad=30",
    ),
    Parameter(
        "textWidth",
        "caption.width",
        readers.length(LONGEST, "picture"),
        "what the edges leave",
        "width at which lines are broken",
        "w=400&text=Sunrise%20over%20the%20bay&textWidth=0.5",
    ),
    Parameter(
        "textX",
        "caption.x",
        readers.integer(0, LONGEST),
        "–",
        "pixels from the left edge; wins over `textAlign`",
        "w=400&text=Sunrise&textX=150",
    ),
    Parameter(
        "textY",
        "caption.y",
        readers.integer(0, LONGEST),
        "–",
        "pixels from the top edge; wins over `textAlign`",
        "w=400&text=Sunrise&textY=30",
    ),
    Parameter(
        "textLead",
        "caption.lead",
        readers.number(0.5, 4),
        "1",
        "distance of the lines, in multiples of the font's own",
        "w=200&text=Sunrise%20over%20the%20bay&textLead=1.5",
    ),
    Parameter(
        "textShadow",
        "caption.shadow",
        readers.number(0, 10),
        "0",
        "a soft shadow under the letters; 10 is the darkest",
        "w=400&text=Sunrise&textSize=60&textColor=fff&textShadow=10",
    ),
    Parameter(
        "textLine",
        "caption.outline",
        readers.integer(0, 50),
        "0",
        "width of a line around the letters, in pixels",
        "w=400&text=Sunrise&textLine=2",
    ),
    Parameter(
        "textLineColor",
        "caption.outline_colour",
        readers.colour(),
        "ffffff",
        "colour of that line",
        "w=400&text=Sunrise&textColor=fff&textLine=2&textLineColor=1e3a8a",
    ),
)
