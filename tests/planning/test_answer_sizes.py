"""The size of every answer, against the rules of native.md §2 written independently in `sizing_rules`."""

from fractions import Fraction
from itertools import product

import pytest
from sizing_rules import LIMITS, assert_sound, expected, info, planned

from imgcdn.model.geometry import Size
from imgcdn.model.media import Format
from imgcdn.model.spec import Fit, Spec
from imgcdn.planning.settings import Limits

SOURCES = [(400, 300), (300, 400), (1, 1), (1000, 10), (37, 53)]
BOXES = [(None, None), (200, None), (None, 150), (100, 90), (640, 350), (0.5, None), (0.3, 0.8)]
ENLARGE = [None, True, False]
RATIOS = [None, Fraction(16, 9), Fraction(1, 2)]
DPRS = [1.0, 2.0, 0.5]


def check(spec: Spec, source, limits: Limits = LIMITS) -> None:
    plan = planned(spec, source, limits=limits)
    assert_sound(plan, source, limits)
    orientation = source.orientation if spec.orientation is None else (spec.orientation or 1)
    upright = source.stored.turned() if orientation >= 5 else source.stored
    wanted = expected(spec, upright, limits)
    assert abs(plan.size.width - wanted.width) <= wanted.tolerance + 1e-6, (spec, source, plan.size, wanted)
    assert abs(plan.size.height - wanted.height) <= wanted.tolerance + 1e-6, (spec, source, plan.size, wanted)


@pytest.mark.parametrize("fit", [None, *Fit])
@pytest.mark.parametrize("rotate", [0.0, 90.0, 45.0])
def test_the_answer_has_the_size_of_the_rules_for_every_box_ratio_density_and_source(fit, rotate):
    for box, enlarge, ratio, dpr, size in product(BOXES, ENLARGE, RATIOS, DPRS, SOURCES):
        spec = Spec(*box, aspect=ratio, dpr=dpr, fit=fit, may_enlarge=enlarge, rotate=rotate)
        check(spec, info(*size))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_rules_hold_for_the_upright_picture_whatever_way_the_file_holds_it(orientation):
    for fit, box, rotate, size in product([None, *Fit], BOXES, [0.0, 90.0, 180.0, 270.0, -90.0, 30.0], SOURCES[:4]):
        check(Spec(*box, fit=fit, rotate=rotate), info(*size, orientation=orientation))
        check(Spec(*box, fit=fit, rotate=rotate, orientation=orientation), info(*size, orientation=3))


@pytest.mark.parametrize("fit", [None, *Fit])
def test_the_rules_hold_at_the_limits(fit):
    tight = Limits(max_side=1000, max_pixels=200_000)
    boxes = [(8192, 8192), (8192, None), (None, 8192), (8192, 100), (None, None), (0.9, 0.9)]
    for box, rotate, dpr, size in product(boxes, [0.0, 90.0, 45.0], [1.0, 5.0], [(400, 300), (9000, 90), (3000, 2000)]):
        spec = Spec(*box, fit=fit, rotate=rotate, dpr=dpr, may_enlarge=True)
        check(spec, info(*size))
        check(spec, info(*size), tight)


def size_of(spec: Spec, width: int, height: int) -> Size:
    return planned(spec, info(width, height), form=Format.PNG).size


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        (Spec(), Size(3200, 2133)),
        (Spec(width=400), Size(400, 267)),
        (Spec(height=300), Size(450, 300)),
        (Spec(width=400, height=300), Size(400, 300)),
        (Spec(width=4000), Size(3200, 2133)),
        (Spec(width=4000, may_enlarge=True), Size(4000, 2666)),
        (Spec(width=4000, height=4000), Size(4000, 4000)),
        (Spec(width=4000, height=4000, may_enlarge=False), Size(2133, 2133)),
        (Spec(width=4000, height=4000, fit=Fit.COVER_DOWN), Size(2133, 2133)),
        (Spec(width=400, height=400, fit=Fit.CONTAIN), Size(400, 400)),
        (Spec(width=400, height=400, fit=Fit.INSIDE), Size(400, 267)),
        (Spec(width=400, height=400, fit=Fit.OUTSIDE), Size(600, 400)),
        (Spec(width=400, height=400, fit=Fit.FILL), Size(400, 400)),
        (Spec(width=4000, height=400, fit=Fit.FILL, may_enlarge=False), Size(3200, 400)),
        (Spec(width=400, aspect=Fraction(16, 9)), Size(400, 225)),
        (Spec(height=225, aspect=Fraction(16, 9)), Size(400, 225)),
        (Spec(width=400, height=300, aspect=Fraction(16, 9)), Size(400, 300)),
        (Spec(aspect=Fraction(1)), Size(2133, 2133)),
        (Spec(width=200, dpr=2.0), Size(400, 267)),
        (Spec(width=200, height=100, dpr=0.5), Size(100, 50)),
        (Spec(width=0.5), Size(1600, 1066)),
        (Spec(width=0.5, height=0.5), Size(1600, 1066)),
        (Spec(width=400, rotate=90.0), Size(400, 600)),
        (Spec(width=400, height=300, rotate=-90.0), Size(400, 300)),
        (Spec(width=400, height=300, rotate=45.0), Size(495, 495)),
    ],
)
def test_known_sizes_of_a_photo_of_3200_by_2133(spec, size):
    assert size_of(spec, 3200, 2133) == size


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        (Spec(width=8192, dpr=5.0, may_enlarge=True), Size(7746, 5163)),  # 40 MP
        (Spec(width=8192, height=4096, dpr=5.0), Size(8192, 4096)),
        (Spec(width=8192, height=8192, dpr=5.0), Size(6324, 6324)),
        (Spec(width=8192, height=2, dpr=1.3), Size(8192, 2)),
        (Spec(height=8192, dpr=5.0, width=1), Size(1, 8192)),
    ],
)
def test_a_product_beyond_the_limits_is_capped_with_the_aspect_kept(spec, size):
    found = size_of(spec, 3200, 2133)
    assert abs(found.width - size.width) <= 1
    assert abs(found.height - size.height) <= 1
    assert found.pixels <= 40_000_000


@pytest.mark.parametrize("width", [8474, 8553, 8579, 8757, 8795, 40_960])
def test_a_capped_side_is_the_limit_itself_and_not_a_pixel_less(width):
    """Floats once made 8191 of some of these."""
    assert size_of(Spec(width=8192, height=1024, dpr=width / 8192), 100, 100).width == 8192


def test_a_turned_picture_grows_only_to_the_limits_and_is_made_smaller_for_it():
    found = size_of(Spec(width=8192, height=1024, rotate=30.0), 9000, 9000)
    assert max(found.width, found.height) <= 8192
    assert found.pixels <= 40_000_000
    assert found.width > 6000
