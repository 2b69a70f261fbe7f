"""Effects do what they say, in each direction, on each frame, with transparency respected and grey made colour."""

import numpy as np
import painting
import pytest
import pyvips
from measuring import distance, psnr
from PIL import Image, ImageDraw

from imgcdn.engine import blurs

EFFECTS = [
    "nr=40",
    "nr=-60",
    "nr=20&nrs=60",
    "sharp=60",
    "usm=80",
    "usm=-80&usmrad=4",
    "sepia=80",
    "monochrome=ff7a00",
    "duotone=000080,fa8072",
    "duotone=000080,fa8072&duotone_alpha=40",
    "blur=30",
    "blur=500",
    "blur=2000",
    "px=9",
    "px=100",
    "htn=6",
    "htn=100",
    "nr=20&sharp=20&usm=20&sepia=30&monochrome=ff000040&duotone=000,fff&duotone_alpha=20&blur=15&px=3&htn=4",
]
TINTS = ["sepia=80", "monochrome=ff7a00", "duotone=000080,fa8072", "duotone=000080,fa8072&duotone_alpha=40"]
KEEPING_ALPHA = ["nr=40", "sharp=60", "usm=80", "usm=-80&usmrad=4", "htn=6", *TINTS]


def detail(pixels):
    """How much neighbours differ."""
    return float(np.abs(np.diff(pixels[..., :3], axis=1)).mean())


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """Two grey fields with an edge between them, under noise of four levels."""
    path = tmp_path_factory.mktemp("noisy") / "noisy.png"
    levels = np.full((80, 160, 3), 80.0)
    levels[:, 80:] = 180
    levels += np.random.default_rng(1).normal(0, 4, levels.shape)
    Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def disc(tmp_path_factory):
    """A white disc on clear ground whose hidden colour is black."""
    path = tmp_path_factory.mktemp("disc") / "disc.png"
    image = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((40, 40, 119, 119), fill=(255, 255, 255, 255))
    image.save(path)
    return path


@pytest.mark.parametrize(
    "query",
    [
        "blur=0&sharp=0&usm=0&nr=0&nrs=0&sepia=0&px=0&htn=0",
        "usmrad=10&duotone_alpha=20",
        "px=1&htn=1",
        "monochrome=ff000000",
        "duotone=f00,0f0&duotone_alpha=0",
    ],
)
def test_neutral_values_change_no_byte(render, photos, query):
    assert render(photos / "cat.png", f"w=120&{query}").body == render(photos / "cat.png", "w=120").body


def test_blur_takes_detail_away_the_more_the_larger(render, photos):
    made = [detail(render(photos / "cat.png", f"w=200&blur={blur}").pixels) for blur in (0, 5, 20, 60, 200, 1000)]
    assert made == sorted(made, reverse=True)
    assert made[-1] < 0.1


@pytest.mark.parametrize("level", [1, 50, 128, 200, 255])
def test_a_blur_leaves_a_flat_ground_as_it_is(level):
    """libvips' own Gaussian makes some of them up to 3 % darker or lighter."""
    flat = (pyvips.Image.black(90, 90) + level).cast("uchar").copy_memory()
    sigmas = [n / 10 for n in range(2, 120)] + [3.22, 3.24, 3.25, 6.43, 6.48, 15, 40, 300]
    assert [sigma for sigma in sigmas if np.ptp(blurs.blur(flat, sigma).numpy().astype(int) - level) != 0] == []
    assert {int(blurs.blur(flat, sigma)(45, 45)[0]) for sigma in sigmas} == {level}


@pytest.mark.parametrize("sigma", [1.0, 5.0, 11.9, 12.0, 20.0, 45.0])
def test_a_large_blur_on_a_small_copy_looks_as_one_on_the_whole(sigma):
    image = pyvips.Image.new_from_array(np.asarray(painting.sample("chelsea.png")), interpretation="srgb").copy_memory()
    margin = round(3 * sigma)
    wide = image.embed(margin, margin, image.width + 2 * margin, image.height + 2 * margin, extend="mirror")
    wanted = wide.gaussblur(sigma, min_ampl=0.001, precision="float").crop(margin, margin, image.width, image.height)
    inner = np.s_[round(sigma) : -round(sigma), round(sigma) : -round(sigma)] if sigma < 12 else np.s_[:, :]
    assert psnr(blurs.blur(image, sigma).numpy()[inner].astype(float), wanted.numpy()[inner].astype(float)) > 42


