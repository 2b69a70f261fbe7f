"""What imgix' parameters of size, crop, faces, turning and trimming do, seen in the pixels that come back."""

import numpy as np
import painting
import pytest
from imgix_asking import NAVY, RED, WHITE, shows
from measuring import pixels_of, psnr


@shows("w", "h")
@pytest.mark.parametrize(
    ("query", "size"),
    [("w=60", (60, 40)), ("h=20", (30, 20)), ("w=0.5", (60, 40)), ("h=.25", (30, 20)), ("w=240", (240, 160))],
)
def test_a_side_gives_the_other_in_px_or_as_a_share(ask, query, size):
    assert ask.size("corners.png", query) == size


FITS = {
    "clip": (180, 120),
    "max": (120, 80),
    "crop": (180, 150),
    "min": (96, 80),
    "fill": (180, 150),
    "fillmax": (180, 150),
    "scale": (180, 150),
    "clamp": (180, 150),
}


@shows("fit")
@pytest.mark.parametrize(("fit", "size"), FITS.items())
def test_each_fit_has_its_size(ask, fit, size):
    assert ask.size("corners.png", f"w=180&h=150&fit={fit}") == size


@shows("fit")
def test_fill_shows_all_on_clear_white_and_fillmax_does_not_enlarge(ask):
    filled = ask.pixels("corners.png", "w=180&h=150&fit=fill")
    assert filled[7, 90].tolist() == [*WHITE, 0]
    assert filled[25, 10].tolist() == [*RED, 255]
    small = ask.pixels("corners.png", "w=180&h=150&fit=fillmax")
    assert small[75, 20].tolist() == [*WHITE, 0]
    assert small[40, 35].tolist() == [*RED, 255]


@shows("fit")
def test_clamp_smears_the_edge_and_scale_distorts(ask):
    clamped = ask.pixels("corners.png", "w=180&h=150&fit=clamp")
    assert clamped[2, 20].tolist() == list(RED)
    assert clamped[147, 20].tolist() == [0, 0, 255]
    scaled = ask.pixels("corners.png", "w=40&h=80&fit=scale")
    assert [scaled[y, x].tolist() for y, x in ((5, 5), (5, 35), (75, 5))] == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


def window(ask, query):
    """Return left and top of what is kept of a ramp of 256x256, whose red tells x and whose green y."""
    found = ask.pixels("ramp.png", query)
    return round(found[:, 0, 0].mean()), round(found[0, :, 1].mean())


@shows("crop")
@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("w=64&h=128", (64, 0)),
        ("w=64&h=128&crop=left", (0, 0)),
        ("w=64&h=128&crop=right", (128, 0)),
        ("w=128&h=64&crop=top", (0, 0)),
        ("w=128&h=64&crop=bottom", (0, 128)),
        ("w=128&h=64&crop=bottom,left", (0, 128)),
        ("w=64&h=128&crop=top,right", (128, 0)),
        ("w=64&h=128&crop=center", (64, 0)),
        ("w=64&h=128&crop=faces,top,right", (128, 0)),
        ("w=64&h=128&crop=faces", (64, 0)),
        ("w=64&h=128&crop=faces,center", (64, 0)),
        ("w=64&h=128&crop=focalpoint&fp-x=0.25", (0, 0)),
        ("w=64&h=128&crop=faces,focalpoint&fp-x=1", (128, 0)),
    ],
)
def test_crop_keeps_the_side_that_it_names_and_a_list_falls_through_where_there_is_no_face(ask, query, place):
    assert window(ask, f"fit=crop&{query}") == pytest.approx(place, abs=1.5)


@shows("crop")
@pytest.mark.parametrize("crop", ["entropy", "edges", "faces,entropy", "faces,edges"])
def test_entropy_and_edges_keep_the_part_that_shows_something(ask, crop):
    found = ask.told("busy.png", f"w=100&h=100&fit=crop&crop={crop}")["window"]
    assert found["left"] >= 150


@shows("crop")
def test_faces_are_kept_whole(ask):
    found = ask.told("face.jpg", "w=150&h=450&fit=crop&crop=faces")["window"]
    left, _, right, _ = (share * 512 for share in painting.FACE)
    assert found["left"] < left + 10
    assert found["left"] + found["width"] > right - 10


@shows("fp-x", "fp-y")
@pytest.mark.parametrize(
    ("query", "place"),
    [("fp-x=0.7", (115, 0)), ("fp-x=0", (0, 0)), ("fp-x=1", (128, 0)), ("fp-y=0.7", (64, 0))],
)
def test_the_window_lies_around_the_focal_point(ask, query, place):
    assert window(ask, f"w=128&h=256&fit=crop&crop=focalpoint&{query}") == pytest.approx(place, abs=1.5)


