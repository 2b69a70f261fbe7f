"""Which sizes a responsive picture has, and how it is written."""

from fractions import Fraction

import pytest

from imgcdn import errors
from imgcdn.apis.srcset import rungs
from imgcdn.apis.srcset.markup import Candidate, Choice, Snippet
from imgcdn.apis.srcset.rungs import Shape
from imgcdn.apis.srcset.wanted import Cut, wanted
from imgcdn.model.geometry import Size
from imgcdn.model.media import Format
from imgcdn.model.spec import Bounds, Spec


def test_a_stated_width_is_offered_with_smaller_ones_and_up_to_twice_as_wide():
    assert rungs.widths(800, 5000, ()) == (320, 480, 640, 768, 800, 1024, 1280, 1600)


def test_no_width_enlarges_what_is_kept_of_the_source():
    assert rungs.widths(800, 1000, ()) == (320, 480, 640, 768, 800, 1000)
    assert rungs.widths(None, 1000, ()) == (320, 480, 640, 768, 1000)
    assert rungs.widths(800, 50, ()) == (50,)
    assert rungs.widths(None, 100_000, ())[-1] == 2560


def test_widths_keep_to_the_ladder_of_unsigned_urls():
    assert rungs.widths(800, 5000, (100, 900, 2000)) == (100, 900)
    assert rungs.widths(None, 5000, (100, 900, 2000)) == (100, 900, 2000)
    assert rungs.widths(None, 50, (100, 900)) == (100,)


@pytest.mark.parametrize("most", [1, 7, 319, 320, 321, 999, 2559, 2560, 40_000])
@pytest.mark.parametrize("stated", [None, 1, 320, 1000, 8192])
def test_there_is_always_a_width_and_none_twice(most, stated):
    found = rungs.widths(stated, most, ())
    assert found
    assert list(found) == sorted(set(found))
    assert all(1 <= width <= max(1, most) for width in found)


@pytest.mark.parametrize(
    ("spec", "bound", "sides"),
    [
        (Spec(width=400, height=300), False, {"w": "800", "h": "600"}),
        (Spec(width=400), False, {"w": "800"}),
        (Spec(height=300), False, {"w": "800"}),
        (Spec(height=300), True, {"w": "800", "h": "400"}),
        (Spec(width=0.5, height=0.5), False, {"w": "800", "h": "400"}),
        (Spec(aspect=Fraction(16, 9)), False, {"w": "800", "h": "450"}),
        (Spec(width=400, aspect=Fraction(4)), False, {"w": "800", "h": "200"}),
        (Spec(width=400, bounds=Bounds(most_height=250)), False, {"w": "800", "h": "400"}),
        (Spec(), False, {"w": "800"}),
    ],
)
def test_the_sides_of_a_rung_keep_the_shape_of_the_url(spec, bound, sides):
    shape = rungs.shape_of(spec, Size(1000, 500), is_height_bound=bound)
    assert shape.sides(800) == sides


def test_a_flat_shape_keeps_a_pixel_of_height():
    assert Shape(Fraction(9000)).sides(10) == {"w": "10", "h": "1"}


def test_what_is_asked_is_understood():
    asked = wanted("/a", widths=" 800,400,800 ", formats="webp", ratios="16:9@min-width:800px,3/4@orientation:portrait")
    assert (asked.widths, asked.formats) == ((400, 800), (Format.WEBP,))
    assert asked.cuts == (Cut(Fraction(16, 9), "(min-width: 800px)"), Cut(Fraction(3, 4), "(orientation: portrait)"))
    assert wanted("/a", formats="").formats == ()
    assert wanted("/a").formats is None


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"widths": "0"}, "widths"),
        ({"widths": "9000"}, "widths"),
        ({"widths": "4e2"}, "widths"),
        ({"widths": "-1"}, "widths"),
        ({"widths": "٣"}, "widths"),
        ({"widths": ",".join(map(str, range(1, 18)))}, "widths"),
        ({"formats": "jpeg"}, "formats"),
        ({"dprs": "0"}, "dprs"),
        ({"dprs": "6"}, "dprs"),
        ({"dprs": "x"}, "dprs"),
        ({"dprs": "1,2", "widths": "400"}, "dprs"),
        ({"dprs": "1,2", "sizes": "50vw"}, "dprs"),
        ({"ratios": "16:9"}, "ratios"),
        ({"ratios": "0:9@min-width:1px"}, "ratios"),
        ({"ratios": '1:1@min-width:1px" onload="x'}, "ratios"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(asked, param):
    with pytest.raises(errors.ImgcdnError) as caught:
        wanted("/a", **asked)
    assert (caught.value.status, caught.value.param) == (400, param)


def test_nothing_that_is_said_can_leave_its_attribute():
    one = Candidate("/img/a.jpg?w=1&text=%22", 3, 2, "3w")
    choice = Choice((one,), one)
    html = Snippet((), choice, '50vw" onload="x', "<b>'&\"").html()
    assert html == (
        '<img src="/img/a.jpg?w=1&amp;text=%22" srcset="/img/a.jpg?w=1&amp;text=%22 3w" '
        'sizes="50vw&quot; onload=&quot;x" width="3" height="2" alt="&lt;b&gt;&#x27;&amp;&quot;">'
    )