def test_an_endless_blur_is_the_mean_colour(render, photos):
    plain, made = (render(photos / "cat.png", query).pixels for query in ("w=150", "w=150&blur=2000"))
    assert np.abs(made - plain.mean(axis=(0, 1))).max() <= 4


@pytest.mark.parametrize("query", ["blur=40", "blur=200"])
def test_a_blur_spreads_alpha_without_dark_fringes(render, disc, query):
    pixels = render(disc, query).pixels
    seen = pixels[..., 3] >= 8
    assert pixels[..., :3][seen].min() >= 235
    edge = pixels[80, :, 3]
    assert ((edge > 20) & (edge < 235)).sum() > 8


def test_dpr_scales_a_blur_with_the_picture(render, photos):
    one = render(photos / "cat.png", "w=100&blur=30").image
    two = render(photos / "cat.png", "w=100&dpr=2&blur=30").image
    assert two.width == 200
    assert psnr(np.asarray(two.resize(one.size, Image.Resampling.BOX), float), np.asarray(one, float)) > 38
    unscaled = render(photos / "cat.png", "w=200&blur=30").image
    assert detail(np.asarray(unscaled, float)) > 1.2 * detail(np.asarray(two, float))


@pytest.mark.parametrize(
    ("query", "side"), [("w=100&px=10", 10), ("w=100&dpr=2&px=10", 20), ("w=100&dpr=0.5&px=10", 5)]
)
def test_pixelating_fills_squares_of_px_times_dpr_with_their_mean(render, photos, query, side):
    made = render(photos / "cat.png", query).pixels
    plain = render(photos / "cat.png", query.replace("&px=10", "")).pixels
    for top, left in ((0, 0), (side, 2 * side)):
        square = np.s_[top : top + side, left : left + side]
        assert np.ptp(made[square], axis=(0, 1)).max() == 0
        assert np.abs(made[square][0, 0] - plain[square].mean(axis=(0, 1))).max() <= 1


def test_pixelating_counts_colours_by_their_alpha(render, disc):
    pixels = render(disc, "px=32").pixels
    seen = pixels[..., 3] > 0
    assert pixels[..., :3][seen].min() >= 250
    assert len(np.unique(pixels[..., 3])) > 2


@pytest.mark.parametrize("query", ["sharp=50", "usm=60", "nr=-60", "nr=20&nrs=80"])
def test_sharpening_adds_detail(render, photos, query):
    plain, made = render(photos / "cat.png", "w=200").pixels, render(photos / "cat.png", f"w=200&{query}").pixels
    assert detail(made) > 1.1 * detail(plain)
    assert abs(made.mean() - plain.mean()) < 1.5


def test_sharpening_grows_with_its_value(render, photos):
    made = [detail(render(photos / "cat.png", f"w=200&sharp={sharp}").pixels) for sharp in (0, 10, 40, 100)]
    assert made == sorted(made)


def test_sharpening_changes_brightness_and_leaves_colours_alone(render, tmp_path):
    image = painting.corners(40, 40)
    image.save(tmp_path / "corners.png")
    made = render(tmp_path / "corners.png", "sharp=100").pixels
    assert np.abs(made[20, 10, 1] - made[20, 10, 0]) <= 1 or np.ptp(made[25, 10]) > 0
    photo = painting.sample("chelsea.png").resize((150, 100))
    photo.save(tmp_path / "cat.png")
    plain, sharp = render(tmp_path / "cat.png").pixels, render(tmp_path / "cat.png", "sharp=30").pixels
    inside = ((sharp > 0) & (sharp < 255)).all(axis=2)
    difference = (sharp - plain)[inside]
    assert np.ptp(difference, axis=1).max() <= 2


def test_a_negative_unsharp_mask_softens_up_to_the_blurred_picture(render, photos):
    plain, soft, softest, blurred = (
        render(photos / "cat.png", f"w=200&{query}").pixels for query in ("", "usm=-50", "usm=-100", "blur=25")
    )
    assert detail(plain) > detail(soft) > detail(softest)
    assert psnr(softest, blurred) > 45


def test_a_larger_radius_reaches_further(render, photos):
    small, large = (render(photos / "cat.png", f"w=200&usm=80&usmrad={radius}").image for radius in (1, 12))
    plain = render(photos / "cat.png", "w=200").image
    assert distance(plain, large) > distance(plain, small)


