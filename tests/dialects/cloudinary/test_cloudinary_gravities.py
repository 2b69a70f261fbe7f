"""g_: what is known is read, what nobody here can find is listed, and what nobody knows is refused."""

import pytest

from imgcdn import errors
from imgcdn.dialects.cloudinary import gravities, parsing

CROP = "c_fill,w_9,h_9"


def parse(said: str, *, strict: bool = True, sees=gravities.sees_people):
    return parsing.parse("img", f"image/upload/{CROP},{said}/v1/a.jpg", "", strict=strict, sees=sees)


@pytest.mark.parametrize(
    ("said", "gravity"),
    [
        ("g_cat:dog", ("obj:cat", "obj:dog", "auto")),
        ("g_cat:dog:auto:dog_30:cat_avoid:face", ("obj:cat", "obj:dog", "face", "auto")),
        ("g_face:cat", ("face", "obj:cat", "center")),
        ("g_face:auto:classic", ("face", "smart", "auto")),
        ("g_face:north_west", ("face", "northwest")),
        ("g_auto:adv_face:body", ("face", "obj:person", "auto")),
        ("g_auto:custom_no_override:thirds_0:none", ()),
        ("g_auto:aoi_100_200_30_40:face_50", ("face", "auto")),
        ("g_coco_v1_cat", ("obj:cat", "auto")),
        ("g_person", ("obj:person", "auto")),
    ],
)
def test_words_are_tried_in_their_order(said, gravity):
    ask = parse(said, sees={"cat", "dog", "person"}.__contains__)
    assert ask.spec.gravity == gravity
    assert ask.delivery.ignored == ()


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("said", "gravity"),
    [
        ("g_cat", ()),
        ("g_auto:cat", ()),
        ("g_auto:bottle_50:face", ("face", "auto")),
        ("g_cat:auto", ()),
        ("g_face:wine_glass", ("face", "center")),
        ("g_tvmonitor", ()),
        ("g_lvis_v1_saxophone", ()),
    ],
)
def test_a_thing_that_cloudinary_finds_and_nobody_here_is_listed_and_auto_stands_in(said, gravity, strict):
    ask = parse(said, strict=strict)
    assert ask.spec.gravity == gravity
    assert ask.delivery.ignored == (said,)


@pytest.mark.parametrize("said", ["g_person", "g_auto:people", "g_body", "g_auto:woman"])
def test_people_are_found_without_a_model(said):
    assert parse(said).delivery.ignored == ()


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("g_faec", "face"),
        ("g_noth", "north"),
        ("g_north_eats", "north_east"),
        ("g_atuo", "auto"),
        ("g_auto:fase", "face"),
        ("g_face:centre", "center"),
        ("g_auto:bottel", "bottle"),
        ("g_foo", None),
        ("g_face:foo", None),
        ("g_auto:face:weird", None),
        ("g_face:auto:weirdo", None),
        ("g_Cat", None),
        ("g_center:face", None),
        ("g_auto:xy_center", None),
        ("g_cat:dog:cat:dog:cat:dog:cat:dog", None),
        ("g_auto:", None),
    ],
)
def test_a_word_that_nobody_knows_is_refused_with_the_nearest_that_is_known(said, near):
    with pytest.raises(errors.InvalidParameterError) as caught:
        parse(said)
    assert caught.value.param == "g"
    assert caught.value.detail.startswith(f"{said} cannot be used")
    assert "expected" in caught.value.detail
    if near is not None:
        assert f"the nearest known value is {near}:" in caught.value.detail


def test_a_mount_that_is_not_strict_leaves_an_unknown_word_out_and_lists_it():
    ask = parse("g_faec", strict=False)
    assert ask.delivery.ignored == ("g_faec",)
    assert ask.spec.gravity == ("center",)


def test_a_label_of_the_model_needs_no_documentation():
    assert parse("g_saxophone", sees=lambda name: name == "saxophone").spec.gravity == ("obj:saxophone", "auto")
