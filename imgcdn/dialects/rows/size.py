"""How large the answer is, and how the picture meets that box."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.model.spec import Fit

LONGEST = 8192
"""The longest side that can be asked for, in pixels; settings may only lower it."""

ROWS = (
    Parameter("w", "width", readers.length(LONGEST), "–", "width of the answer", "w=400", ("width",)),
    Parameter("h", "height", readers.length(LONGEST), "–", "height of the answer", "h=300", ("height",)),
    Parameter(
        "ar",
        "aspect",
        readers.ratio(),
        "–",
        "aspect ratio; gives the missing side, or crops the largest window of that shape (`fit=contain` lays the "
        "picture on the smallest box of it); "
        "not used when `w` and `h` are both given",
        "w=400&ar=16:9",
    ),
    *(
        Parameter(
            f"{bound}_{side[0]}",
            f"bounds.{word}_{side}",
            readers.integer(1, LONGEST),
            "–",
            f"{word} {side} of a crop (`fit=cover`), where `{side[0]}` is not said and follows from the rest",
            f"{'h' if side == 'width' else 'w'}=300&fit=cover&{bound}_{side[0]}={length}",
        )
        for bound, word, length in (("min", "least", 600), ("max", "most", 150))
        for side in ("width", "height")
    ),
    Parameter(
        "dpr",
        "dpr",
        readers.number(0.1, 5),
        "1",
        "device pixel ratio: multiplies `w` and `h`; the product is capped with the aspect kept",
        "w=200&dpr=2",
    ),
    Parameter(
        "fit",
        "fit",
        readers.one_of(Fit),
        "cover with `w` and `h` or with `ar`, else inside",
        "how the picture meets the box: `cover` crops, `contain` letterboxes with `bg`, `fill` stretches, "
        "`inside` shrinks into it, "
        "`outside` covers it without cropping; the `-down` forms never enlarge",
        "w=400&h=400&fit=contain",
    ),
    Parameter(
        "enlarge",
        "may_enlarge",
        readers.boolean(),
        "true for cover, contain, fill and outside, false for inside",
        "whether the picture may become larger than its source",
        "w=800&h=600&enlarge=0",
    ),
)