@pytest.mark.parametrize("query", ["sharp=100", "usm=100", "usm=100&usmrad=20", "nr=-100"])
def test_sharpening_leaves_no_rim_where_transparency_begins(render, tmp_path, query):
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 20, 79, 79), fill=(120, 120, 120, 255))
    image.save(tmp_path / "grey-disc.png")
    pixels = render(tmp_path / "grey-disc.png", query).pixels
    assert np.abs(pixels[..., :3][pixels[..., 3] > 0] - 120).max() <= 4


def test_noise_reduction_smooths_flat_ground_and_keeps_edges(render, noisy):
    plain, made = render(noisy).pixels, render(noisy, "nr=40").pixels
    flat = np.s_[10:70, 10:70]
    assert made[flat].std() < 0.6 * plain[flat].std()
    step = made[10:70, 81:83].mean() - made[10:70, 77:79].mean()
    assert step > 85


def test_noise_reduction_grows_with_its_value(render, noisy):
    flat = np.s_[10:70, 10:70]
    made = [render(noisy, f"nr={noise}").pixels[flat].std() for noise in (-100, 0, 10, 30, 100)]
    assert made == sorted(made, reverse=True)


def test_the_sharpness_of_edges_goes_both_ways(render, noisy):
    def step(query):
        pixels = render(noisy, query).pixels
        return pixels[10:70, 80:82].mean() - pixels[10:70, 78:80].mean()

    assert step("nr=20&nrs=-60") < step("nr=20") < step("nr=20&nrs=60")


def test_sepia_is_that_of_css(render, tmp_path):
    colour = np.array((200, 100, 50))
    Image.new("RGB", (8, 8), tuple(map(int, colour))).save(tmp_path / "one.png")
    whole = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]]) @ colour
    assert np.abs(render(tmp_path / "one.png", "sepia=100").pixels[4, 4] - whole).max() <= 1
    assert np.abs(render(tmp_path / "one.png", "sepia=50").pixels[4, 4] - (whole + colour) / 2).max() <= 1


@pytest.mark.parametrize(
    ("query", "black", "white"),
    [
        ("monochrome=ff8000", (0, 0, 0), (255, 128, 0)),
        ("monochrome=ff800080", (0, 0, 0), (255, 191, 127)),
        ("duotone=000080,fa8072", (0, 0, 128), (250, 128, 114)),
        ("duotone=fa8072,000080", (250, 128, 114), (0, 0, 128)),
        ("duotone=ff0000,0000ff&duotone_alpha=50", (128, 0, 0), (128, 128, 255)),
    ],
)
def test_colours_of_brightness_go_from_what_is_said_for_black_to_what_is_said_for_white(
    render, tmp_path, query, black, white
):
    image = Image.new("L", (30, 10))
    image.paste(255, (20, 0, 30, 10))
    image.paste(128, (10, 0, 20, 10))
    image.save(tmp_path / "grey.png")
    left, middle, right = render(tmp_path / "grey.png", query).pixels[5, 5::10, :3]
    assert np.abs(left - black).max() <= 1
    assert np.abs(right - white).max() <= 1
    assert np.abs(middle - (np.array(black) + white) / 2).max() <= 2


@pytest.mark.parametrize("query", TINTS)
@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_picture_takes_colour(render, tmp_path, mode, query):
    painting.sample("coffee.png").convert(mode).resize((90, 60)).save(tmp_path / "grey.png")
    assert np.ptp(render(tmp_path / "grey.png", query).pixels[..., :3], axis=2).max() > 40


@pytest.mark.parametrize("query", [query for query in EFFECTS if query not in TINTS][:-1])
@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_picture_without_a_tint_stays_grey(render, tmp_path, mode, query):
    painting.sample("coffee.png").convert(mode).resize((90, 60)).save(tmp_path / "grey.png")
    assert np.ptp(render(tmp_path / "grey.png", query).pixels[..., :3], axis=2).max() == 0


@pytest.mark.parametrize("distance_px", [4, 8, 20])
def test_halftone_prints_dots_as_dark_as_the_picture(render, photos, distance_px):
    plain, made = (
        render(photos / "cat.png", "w=300").image,
        render(photos / "cat.png", f"w=300&htn={distance_px}").image,
    )
    assert distance(plain, made) < 45
    inks = np.asarray(made, float)
    assert ((inks < 60) | (inks > 195)).mean() > 0.6


