"""Where faces are hidden in the answer: over all of the head, at the face's place in the window, as strongly as asked."""

import pytest
from sizing_rules import ENCODING, LIMITS, info

from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point, Region
from imgcdn.model.media import Format
from imgcdn.model.redaction import Redaction
from imgcdn.model.seen import Seen
from imgcdn.model.spec import Rect, Spec
from imgcdn.planning import planner, redaction

PHOTO = info(1000, 800)
FACE = Region(0.4, 0.25, 0.2, 0.25, 0.9)
BLUR, SQUARES = Redaction(blur=50), Redaction(pixel=50)


def patches(spec, source=PHOTO, faces=(FACE,)):
    focus = Focus(Point(0.5, 0.5), "center")
    return planner.plan(spec, source, focus, Format.PNG, LIMITS, ENCODING, seen=Seen(faces=faces)).patches


def test_a_patch_covers_the_face_and_the_head_around_it():
    (patch,) = patches(Spec(redaction=BLUR))
    assert (patch.box.left, patch.box.top) == (299, 59)  # 0.5 of 200 px beside it, 0.7 of 200 px above it
    assert 700 <= patch.box.right <= 704
    assert 470 <= patch.box.bottom <= 474


def test_patches_lie_where_the_window_has_the_face_and_shrink_with_the_picture():
    (patch,) = patches(Spec(width=250, rect=Rect(300, 100, 500, 400), redaction=BLUR))
    assert patch.box.left == (300 - 300) // 2 - 1
    assert patch.box.top == -21  # beyond the upper edge of the window
    assert patch.box.width == 200 + 3


def test_a_face_outside_of_the_window_needs_no_patch():
    assert patches(Spec(rect=Rect(0, 600, 300, 200), redaction=BLUR)) == ()


def test_a_turned_source_has_its_patches_where_the_upright_picture_has_the_face():
    lying = info(800, 1000, orientation=6)
    assert patches(Spec(width=500, redaction=BLUR), lying) == patches(Spec(width=500, redaction=BLUR))


@pytest.mark.parametrize("strength", [0.1, 1, 30, 100])
def test_blur_and_squares_are_as_large_as_befits_the_face(strength):
    (large,) = patches(Spec(redaction=Redaction(strength, strength)))
    (small,) = patches(Spec(width=250, redaction=Redaction(strength, strength)))
    assert large.sigma == pytest.approx(4 * small.sigma)
    assert large.block == pytest.approx(4 * small.block, abs=3)
    assert 200 * 0.08 <= large.sigma <= 200 * 0.3
    assert 200 // 8 <= large.block <= 200 // 3 + 1


def test_more_strength_hides_more():
    found = [patches(Spec(redaction=Redaction(strength, strength)))[0] for strength in (1, 50, 100)]
    assert [patch.sigma for patch in found] == sorted({patch.sigma for patch in found})
    assert [patch.block for patch in found] == sorted({patch.block for patch in found})


def test_only_what_is_asked_for_is_done():
    (blurred,), (squared,) = patches(Spec(redaction=BLUR)), patches(Spec(redaction=SQUARES))
    assert (blurred.block, squared.sigma) == (0, 0.0)
    assert blurred.sigma > 0 < squared.block


@pytest.mark.parametrize(("surely", "kept"), [(0.9, 2), (0.5, 2), (0.3, 2), (0.2, 3), (0.0, 4)])
def test_doubtful_faces_are_hidden_too_and_a_floor_can_only_be_lowered(surely, kept):
    faces = tuple(Region(0.1, 0.1, 0.1, 0.1, score) for score in (0.9, 0.3, 0.25, 0.1))
    assert len(redaction.sure_faces(Spec(face_min=surely), faces)) == kept


def test_every_face_is_hidden_whichever_one_the_crop_is_about():
    faces = (FACE, Region(0.05, 0.4, 0.1, 0.1, 0.5))
    assert len(patches(Spec(gravity=("face",), face_index=1, redaction=BLUR), faces=faces)) == 2
