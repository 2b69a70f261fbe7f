"""How alike two pictures look goes with what compression, noise and blur do to them."""

import painting
import pytest
import pyvips

from imgcdn.engine.similarity import Similarity


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    painting.sample("chelsea.png").convert("RGB").resize((240, 160)).save(path)
    return pyvips.Image.new_from_file(str(path)).copy_memory()


def coded(image: pyvips.Image, quality: int) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(image.jpegsave_buffer(Q=quality), "").copy_memory()


def test_a_picture_is_wholly_like_itself(photo):
    assert Similarity(photo).to(photo) == pytest.approx(1.0, abs=1e-6)


def test_more_compression_is_less_alike(photo):
    likeness = [Similarity(photo).to(coded(photo, quality)) for quality in (20, 40, 60, 80, 90, 97)]
    assert likeness == sorted(set(likeness))
    assert likeness[0] > 0.5


def test_colours_count(photo):
    assert Similarity(photo).to(photo.colourspace("b-w").colourspace("srgb")) < 0.95


def test_one_bad_place_counts_more_than_as_much_everywhere(photo):
    noise = pyvips.Image.gaussnoise(240, 160, sigma=6, mean=0, seed=1)
    spot = pyvips.Image.gaussnoise(60, 40, sigma=24, mean=0, seed=1).embed(90, 60, 240, 160)
    everywhere, there = ((photo + added).cast("uchar") for added in (noise, spot))
    assert ((there - photo) ** 2).avg() < ((everywhere - photo) ** 2).avg() * 1.1
    assert Similarity(photo).to(there) < Similarity(photo).to(everywhere)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (17, 5), (16, 16), (200, 1)])
def test_pictures_of_any_size_can_be_compared(photo, width, height):
    small = photo.crop(20, 30, width, height).copy_memory()
    assert Similarity(small).to(small) == pytest.approx(1.0, abs=1e-6)
    assert Similarity(small).to((small * 0.5).cast("uchar")) < 0.999


def test_a_grey_picture_is_compared_with_what_a_decoder_makes_of_it(photo):
    grey = photo.colourspace("b-w").copy_memory()
    assert Similarity(grey).to(grey.colourspace("srgb")) == pytest.approx(1.0, abs=1e-6)
    assert 0.5 < Similarity(grey).to(coded(grey, 50)) < 0.99
