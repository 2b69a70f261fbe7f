"""What must stay in the frame."""

from imgcdn.dialects.cloudinary.row import Group, Row, refused
from imgcdn.dialects.imgix.row import Status

SAME, NEAR = Status.SAME, Status.APPROXIMATE
COMPASS = ("north", "south", "east", "west", "north_east", "north_west", "south_east", "south_west")
_DETECTOR = "another face detector finds other boxes"
_NO_FACE = "; without a face what stands behind the colon, else the middle"
_KEPT = "no coordinates are kept with a picture, so g_auto stands in; an override of ours wins"
GRAVITY = (
    *(Row(f"g_{name}", "–", ("gravity",), SAME) for name in COMPASS),
    Row("g_center", "–", ("gravity",), SAME, "the default"),
    Row("g_xy_center", "x_ and y_ in pixels or shares", ("cut.at",), SAME),
    Row("g_face", "– or :auto, :center or a side", ("gravity",), NEAR, _DETECTOR + _NO_FACE),
    Row("g_faces", "– or :auto, :center or a side", ("gravity",), NEAR, _DETECTOR + _NO_FACE),
    Row("g_adv_face", "–", ("gravity",), NEAR, "as g_face"),
    Row("g_adv_faces", "–", ("gravity",), NEAR, "as g_faces"),
    Row("g_adv_eyes", "–", ("gravity",), NEAR, "as g_face"),
    Row("g_body", "–", ("gravity",), NEAR, "a person, by the face and where there is one the object model"),
    Row(
        "g_auto",
        "– or :face, :faces, :body, :subject, :classic, :<thing>, several with colons",
        ("gravity",),
        NEAR,
        "our own judgement of what matters; weights, _avoid and thirds are left out; things as with g_<thing>",
    ),
    Row("g_custom", "–", ("gravity",), NEAR, _KEPT),
    Row("g_ocr_text", "–", ("gravity",), NEAR, "texts are not read: g_auto stands in"),
    *refused({"g_liquid": "pictures are not rescaled by content", "g_track_person": "films are not read"}),
    Row(
        "g",
        "the name of a thing such as cat or bottle, several with colons",
        ("gravity",),
        NEAR,
        "obj:, where the server's object model has that label; else g_auto stands in, and it is listed in "
        "X-Imgcdn-Ignored; words that Cloudinary has not documented are refused",
    ),
)
GROUPS = (Group("Gravity", GRAVITY),)
