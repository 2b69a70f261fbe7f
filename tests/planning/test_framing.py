import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.spec import FacePreset, Spec
from imgcdn.planning import framing

quick = settings(max_examples=300, deadline=None)
UPRIGHT = Size(10_000, 10_000)
WHOLE = Box(0, 0, 10_000, 10_000)
FACE = Region(0.48, 0.48, 0.04, 0.05, 0.9)
"""400x500 px, its centre at (5000, 5050)."""

positions = st.floats(0, 1)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Spec, tuple[Region, ...], float, Box, Size]:
    """Faces with their centres in a region, framed by a preset, a padding or both."""
    upright = Size(draw(st.integers(1, 5000)), draw(st.integers(1, 5000)))
    left, top = draw(st.integers(0, upright.width - 1)), draw(st.integers(0, upright.height - 1))
    region = Box(left, top, draw(st.integers(1, upright.width - left)), draw(st.integers(1, upright.height - top)))
    faces = []
    for _ in range(draw(st.integers(1, 4))):
        x = (region.left + draw(positions) * region.width) / upright.width
        y = (region.top + draw(positions) * region.height) / upright.height
        width, height = draw(st.floats(0.001, 0.6)), draw(st.floats(0.001, 0.6))
        faces.append(Region(x - width / 2, y - height / 2, width, height, 0.9))
    spec = Spec(
        face_preset=draw(st.none() | st.sampled_from(FacePreset)),
        face_pad=draw(st.none() | st.floats(0, 10)),
    )
    return spec, tuple(faces), draw(st.floats(0.01, 100)), region, upright


@quick
@given(scenes())
def test_the_window_lies_inside_the_region_and_keeps_the_aspect_to_a_pixel(scene):
    spec, faces, aspect, region, upright = scene
    found = framing.frame_faces(spec, faces, aspect, region, upright)
    assert found.width >= 1
    assert found.height >= 1
    assert region.left <= found.left
    assert found.right <= region.right
    assert region.top <= found.top
    assert found.bottom <= region.bottom
    # Some exact window of the aspect rounds to this one.
    assert (found.width - 0.5) / (found.height + 0.5) <= aspect or found.width == 1
    assert (found.width + 0.5) / max(found.height - 0.5, 1e-9) >= aspect or found.height == 1


MULTIPLIERS = [("closeup", 1.8), ("head-shoulders", 2.8), ("upper-body", 4.5), ("half-body", 7.0)]


@pytest.mark.parametrize(("preset", "multiplier"), MULTIPLIERS)
@pytest.mark.parametrize("aspect", [1.0, 0.75, 16 / 9])
def test_a_preset_shows_its_multiple_of_the_faces_height(preset, multiplier, aspect):
    found = framing.frame_faces(Spec(face_preset=FacePreset(preset)), (FACE,), aspect, WHOLE, UPRIGHT)
    assert found.height == round(500 * multiplier)
    assert found.width == pytest.approx(500 * multiplier * aspect, abs=0.51)


def test_every_preset_has_a_multiplier():
    assert set(framing.MULTIPLIERS) == set(FacePreset)


@pytest.mark.parametrize("preset", FacePreset)
def test_a_preset_moves_the_window_eight_percent_down_and_keeps_it_centred_sideways(preset):
    found = framing.frame_faces(Spec(face_preset=preset), (FACE,), 1.0, WHOLE, UPRIGHT)
    assert (found.left + found.right) / 2 == pytest.approx(5000, abs=1)
    assert (found.top + found.bottom) / 2 - 5050 == pytest.approx(0.08 * found.height, abs=1)


def test_padding_multiplies_the_window_of_a_preset():
    spec = Spec(face_preset=FacePreset.CLOSEUP, face_pad=1.5)
    assert framing.frame_faces(spec, (FACE,), 1.0, WHOLE, UPRIGHT).height == round(500 * 1.8 * 1.5)


