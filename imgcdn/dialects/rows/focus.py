"""What must stay in the frame."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter
from imgcdn.model.spec import FacePreset, Fit

ROWS = (
    Parameter(
        "gravity",
        "gravity",
        readers.gravities(),
        "auto",
        "what must stay in the frame; a comma list is an order of preference",
        "w=200&h=300&gravity=face,east",
        ("g",),
    ),
    Parameter(
        "fp",
        "focal_point",
        readers.point(),
        "–",
        "focal point of the picture (of `rect`, if given): 0,0 is the top left corner; wins over `gravity`, "
        "unless that has `fp` in its list",
        "w=200&h=300&fp=0.15,0.5",
    ),
    Parameter("fpz", "zoom", readers.number(1, 100), "1", "zoom about the focal point", "w=400&h=300&fpz=2"),
    Parameter(
        "crop",
        "gravity",
        readers.words("smart", "smart"),
        "–",
        "`smart` means `gravity=smart`",
        "w=300&h=300&crop=smart",
        fixed={"smart": ("smart",)},
    ),
    Parameter(
        "rect",
        "rect",
        readers.rect(1_000_000),
        "–",
        "part of the upright source that is used, before anything else; what lies beyond an edge is cut; `center`, "
        "`right`, `middle` and `bottom` place it by its own size",
        "rect=0.25,0,0.5,1.0",
    ),
    Parameter(
        "face_index",
        "face_index",
        readers.integer(1, 1000),
        "–",
        "which face `gravity=face` takes, 1 being the largest; a number beyond the last is as if it were not given",
        "w=300&h=300&gravity=face&face_index=2",
    ),
    Parameter(
        "face_pad",
        "face_pad",
        readers.number(0, 10),
        "–",
        "window size in multiples of the face box (of all boxes for `faces`); "
        "without it the window is as large as the picture allows",
        "w=300&h=300&gravity=face&face_pad=2",
    ),
    Parameter(
        "face_preset",
        "face_preset",
        readers.one_of(FacePreset),
        "–",
        "how much of the person is shown: window height 1.8, 2.8, 4.5 or 7 times the face's",
        "w=300&h=300&gravity=face&face_preset=head-shoulders",
    ),
    Parameter(
        "face_min",
        "face_min",
        readers.number(0, 1),
        "0.5",
        "faces found with less confidence are not used",
        "w=200&ar=9:16&gravity=face&face_min=0.1",
    ),
    Parameter(
        "face_else",
        "face_else",
        readers.one_of(Fit),
        "as `fit`",
        "how the picture meets the box where `face_pad` or `face_preset` finds no face, in place of `fit`",
        "w=300&h=300&fit=cover&gravity=face&face_pad=2&face_else=contain",
    ),
)
