"""Colours change as CSS filters and light would change them; neutral values change nothing, and alpha never changes."""

import colorsys

import numpy as np
import painting
import pytest
from measuring import psnr
from PIL import Image

SHIFTS = ["exposure", "vib", "high", "shad"]
CHANGES = [
    "bri=130",
    "con=140",
    "sat=160",
    "hue=90",
    "gam=1.6",
    "exposure=40",
    "vib=70",
    "high=-60",
    "shad=60",
    "invert=1",
    "bri=90&con=130&sat=70&hue=40&gam=0.8&exposure=20&vib=30&high=-30&shad=30&invert=1",
]
LUMA = np.array((0.2126, 0.7152, 0.0722))


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    """A picture of eight fields of 8 px: black, white, mid grey, red, green, blue, skin and dull blue."""
    path = tmp_path_factory.mktemp("patches") / "patches.png"
    image = Image.new("RGB", (64, 8))
    fields = [
        (0, 0, 0),
        (255, 255, 255),
        (128, 128, 128),
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (224, 172, 145),
        (100, 110, 140),
    ]
    for index, colour in enumerate(fields):
        image.paste(colour, (8 * index, 0, 8 * index + 8, 8))
    image.save(path)
    return path


@pytest.fixture(scope="module")
def ramp(tmp_path_factory):
    """Every level of grey, from left to right."""
    path = tmp_path_factory.mktemp("ramp") / "ramp.png"
    Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (4, 1))).convert("RGB").save(path)
    return path


def fields(made):
    return made.pixels[4, 4::8, :3]


def levels(made):
    return made.pixels[2, :, 0]


@pytest.mark.parametrize(
    "query",
    ["bri=100&con=100&sat=100&hue=0&gam=1&exposure=0&vib=0&high=0&shad=0&invert=0", "hue=360", "sat=100.0"],
)
def test_neutral_values_change_no_byte(render, photos, query):
    assert render(photos / "cat.png", f"w=120&{query}").body == render(photos / "cat.png", "w=120").body


@pytest.mark.parametrize("query", ["bri=0", "bri=60", "bri=150", "bri=200"])
def test_brightness_is_that_of_css(render, patches, query):
    factor = float(query[4:]) / 100
    assert np.abs(fields(render(patches, query)) - np.clip(fields(render(patches)) * factor, 0, 255)).max() <= 1


@pytest.mark.parametrize("query", ["con=0", "con=50", "con=140", "con=200"])
def test_contrast_is_that_of_css_about_mid_grey(render, patches, query):
    factor = float(query[4:]) / 100
    wanted = np.clip((fields(render(patches)) - 127.5) * factor + 127.5, 0, 255)
    assert np.abs(fields(render(patches, query)) - wanted).max() <= 1


def test_saturation_zero_leaves_brightness_alone(render, patches):
    plain, grey = fields(render(patches)), fields(render(patches, "sat=0"))
    assert np.ptp(grey, axis=1).max() <= 1
    assert np.abs(grey[:, 0] - plain @ (0.213, 0.715, 0.072)).max() <= 1


def test_saturation_goes_up_and_down_and_keeps_greys(render, patches):
    plain, more, less = (fields(render(patches, query)) for query in ("", "sat=150", "sat=50"))
    dull = 7
    assert np.ptp(more[dull]) > np.ptp(plain[dull]) > np.ptp(less[dull])
    assert np.abs(more[:3] - plain[:3]).max() <= 1
    assert np.abs(more[dull] @ LUMA - plain[dull] @ LUMA) <= 2


@pytest.mark.parametrize("degrees", [60, 120, 180, 300])
def test_hue_turns_colours_and_keeps_greys_and_brightness(render, patches, degrees):
    plain, turned = fields(render(patches)), fields(render(patches, f"hue={degrees}"))
    assert np.abs(turned[:3] - plain[:3]).max() <= 1
    for dull in (6, 7):
        before, after = (colorsys.rgb_to_hls(*one[dull] / 255)[0] * 360 for one in (plain, turned))
        assert abs((after - before - degrees + 180) % 360 - 180) < 25
        assert abs((turned[dull] - plain[dull]) @ LUMA) <= 3


