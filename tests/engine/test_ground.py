"""Letterboxes of more than a colour, and squares behind what is transparent."""

from itertools import pairwise

import numpy as np
import painting
import pytest
from PIL import Image


def test_a_blurred_letterbox_has_the_picture_sharp_in_its_middle(render, tmp_path):
    painting.sample("coffee.png").save(tmp_path / "a.png")
    made = render(tmp_path / "a.png", "w=200&h=300&fit=contain&fill=blur")
    plain = render(tmp_path / "a.png", "w=200")
    canvas, resized = made.plan.canvas, made.plan.resized
    inner = made.pixels[canvas.top : canvas.top + resized.height]
    assert (inner[:, :, :3] == plain.pixels[:, :, :3]).all()
    above = made.pixels[: canvas.top, :, :3].astype(int)
    assert np.abs(np.diff(above, axis=1)).max() <= 12, "nothing sharp"
    assert above.std() > 10, "but not of one colour"


def test_a_blurred_letterbox_covers_the_whole_canvas_with_the_pictures_own_colours(render, tmp_path):
    made = Image.new("RGB", (300, 100), "red")
    made.paste("blue", (150, 0, 300, 100))
    made.save(tmp_path / "a.png")
    pixels = render(tmp_path / "a.png", "w=200&h=200&fit=contain&fill=blur").pixels
    assert (pixels[0, :40, 0] > 200).all()
    assert (pixels[-1, -40:, 2] > 200).all()


def test_behind_a_transparent_picture_lies_its_own_blur(render, photos):
    pixels = render(photos / "alpha.png", "w=200&h=200&fit=contain&fill=blur").pixels
    assert pixels.shape[:2] == (200, 200)
    assert pixels[80, 100, 3] == 255
    assert pixels[30, 100, 3] > 100  # above the picture


def test_smeared_edges_repeat_the_outermost_pixels(render, tmp_path):
    painting.ramp(60, 40).save(tmp_path / "a.png")
    made = render(tmp_path / "a.png", "w=100&h=100&fit=contain&extend=copy")
    top = made.plan.canvas.top
    assert (made.pixels[:top] == made.pixels[top]).all()
    assert (made.pixels[-top:] == made.pixels[-top - 1]).all()


@pytest.mark.parametrize("ground", ["fill=blur", "extend=copy"])
@pytest.mark.parametrize("form", ["gif", "webp"])
def test_each_frame_has_its_own_ground(render, photos, ground, form):
    image = render(photos / "film.gif", f"w=120&h=160&fit=contain&{ground}&format={form}").image
    assert (image.n_frames, image.size) == (4, (120, 160))
    seen = []
    for index in range(4):
        image.seek(index)
        seen.append(np.asarray(image.convert("RGB"))[4].astype(int))
    assert all(np.abs(one - other).max() > 40 for one, other in pairwise(seen))


def test_squares_show_through_what_is_transparent_and_nowhere_else(render, photos):
    pixels = render(photos / "alpha.png", "transparency=grid").pixels[:, :, :3]
    assert {tuple(pixels[4, 4]), tuple(pixels[4, 12])} == {(255, 255, 255), (204, 204, 204)}
    plain = render(photos / "alpha.png", "").pixels
    opaque = plain[:, :, 3] == 255
    assert np.abs(pixels[opaque].astype(int) - plain[opaque][:, :3]).max() <= 1


def test_an_opaque_picture_has_no_squares(render, photos):
    made, plain = render(photos / "cat.png", "w=90&transparency=grid"), render(photos / "cat.png", "w=90")
    assert (made.pixels == plain.pixels).all()


def test_squares_have_the_size_and_the_colours_that_are_said_the_first_at_the_upper_left(render, tmp_path):
    Image.new("RGBA", (50, 40), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    pixels = render(tmp_path / "clear.png", "transparency=grid&grid_size=5&grid_colors=d0d7dd,ff0000").pixels
    first, second = (0xD0, 0xD7, 0xDD), (255, 0, 0)
    assert (pixels[:5, :5, :3] == first).all()
    assert (pixels[:5, 5:10, :3] == second).all()
    assert (pixels[5:10, :5, :3] == second).all()
    assert (pixels[35:, 45:, :3] == first).all()