@shows("fp-y")
def test_the_focal_point_counts_downwards_too(ask):
    assert window(ask, "w=256&h=128&fit=crop&crop=focalpoint&fp-y=0.7") == pytest.approx((0, 115), abs=1.5)


@shows("fp-z")
def test_zoom_shows_that_many_times_less(ask):
    def across(query):
        found = ask.pixels("ramp.png", f"w=128&h=128&fit=crop&crop=focalpoint&{query}")
        return found[:, -1, 0].mean() - found[:, 0, 0].mean()

    assert across("fp-z=1") == pytest.approx(255, abs=3)
    assert across("fp-z=4") == pytest.approx(255 / 4, abs=3)


@shows("fp-debug")
def test_fp_debug_draws_on_the_whole_source(ask):
    drawn = ask.image("photo.jpg", "w=100&h=100&fit=crop&crop=focalpoint&fp-x=0.2&fp-debug=true&fm=png")
    assert drawn.width * 2 == drawn.height * 3, "the whole source is 600x400"
    plain = ask.pixels("photo.jpg", f"w={drawn.width}")
    assert psnr(pixels_of(drawn.convert("RGB")), plain) < 40


@shows("ar")
def test_a_ratio_gives_the_other_side_of_a_crop(ask):
    assert ask.size("corners.png", "w=60&ar=3:1&fit=crop") == (60, 20)
    assert ask.size("corners.png", "h=60&ar=0.5&fit=crop") == (30, 60)
    assert ask.size("corners.png", "w=60&ar=3:1") == (60, 40)


@shows("ar")
def test_a_ratio_alone_is_cut_out_of_the_source_or_put_around_it(ask):
    assert ask.size("corners.png", "ar=3:1&fit=crop") == (120, 40)
    assert ask.size("corners.png", "ar=1:1&fit=crop") == (80, 80)
    assert ask.size("corners.png", "ar=1:1&fit=fill") == (120, 120)
    assert ask.size("corners.png", "ar=1:1&fit=fill&w=60") == (60, 60)
    assert ask.size("corners.png", "ar=1:1&fit=fill&w=60&h=30") == (60, 30)


@shows("rect")
@pytest.mark.parametrize("rect", ["60,0,60,40", "0.5,0,0.5,0.5", "right,top,60,40", "right,0,.5,.5"])
def test_a_rectangle_is_cut_out_first(ask, rect):
    found = ask.pixels("corners.png", f"rect={rect}&w=30")
    assert found.shape == (20, 30, 3)
    assert np.abs(found - (0, 255, 0)).max() <= 1


@shows("dpr")
def test_density_multiplies_sides_and_lengths(ask):
    assert ask.size("corners.png", "w=30&dpr=2") == (60, 40)
    found = ask.pixels("navy.png", "w=40&h=40&fit=crop&border=5,f00&dpr=2")
    assert found.shape == (80, 80, 3)
    assert (found[40, :, 0] > 128).sum() == 20


@shows("max-w", "max-h", "min-w", "min-h")
@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("h=80&max-w=50", (50, 80)),
        ("w=120&max-h=50", (120, 50)),
        ("h=40&min-w=100", (100, 40)),
        ("w=60&min-h=90", (60, 90)),
        ("w=60&max-h=90", (60, 40)),
    ],
)
def test_bounds_crop_the_side_that_follows(ask, query, size):
    assert ask.size("corners.png", f"fit=crop&{query}") == size


@shows("facepad", "fit")
def test_facepad_multiplies_what_is_around_the_face(ask):
    narrow, wide = (
        ask.told("face.jpg", f"fit=facearea&facepad={pad}&w=100&h=100")["window"]["width"] for pad in (1, 2)
    )
    assert wide == pytest.approx(2 * narrow, abs=4)
    assert narrow < 200


@shows("faceindex", "fit")
def test_faceindex_counts_faces_from_the_largest(ask):
    for query in ("fit=facearea", "fit=crop&crop=faces"):
        first, second = (
            ask.told("two faces.jpg", f"{query}&faceindex={index}&w=150&h=200")["window"] for index in (1, 2)
        )
        assert first["left"] + first["width"] / 2 < 400
        assert second["left"] + second["width"] / 2 > 500


@shows("faces")
def test_faces_are_in_the_json_where_they_are_asked_for(ask):
    faces = ask.answer("two faces.jpg", "fm=json&faces=1").json()["Faces"]
    assert len(faces) == 2
    assert {"x", "y", "width", "height"} == set(faces[0]["bounds"])
    assert "Faces" not in ask.answer("two faces.jpg", "fm=json").json()