def test_gamma_leaves_black_and_white_and_is_a_power(render, ramp):
    made = levels(render(ramp, "gam=2"))
    assert np.abs(made - 255 * (np.arange(256) / 255) ** 0.5).max() <= 1


def test_gamma_below_one_darkens(render, ramp):
    assert levels(render(ramp, "gam=0.5"))[128] < 70


def test_fifty_of_exposure_is_twice_the_light(render, ramp):
    def light(level):
        share = np.asarray(level) / 255
        return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)

    more, less = levels(render(ramp, "exposure=50")), levels(render(ramp, "exposure=-50"))
    for level in (60, 100, 160):
        assert light(more[level]) == pytest.approx(2 * light(level), rel=0.03)
        assert light(less[level]) == pytest.approx(light(level) / 2, rel=0.05)
    assert (more[0], more[255]) == (0, 255)


@pytest.mark.parametrize("query", ["shad=100", "shad=-100", "high=100", "high=-100", "shad=100&high=-100"])
def test_shadows_and_highlights_keep_black_white_and_the_order_of_levels(render, ramp, query):
    made = levels(render(ramp, query))
    assert made[0] == 0
    assert made[255] == 255
    assert np.diff(made).min() >= 0


def test_shadows_change_the_dark_and_highlights_the_light(render, ramp):
    plain = np.arange(256)
    lifted, sunk = levels(render(ramp, "shad=60")) - plain, levels(render(ramp, "shad=-60")) - plain
    lowered, raised = levels(render(ramp, "high=-60")) - plain, levels(render(ramp, "high=60")) - plain
    assert lifted[40] > 20
    assert sunk[40] < -8
    assert lowered[215] < -20
    assert raised[215] > 8
    assert np.abs(lifted[220:]).max() <= 2
    assert np.abs(lowered[:35]).max() <= 2


def test_shadows_keep_the_hue(render, patches):
    before, after = (fields(render(patches, query))[7] for query in ("", "shad=80"))
    assert after.sum() > before.sum()
    assert np.allclose(after / after.max(), before / before.max(), atol=0.02)


def test_vibrance_moves_dull_colours_most_and_skin_and_saturated_ones_least(render, patches):
    plain, more, less = (fields(render(patches, query)) for query in ("", "vib=100", "vib=-100"))
    grown = np.ptp(more, axis=1) / np.maximum(1, np.ptp(plain, axis=1))
    skin, dull = 6, 7
    assert grown[dull] > 1.4
    assert 1.0 < grown[skin] < grown[dull] - 0.1
    assert np.abs(more[:6] - plain[:6]).max() <= 1
    assert np.ptp(less[dull]) < 0.6 * np.ptp(plain[dull])


@pytest.mark.parametrize("query", ["invert=1", "invert=1&sat=100.5"])
def test_inverting_gives_the_negative(render, photos, query):
    plain, negative = (render(photos / "cat.png", f"w=100&{more}").pixels for more in ("con=100.2", query))
    assert psnr(255 - plain, negative) > 45


def test_inverting_comes_after_the_rest(render, patches):
    assert np.abs(fields(render(patches, "bri=50&invert=1")) - (255 - fields(render(patches, "bri=50")))).max() <= 1
    assert np.abs(fields(render(patches, "sat=50&invert=1")) - (255 - fields(render(patches, "sat=50")))).max() <= 1


def test_what_one_step_would_cut_off_the_next_one_can_bring_back(render, ramp):
    """Linear changes are one matrix: nothing is cut off between them."""
    assert levels(render(ramp, "bri=200&con=25")).max() == pytest.approx(255 * 2 * 0.25 + 127.5 * 0.75, abs=1)


