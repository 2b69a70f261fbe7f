"""What goes around the picture, what shape it is cut to, and what shows where no picture is."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.dialects.rows.size import LONGEST
from imgcdn.model.edges import Mask
from imgcdn.model.ground import Extend, Fill, Transparency

_MOST_PAD, _MOST_BORDER = 1000, 400


def _border(side: str) -> Parameter:
    return Parameter(
        f"border_{side}",
        f"edges.border_{side}",
        readers.integer(0, _MOST_BORDER),
        "`border`",
        f"width of the border at the {side}, in place of `border`",
        f"w=400&border=4&border_{side}=30&borderColor=tomato",
    )


def _side(side: str) -> Parameter:
    return Parameter(
        f"pad_{side}",
        f"edges.pad_{side}",
        readers.integer(0, _MOST_PAD),
        "`pad`",
        f"room at the {side}, in place of `pad`",
        f"w=400&pad_{side}=30&bg=fde68a",
    )


ROWS = (
    Parameter(
        "fill",
        "ground.fill",
        readers.one_of(Fill),
        "solid",
        "what the letterbox of `fit=contain` shows: `solid` is `bg`, `blur` the picture itself, large and blurred",
        "w=400&h=400&fit=contain&fill=blur",
    ),
    Parameter(
        "extend",
        "ground.extend",
        readers.one_of(Extend),
        "–",
        "`copy` smears the picture's edges over the letterbox of `fit=contain`; not together with `fill=blur`",
        "w=400&h=400&fit=contain&extend=copy",
    ),
    Parameter(
        "pad",
        "edges.pad",
        readers.integer(0, _MOST_PAD),
        "0",
        "room around the picture, in `bg`; where `w` or `h` is given it is part of that, else the answer grows; `dpr` "
        "multiplies it",
        "w=400&pad=20&bg=fde68a",
    ),
    *(_side(side) for side in ("left", "top", "right", "bottom")),
    Parameter(
        "border",
        "edges.border",
        readers.integer(0, _MOST_BORDER),
        "0",
        "width of a border around picture and `pad`; it is part of `w` and `h` as `pad` is, and `dpr` multiplies it",
        "w=400&border=8&borderColor=tomato",
    ),
    *(_border(side) for side in ("left", "top", "right", "bottom")),
    Parameter(
        "borderColor",
        "edges.border_colour",
        readers.colour(),
        "000000",
        "colour of `border`; with alpha it is translucent",
        "w=400&border=8&borderColor=tomato",
    ),
    Parameter(
        "radius",
        "edges.radius",
        readers.corners(LONGEST),
        "0",
        "radius of the corners, outside of `border`; `max` is as round as may be, four numbers are top left, top "
        "right, bottom right, bottom left; `dpr` multiplies it",
        "w=400&h=400&radius=max",
        ("r",),
    ),
    Parameter(
        "radius_inner",
        "edges.radius_inner",
        readers.corners(LONGEST),
        "follows from `radius` and `border`",
        "radius of the corners where the border begins",
        "w=400&border=24&borderColor=tomato&radius_inner=60",
    ),
    Parameter(
        "mask",
        "edges.mask",
        readers.one_of(Mask),
        "–",
        "cuts the picture to an `ellipse`, or its `corners` to `radius` (a fifth of the shorter side without one)",
        "w=400&h=300&mask=ellipse",
    ),
    Parameter(
        "mask_bg",
        "edges.mask_background",
        readers.colour(),
        "transparent; where the format has no alpha `bg`, or white",
        "what shows where `radius` or `mask` cut the picture away",
        "w=400&h=300&mask=ellipse&mask_bg=222",
    ),
    Parameter(
        "transparency",
        "ground.transparency",
        readers.one_of(Transparency),
        "–",
        "`grid` puts a chequered ground behind all that is transparent, to show that it is",
        "w=400&transparency=grid",
    ),
    Parameter(
        "grid_size",
        "ground.grid_size",
        readers.integer(1, _MOST_PAD),
        "8",
        "side of a square of `transparency=grid`; `dpr` multiplies it",
        "w=400&transparency=grid&grid_size=24",
    ),
    Parameter(
        "grid_colors",
        "ground.grid_colours",
        readers.two_colours(),
        "ffffff,cccccc",
        "colours of the squares of `transparency=grid`, the upper left one first",
        "w=400&transparency=grid&grid_colors=fde68a,ffffff",
    ),
)
