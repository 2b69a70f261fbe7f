"""What is at the edges of a picture and behind it, and what is laid over it."""

from imgcdn.dialects.cloudinary.row import Group, Row, refused
from imgcdn.dialects.imgix.row import Status

SAME, NEAR, NOT = Status.SAME, Status.APPROXIMATE, Status.UNSUPPORTED
_COLOUR = "a name, rgb:RRGGBB or rgb:RRGGBBAA"
LOOKS = (
    Row(
        "r",
        "px, max, or two to four of them with colons",
        ("edges.radius", "edges.mask"),
        SAME,
        "outside of the border, which follows it; max is an ellipse, of a square a circle",
    ),
    Row("bo", "5px_solid_red", ("edges.border", "edges.border_colour"), SAME, "grows the answer by twice its width"),
    Row("b", _COLOUR, ("background", "edges.mask_background"), SAME, "behind transparency, padding and round corners"),
    Row(
        "b_auto",
        "– or what it is found by",
        ("ground.extend",),
        NEAR,
        "padding shows the edges of the picture, drawn out",
    ),
    Row(
        "b_blurred",
        "– or intensity:brightness",
        ("ground.fill",),
        NEAR,
        "padding shows the picture, blurred, always alike",
    ),
    *refused({"b_gen_fill": "nothing is generated here"}),
    Row("co", _COLOUR, ("caption.colour", "blend.layer"), SAME, "of texts and of e_colorize"),
    Row(
        "o", "0 to 100", ("mark.opacity", "blend.alpha"), NEAR, "of layers; the picture itself is laid on b_, or white"
    ),
)
LAYERS = (
    Row(
        "l",
        "a public id with : for /, or fetch:<base64url>",
        ("mark.picture", "blend.layer"),
        SAME,
        "with w_ h_ g_ x_ y_ o_ a_ and fl_tiled, in its component or up to fl_layer_apply; one picture, and one "
        "besides with e_multiply, e_screen or e_overlay; never beyond an edge; c_fill and c_thumb keep the middle",
    ),
    Row(
        "l_text",
        "font_size_style:text",
        ("caption.text", "caption.size", "caption.font", "caption.weight", "caption.position"),
        NEAR,
        "one text, in the server's own sans, serif or monospace; bold, italic, stroke and line spacing are kept, "
        "underline and letter spacing are not",
    ),
    *refused(dict.fromkeys(("l_video", "l_subtitles", "l_audio", "l_lut"), "no such layers are read")),
    Row("u", "a public id", (), NOT, "underlays are not drawn: turn picture and layer round"),
)
GROUPS = (Group("Edges and ground", LOOKS), Group("Layers", LAYERS))