@pytest.mark.parametrize(
    ("pad", "aspect", "size"),
    [
        (1, 0.8, Size(400, 500)),
        (2, 0.8, Size(800, 1000)),
        (2, 1.0, Size(1000, 1000)),
        (2, 2.0, Size(2000, 1000)),
        (2, 0.5, Size(800, 1600)),
        (0.5, 0.8, Size(200, 250)),
    ],
)
def test_padding_alone_is_the_smallest_window_of_the_aspect_around_the_padded_box_and_centred_on_it(pad, aspect, size):
    found = framing.frame_faces(Spec(face_pad=pad), (FACE,), aspect, WHOLE, UPRIGHT)
    assert found.size == size
    assert (found.left + found.right, found.top + found.bottom) == (10_000, 10_100)


def test_a_padding_of_nothing_still_leaves_a_window():
    assert framing.frame_faces(Spec(face_pad=0.0), (FACE,), 0.8, WHOLE, UPRIGHT).size == Size(40, 50)


@pytest.mark.parametrize("preset", FacePreset)
@pytest.mark.parametrize("aspect", [0.2, 1.0, 2.5])
def test_several_faces_that_fit_the_picture_are_all_whole_even_when_they_stand_at_different_heights(preset, aspect):
    faces = (
        Region(0.30, 0.30, 0.04, 0.05, 0.9),
        Region(0.40, 0.45, 0.04, 0.05, 0.9),
        Region(0.35, 0.62, 0.04, 0.05, 0.9),
    )
    found = framing.frame_faces(Spec(face_preset=preset), faces, aspect, WHOLE, UPRIGHT)
    assert found.left <= 3001
    assert found.right >= 4399
    assert found.top <= 3001
    assert found.bottom >= 6699


def test_a_union_wider_than_the_window_of_the_tallest_face_widens_it_with_the_aspect_kept():
    faces = (Region(0.1, 0.4, 0.04, 0.05, 0.9), Region(0.8, 0.4, 0.04, 0.05, 0.9))
    found = framing.frame_faces(Spec(face_preset=FacePreset.CLOSEUP), faces, 2.0, WHOLE, UPRIGHT)
    assert found.size == Size(7400, 3700)
    assert (found.left, found.right) == (1000, 8400)


def test_when_the_picture_has_no_window_of_the_aspect_for_all_the_heaviest_set_is_kept_whole():
    large, small = Region(0.1, 0.05, 0.1, 0.1, 0.9), Region(0.1, 0.85, 0.05, 0.05, 0.9)
    found = framing.frame_faces(Spec(face_preset=FacePreset.CLOSEUP), (large, small), 4.0, WHOLE, UPRIGHT)
    assert found.size == Size(10_000, 2500)
    assert found.top <= 500
    assert found.bottom >= 1500


def test_a_face_too_large_for_its_frame_shrinks_the_window_to_the_picture_with_the_aspect_kept():
    giant = Region(0.1, 0.1, 0.8, 0.8, 0.9)
    found = framing.frame_faces(Spec(face_preset=FacePreset.HALF_BODY), (giant,), 0.5, WHOLE, UPRIGHT)
    assert found.size == Size(5000, 10_000)


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (0.96, 0.0), (0.0, 0.95), (0.96, 0.95), (-0.02, 0.4), (0.98, 0.4)])
def test_a_face_at_an_edge_keeps_the_size_of_its_window_and_is_in_it(x, y):
    at_edge = Region(x, y, 0.04, 0.05, 0.9)
    found = framing.frame_faces(Spec(face_preset=FacePreset.HEAD_SHOULDERS), (at_edge,), 1.0, WHOLE, UPRIGHT)
    assert found.size == Size(1400, 1400)
    assert found.left <= max(0, x * 10_000)
    assert found.right >= min(10_000, (x + 0.04) * 10_000)
    assert found.top <= y * 10_000
    assert found.bottom >= (y + 0.05) * 10_000


def test_framing_is_asked_for_by_a_preset_or_a_padding_alone():
    assert framing.is_framed(Spec(face_preset=FacePreset.CLOSEUP))
    assert framing.is_framed(Spec(face_pad=0.0))
    assert not framing.is_framed(Spec(gravity=("face",), face_index=2, face_min=0.9))