def test_halftone_leaves_white_white_and_black_black(render, tmp_path):
    for level in (0, 255):
        Image.new("RGB", (60, 60), (level,) * 3).save(tmp_path / "flat.png")
        for px in (2, 3, 9, 40):
            assert np.ptp(render(tmp_path / "flat.png", f"htn={px}").pixels) == 0
            assert render(tmp_path / "flat.png", f"htn={px}").pixels[9, 9, 0] == level


@pytest.mark.parametrize("level", [64, 128, 192])
def test_halftone_of_grey_is_black_dots_of_the_right_area(render, tmp_path, level):
    Image.new("RGB", (240, 240), (level,) * 3).save(tmp_path / "flat.png")
    made = render(tmp_path / "flat.png", "htn=12").pixels
    assert np.ptp(made, axis=2).max() <= 1
    assert made.mean() == pytest.approx(level, abs=8)


def test_the_dots_of_halftone_are_further_apart_at_a_higher_dpr(render, tmp_path):
    Image.new("L", (400, 400), 150).save(tmp_path / "flat.png")

    def crossings(query):
        return (np.diff((render(tmp_path / "flat.png", query).pixels[..., 0] > 128).astype(int), axis=1) != 0).sum()

    assert crossings("w=200&htn=8") * 2 == pytest.approx(crossings("w=200&dpr=2&htn=8"), rel=0.15)


@pytest.mark.parametrize("query", KEEPING_ALPHA)
@pytest.mark.parametrize("source", ["alpha.png", "alpha.webp"])
def test_effects_without_spreading_leave_alpha_alone(render, photos, source, query):
    plain, made = render(photos / source, "w=150").pixels, render(photos / source, f"w=150&{query}").pixels
    assert np.array_equal(made[..., 3], plain[..., 3])


@pytest.mark.parametrize("query", EFFECTS)
@pytest.mark.parametrize(
    "source", ["photo.jpg", "alpha.png", "film.gif", "cmyk.jpg", "deep.png", "turned-5.jpg", "p3.jpg"]
)
def test_every_effect_changes_every_kind_of_source(render, photos, source, query):
    plain, made = (render(photos / source, f"w=110&{more}".rstrip("&")) for more in ("", query))
    assert made.image.size == plain.image.size
    if source not in {"p3.jpg", "cmyk.jpg", "turned-5.jpg", "deep.png"} or query in TINTS:  # flat ones may stay
        assert (
            np.abs(np.asarray(made.image.convert("RGB"), float) - np.asarray(plain.image.convert("RGB"), float)).max()
            > 1
        )


@pytest.mark.parametrize("query", EFFECTS)
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 40)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_the_smallest_pictures_take_every_effect(render, tmp_path, mode, size, query):
    painting.sample("chelsea.png").resize(size).convert(mode).save(tmp_path / "tiny.png")
    assert render(tmp_path / "tiny.png", query).image.size == size


@pytest.mark.parametrize("query", EFFECTS)
def test_every_frame_of_an_animation_is_treated(render, film, query):
    plain, made = (render(film, f"{more}&format=webp&lossless=1").image for more in ("w=90", f"w=90&{query}"))
    assert made.n_frames == 3
    changed = []
    for index in range(3):
        plain.seek(index)
        made.seek(index)
        before, after = (np.asarray(image.convert("RGB"), float) for image in (plain, made))
        changed.append(np.abs(after - before).max())
    assert min(changed) > 0.3 * max(changed) > 0


def test_frames_do_not_run_into_each_other(render, photos):
    """A blur of a whole strip of frames would carry the next frame's ground over the edge."""
    image = render(photos / "film.gif", "blur=60&format=webp&lossless=1").image
    image.seek(1)
    image.load()
    maroon = np.asarray(image.convert("RGB"), float)[-1, 100]
    assert np.abs(maroon - (128, 0, 0)).max() < 20


def test_the_order_of_parameters_changes_no_byte(render, photos):
    pairs = EFFECTS[-1].split("&")
    assert (
        render(photos / "cat.png", "&".join(["w=80", *pairs])).body
        == render(photos / "cat.png", "&".join([*reversed(pairs), "w=80"])).body
    )


def test_effects_come_before_the_picture_is_turned_and_laid_on_its_canvas(render, photos):
    made = render(photos / "cat.png", "w=100&h=100&fit=contain&bg=00ff00&blur=100&sepia=100&rotate=90").pixels
    assert tuple(made[50, 2]) == (0, 255, 0)