@pytest.mark.parametrize("query", CHANGES)
@pytest.mark.parametrize("source", ["alpha.png", "alpha.webp"])
def test_alpha_is_left_alone(render, photos, source, query):
    plain, made = render(photos / source, "w=150").pixels, render(photos / source, f"w=150&{query}").pixels
    assert made.shape == plain.shape
    assert np.array_equal(made[..., 3], plain[..., 3])
    assert np.abs(made[..., :3] - plain[..., :3]).max() > 5


@pytest.mark.parametrize("query", CHANGES)
def test_a_grey_picture_stays_grey_and_changes_as_one_in_colour(render, tmp_path, query):
    grey = painting.sample("coffee.png").convert("L").resize((90, 60))
    grey.save(tmp_path / "grey.png")
    grey.convert("RGB").save(tmp_path / "same.png")
    one, other = (render(tmp_path / name, query).pixels for name in ("grey.png", "same.png"))
    assert np.ptp(one, axis=2).max() == 0
    assert np.abs(one - other).max() <= 2


@pytest.mark.parametrize("query", ["sat=0", "sat=200", "hue=120", "vib=100"])
def test_colour_alone_changes_nothing_in_grey(render, tmp_path, query):
    painting.sample("coffee.png").convert("L").resize((90, 60)).save(tmp_path / "grey.png")
    assert psnr(render(tmp_path / "grey.png").pixels, render(tmp_path / "grey.png", query).pixels) == 99


def test_grey_with_alpha_keeps_both(render, tmp_path):
    image = Image.new("LA", (20, 10), (100, 128))
    image.save(tmp_path / "la.png")
    made = render(tmp_path / "la.png", "bri=150&sat=200").pixels
    assert np.abs(made[5, 5] - (150, 150, 150, 128)).max() <= 1


@pytest.mark.parametrize("query", CHANGES)
def test_every_frame_of_an_animation_is_changed(render, film, query):
    plain, made = (render(film, f"{more}&format=webp&lossless=1").image for more in ("w=90", f"w=90&{query}"))
    assert made.n_frames == plain.n_frames == 3
    for index in range(3):
        plain.seek(index)
        made.seek(index)
        before, after = (np.asarray(image.convert("RGB"), float) for image in (plain, made))
        assert np.abs(after - before).mean() > 1, index


@pytest.mark.parametrize("query", CHANGES)
@pytest.mark.parametrize(
    "source", ["dot.png", "cmyk.jpg", "deep.png", "p3.jpg", "scan.tif", "turned-6.jpg", "modern.avif"]
)
def test_every_kind_of_source_takes_every_change(render, photos, source, query):
    made = render(photos / source, query)
    assert made.image.size == (made.plan.size.width, made.plan.size.height)


@pytest.mark.parametrize("query", ["bri=0", "bri=200", "con=0", "con=200", "sat=200", "gam=0.1", "gam=10"])
def test_extremes_are_pictures(render, photos, query):
    assert render(photos / "cat.png", f"w=60&{query}").image.width == 60


@pytest.mark.parametrize("name", SHIFTS)
def test_both_ends_of_a_shift_go_opposite_ways(render, photos, name):
    low, plain, high = (
        render(photos / "cat.png", query).pixels for query in (f"w=90&{name}=-100", "w=90", f"w=90&{name}=100")
    )
    measure = (lambda one: np.ptp(one, axis=2).mean()) if name == "vib" else np.mean
    assert measure(low) < measure(plain) < measure(high)


def test_the_order_of_parameters_changes_no_byte(render, photos):
    pairs = CHANGES[-1].split("&")
    assert (
        render(photos / "cat.png", "&".join(["w=80", *pairs])).body
        == render(photos / "cat.png", "&".join([*reversed(pairs), "w=80"])).body
    )


def test_colours_are_changed_before_the_background_is_laid_behind(render, photos):
    made = render(photos / "alpha.png", "bri=0&bg=00ff00").pixels
    assert tuple(made[2, 2]) == (0, 255, 0)
    assert made[60, 150].max() == 0
