"""The quality that is found: by what a picture shows, by how alike the file looks, by bytes."""

import io
from dataclasses import replace

import numpy as np
import painting
import pytest
import pyvips
from PIL import Image

from imgcdn.dialects import native
from imgcdn.engine import probe, quality
from imgcdn.engine.render import render as carry_out
from imgcdn.engine.similarity import Similarity
from imgcdn.model.media import Format
from imgcdn.model.quality import Chosen, Content
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits

LOSSY = ("jpeg", "webp", "avif")


def chosen(path, query: str, *, has_time: bool = False) -> tuple[bytes, Chosen | None]:
    spec = native.parse("test", "x", query).spec
    info = probe.probe(str(path))
    plan = planner.plan(spec, info, None, spec.format or Format.JPEG, Limits(), Encoding(), has_time=has_time)
    body, _, found = carry_out(str(path), info, plan)
    image = Image.open(io.BytesIO(body))
    image.load()
    assert image.size == (plan.size.width, plan.size.height)
    return body, found


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A flat graphic with text."""
    flat = pyvips.Image.black(600, 400, bands=3).copy(interpretation="srgb") + 250
    for index, colour in enumerate(([230, 57, 70], [69, 123, 157], [42, 157, 143])):
        flat = flat.draw_rect(colour, 50 + 180 * index, 80 + 60 * index, 120, 250 - 60 * index, fill=True)
    words = pyvips.Image.text("Revenue by quarter", dpi=200, rgba=False)
    path = tmp_path_factory.mktemp("drawn") / "chart.png"
    words.embed(40, 340, 600, 400).ifthenelse([20, 20, 120], flat.cast("uchar"), blend=True).pngsave(str(path))
    return path


def test_a_photo_is_known_as_one(photos):
    assert chosen(photos / "photo.jpg", "w=400&q=auto")[1] == Chosen(76, Content.PHOTO)


def test_a_flat_graphic_is_known_and_keeps_its_colours_at_full_resolution(drawn):
    body, found = chosen(drawn, "w=400&format=jpeg&q=auto")
    assert found == Chosen(92, Content.FLAT)
    red, _, _ = Image.open(io.BytesIO(body)).layer
    assert red[1:3] == (1, 1)


def test_the_classes_of_real_photos_and_of_noise(tmp_path):
    rng = np.random.default_rng(5)
    Image.fromarray(rng.integers(0, 255, (200, 300, 3), dtype=np.uint8)).save(tmp_path / "noise.png")
    assert chosen(tmp_path / "noise.png", "q=auto")[1].content is Content.DETAILED
    page = Image.new("RGB", (600, 400), (240, 240, 240))
    page.paste(painting.sample("coffee.png").resize((400, 240)), (20, 20))
    page.save(tmp_path / "page.png")
    assert chosen(tmp_path / "page.png", "q=auto")[1].content is Content.MIXED


def test_avif_takes_twenty_less_and_save_data_less_still(photos):
    spec = replace(native.parse("t", "x", "w=200&format=avif&q=auto").spec, quality_off=15)
    info = probe.probe(str(photos / "photo.jpg"))
    plan = planner.plan(spec, info, None, Format.AVIF, Limits(), Encoding())
    assert chosen(photos / "photo.jpg", "w=200&format=avif&q=auto")[1].quality in {52, 56}
    assert carry_out(str(photos / "photo.jpg"), info, plan)[2].quality in {40, 41}


@pytest.mark.parametrize("form", LOSSY)
def test_a_better_mode_is_a_larger_file_that_looks_more_alike(photos, form):
    found = [chosen(photos / "photo.jpg", f"w=300&format={form}&q=auto:{mode}") for mode in ("eco", "good", "best")]
    sizes = [len(body) for body, _ in found]
    assert sizes == sorted(set(sizes))
    original = pyvips.Image.new_from_buffer(chosen(photos / "photo.jpg", "w=300&format=png")[0], "")
    likeness = [Similarity(original).to(pyvips.Image.new_from_buffer(body, "")) for body, _ in found]
    assert likeness == sorted(set(likeness))
    assert likeness[1] >= 0.95
    assert all(
        chose.likeness == pytest.approx(alike, abs=0.01) for alike, (_, chose) in zip(likeness, found, strict=True)
    )


def test_what_is_found_is_about_the_least_that_is_alike_enough(photos):
    _, found = chosen(photos / "photo.jpg", "w=300&format=jpeg&q=auto:good")
    original = pyvips.Image.new_from_buffer(chosen(photos / "photo.jpg", "w=300&format=png")[0], "")
    lower = chosen(photos / "photo.jpg", f"w=300&format=jpeg&q={found.quality - 4}")[0]
    assert Similarity(original).to(pyvips.Image.new_from_buffer(lower, "")) < 0.957 <= found.likeness


def test_save_data_takes_off_what_a_search_found(photos):
    info = probe.probe(str(photos / "photo.jpg"))
    spec = native.parse("t", "x", "w=200&format=webp&q=auto:best").spec
    found = [
        carry_out(str(photos / "photo.jpg"), info, planner.plan(one, info, None, Format.WEBP, Limits(), Encoding()))[2]
        for one in (spec, replace(spec, quality_off=15))
    ]
    assert found[1].quality == max(40, found[0].quality - 15)


@pytest.mark.parametrize("form", [*LOSSY, "png", "gif"])
@pytest.mark.parametrize("share", [0.8, 0.5])
def test_a_file_has_no_more_bytes_than_it_may(photos, form, share):
    whole, none = chosen(photos / "photo.jpg", f"w=240&format={form}")
    assert none is None
    most = int(len(whole) * share)
    body, found = chosen(photos / "photo.jpg", f"w=240&format={form}&max_bytes={most}")
    assert len(body) <= most
    assert not found.is_over
    if form in LOSSY:
        assert len(body) > 0.85 * most


def test_a_file_that_fits_is_the_file_without_the_limit(photos):
    plain = chosen(photos / "photo.jpg", "w=240&q=70")[0]
    assert chosen(photos / "photo.jpg", f"w=240&q=70&max_bytes={len(plain)}") == (plain, Chosen(70))


@pytest.mark.parametrize("form", [*LOSSY, "png", "gif"])
def test_where_nothing_fits_the_smallest_is_sent_and_said_to_be_over(photos, form):
    body, found = chosen(photos / "photo.jpg", f"w=240&format={form}&max_bytes=100")
    assert found.is_over
    assert found.field().endswith(";over")
    if form in LOSSY:
        assert found.quality == 20
    assert len(body) > 100


def test_a_quality_below_the_floor_stays(photos):
    assert chosen(photos / "photo.jpg", "w=240&q=7&max_bytes=100")[1] == Chosen(7, is_over=True)


def test_auto_and_a_limit_of_bytes_go_together(photos):
    body, found = chosen(photos / "photo.jpg", "w=240&format=webp&q=auto:best&max_bytes=4000")
    assert len(body) <= 4000
    assert found.content in {Content.PHOTO, Content.DETAILED}


@pytest.mark.parametrize(
    "name", ["dot.png", "alpha.png", "animated.gif", "cmyk.jpg", "deep.png", "grey.png", "tiny.png"]
)
@pytest.mark.parametrize("query", ["q=auto", "q=auto:eco", "max_bytes=500", "colorquant=7", "chroma=444", "dpi=300"])
@pytest.mark.parametrize("form", [*LOSSY, "png", "gif"])
def test_every_kind_of_source_is_written(odd, name, query, form):
    chosen(odd / name, f"w=60&{query}&format={form}")


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    photo = painting.sample("coffee.png").convert("RGB").resize((120, 80))
    photo.crop((0, 0, 1, 1)).save(folder / "dot.png")
    photo.crop((0, 0, 3, 2)).save(folder / "tiny.png")
    photo.convert("L").save(folder / "grey.png")
    photo.convert("CMYK").save(folder / "cmyk.jpg")
    clear = photo.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(photo.size))
    clear.save(folder / "alpha.png")
    photo.save(folder / "animated.gif", save_all=True, append_images=[photo.rotate(90), photo.rotate(180)], duration=80)
    deep = pyvips.Image.new_from_array(np.asarray(photo)).cast("ushort") * 257
    deep.cast("ushort").copy(interpretation="rgb16").pngsave(str(folder / "deep.png"))
    return folder


def test_an_animation_is_searched_by_its_first_frame_and_written_whole(odd):
    body, found = chosen(odd / "animated.gif", "format=webp&q=auto:good")
    assert Image.open(io.BytesIO(body)).n_frames == 3
    assert found.likeness > 0.9


@pytest.mark.parametrize("most", [2, 5, 16, 64, 100, 256])
@pytest.mark.parametrize("name", ["photo.jpg", "alpha.png"])
def test_a_palette_has_no_more_colours_than_asked(photos, odd, most, name):
    path = photos / name if name == "photo.jpg" else odd / name
    body, _ = chosen(path, f"w=120&format=png&colorquant={most}")
    image = Image.open(io.BytesIO(body))
    assert image.mode == "P"
    assert len(image.convert("RGBA").getcolors(most)) <= most
    assert len(image.convert("RGBA").getcolors(most)) >= min(most, 16) * 0.6


def test_a_gif_has_no_more_colours_than_asked(photos):
    body, _ = chosen(photos / "photo.jpg", "w=120&format=gif&colorquant=20")
    assert len(Image.open(io.BytesIO(body)).convert("RGB").getcolors(20)) <= 16


def test_without_dithering_areas_stay_even(photos):
    plain, mixed = (chosen(photos / "photo.jpg", f"w=120&format=png&colorquant=8&dither={d}")[0] for d in (0, 100))
    assert len(plain) < len(mixed)


@pytest.mark.parametrize(("chroma", "layout"), [("444", (1, 1)), ("420", (2, 2))])
def test_colours_have_the_resolution_asked_for(photos, chroma, layout):
    for q in (70, 95):
        image = Image.open(io.BytesIO(chosen(photos / "photo.jpg", f"w=120&q={q}&chroma={chroma}")[0]))
        assert image.layer[0][1:3] == layout


@pytest.mark.parametrize("strip", ["all", "none"])
@pytest.mark.parametrize("form", ["jpeg", "png"])
def test_the_density_is_told(photos, form, strip):
    image = Image.open(io.BytesIO(chosen(photos / "photo.jpg", f"w=120&dpi=300&format={form}&strip={strip}")[0]))
    assert [round(float(value)) for value in image.info["dpi"]] == [300, 300]


def test_an_avif_in_the_background_is_searched_with_the_effort_of_those_who_wait(photos):
    spec = native.parse("t", "x", "w=120&format=avif&q=auto:good").spec
    info = probe.probe(str(photos / "photo.jpg"))
    plan = planner.plan(spec, info, None, Format.AVIF, Limits(), Encoding(), has_time=True)
    assert (plan.output.effort, plan.output.search.effort) == (4, 1)


def test_a_search_finds_the_least_number_in_few_tries():
    for answer in range(40, 96):
        tried = []

        def spare(number: int, answer=answer, tried=tried) -> float:
            tried.append(number)
            return (number - answer) * 0.06

        assert quality._least(spare, 40, 95, 70, 0.045, 0.0, 6) == answer
        assert len(tried) <= 5
    assert quality._least(lambda _: -1.0, 40, 95, 70, 0.045, 0.0, 6) == 95
    assert quality._least(lambda _: 1.0, 40, 95, 70, 0.045, 0.0, 6) == 40
