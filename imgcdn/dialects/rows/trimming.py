"""Which border is taken off before anything is looked for in the picture."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.model.trimming import Trim

_MOST_PAD = 1000

ROWS = (
    Parameter(
        "trim",
        "trim.mode",
        readers.switched(readers.one_of(Trim, {"colour": "color"}), Trim.AUTO),
        "off",
        "takes the border of the source (of `rect`, if given) off: `auto` (or 1) lines that hardly vary, for noisy "
        "borders too, `color` what has one colour, `alpha` what is transparent, `colorunlessalpha` the latter where "
        "any of it is transparent, else the former; a picture that would be trimmed to nothing stays whole",
        "w=400&trim=auto",
    ),
    Parameter(
        "trim_tol",
        "trim.tolerance",
        readers.integer(0, 255),
        "10",
        "how far from its colour, or from transparent, a border may be for `trim=color` and `alpha`",
        "w=400&trim=color&trim_tol=80",
    ),
    Parameter(
        "trim_pad",
        "trim.pad",
        readers.integer(0, _MOST_PAD),
        "0",
        "pixels of the source's border that stay",
        "w=400&trim=color&trim_pad=20",
    ),
    Parameter(
        "trim_color",
        "trim.colour",
        readers.colour(),
        "that of the top left pixel",
        "colour of the border for `trim=color`",
        "w=400&trim=color&trim_color=fff",
    ),
    Parameter(
        "trim_md",
        "trim.mean",
        readers.number(0, 255),
        "11",
        "how far, on average, a line may be from the outermost one to be border for `trim=auto`",
        "w=400&trim=auto&trim_md=5",
    ),
    Parameter(
        "trim_sd",
        "trim.deviation",
        readers.number(0, 255),
        "10",
        "how much the pixels of a line may vary (standard deviation) to be border for `trim=auto`",
        "w=400&trim=auto&trim_sd=20",
    ),
)