@shows("face-blur", "face-pixel")
@pytest.mark.parametrize("hides", ["face-blur=100", "face-pixel=100"])
def test_faces_are_hidden_and_nothing_else_is(ask, hides):
    plain, hidden = ask.pixels("face.jpg", "w=256"), ask.pixels("face.jpg", f"w=256&{hides}")
    face = (slice(40, 80), slice(95, 130))
    assert psnr(plain[face], hidden[face]) < 30
    assert psnr(plain[160:], hidden[160:]) > 45


@shows("flip")
@pytest.mark.parametrize(("flip", "axes"), [("h", 1), ("v", 0), ("hv", (0, 1))])
def test_flip_is_the_mirrored_picture(ask, flip, axes):
    assert np.array_equal(ask.pixels("ramp.png", f"flip={flip}"), np.flip(ask.pixels("ramp.png"), axes))


@shows("orient")
@pytest.mark.parametrize(
    ("orient", "turn"),
    [("90", 3), ("6", 3), ("180", 2), ("3", 2), ("270", 1), ("8", 1), ("1", 0)],
)
def test_orient_turns_by_right_angles(ask, orient, turn):
    found = ask.pixels("ramp.png", f"orient={orient}")
    assert np.array_equal(found, np.rot90(ask.pixels("ramp.png"), turn))


@shows("orient")
def test_orient_takes_the_place_of_what_the_file_says(ask):
    assert ask.size("turned.png", "") == (120, 80)
    assert ask.size("turned.png", "orient=1") == (80, 120)
    assert ask.size("turned.png", "or=0") == (80, 120)


@shows("rot")
@pytest.mark.parametrize(("angle", "turn"), [(0, 0), (90, 1), (180, 2), (270, 3)])
def test_rot_counts_against_the_clock(ask, angle, turn):
    assert np.array_equal(ask.pixels("ramp.png", f"rot={angle}"), np.rot90(ask.pixels("ramp.png"), turn))


@shows("rot", "rot-type")
def test_straightening_leaves_no_corner_empty_and_a_pivot_shows_all(ask):
    straight = ask.pixels("navy.png", "w=120&h=80&fit=crop&rot=20&rot-type=straighten&bg=f00")
    assert straight.shape == (80, 120, 3)
    assert np.abs(straight - NAVY).max() <= 2
    pivot = ask.pixels("navy.png", "w=120&h=80&fit=crop&rot=20&rot-type=pivot&bg=f00")
    assert pivot[0, 0].tolist() == list(RED)
    assert pivot[pivot.shape[0] // 2, pivot.shape[1] // 2].tolist() == list(NAVY)


@shows("trim")
@pytest.mark.parametrize(
    ("picture", "trim", "size"),
    [
        ("framed.png", "auto", (60, 40)),
        ("framed.png", "color", (60, 40)),
        ("framed.png", "alpha", (100, 80)),
        ("clear.png", "alpha", (60, 40)),
        ("clear.png", "colorunlessalpha", (60, 40)),
        ("framed.png", "colorunlessalpha", (60, 40)),
    ],
)
def test_trim_takes_the_border_away(ask, picture, trim, size):
    assert ask.size(picture, f"trim={trim}") == size


@shows("trim-color")
def test_only_a_border_of_the_named_colour_is_trimmed(ask):
    assert ask.size("framed.png", "trim=color&trim-color=fff") == (60, 40)
    assert ask.size("framed.png", "trim=color&trim-color=0f0") == (100, 80)


@shows("trim-tol")
def test_tolerance_takes_almost_the_same_colour_away(ask):
    assert ask.size("worn.png", "trim=color") == (75, 55)
    assert ask.size("worn.png", "trim=color&trim-tol=20") == (60, 40)


@shows("trim-alpha")
def test_tolerance_takes_what_is_almost_transparent_away(ask):
    assert ask.size("hazy.png", "trim=alpha") == (100, 80)
    assert ask.size("hazy.png", "trim=alpha&trim-alpha=10") == (60, 40)


@shows("trim-md", "trim-sd")
def test_a_rough_border_is_trimmed_where_mean_and_deviation_may_differ_so_much(ask):
    assert ask.size("rough.png", "trim=auto&trim-md=0&trim-sd=0") == (100, 80)
    assert ask.size("rough.png", "trim=auto&trim-md=30&trim-sd=30") == (60, 40)
    assert ask.size("rough.png", "trim=auto&trim-md=30&trim-sd=0") == (100, 80)
    width, height = ask.size("rough.png", "trim=auto&trim-md=0&trim-sd=30")
    assert width > 90, "the outermost line is as light as itself, the others are not"
    assert height > 70


@shows("trim-pad")
def test_trimming_leaves_as_much_as_is_said(ask):
    assert ask.size("framed.png", "trim=auto&trim-pad=5") == (70, 50)
