"""Every parameter of imgix that sites use has a test of what it does: the list is imgix' own, not that of our table."""

from importlib import import_module

import pytest
from imgix_asking import SHOWN

from imgcdn.dialects.imgix import table
from imgcdn.dialects.imgix.row import Status

PARTS = ("shape", "look", "output", "overlay")
USED = {
    "size": "w h fit crop ar rect dpr max-w max-h min-w min-h",
    "focal point and faces": "fp-x fp-y fp-z facepad faceindex fp-debug faces face-blur face-pixel",
    "format": "auto fm q ch cs chromasub lossless jpg-progressive colorquant dpi dl svg-sanitize",
    "identity": "s ixlib ixid 64 expires",
    "fill": "bg fill fill-color pad pad-left pad-top pad-right pad-bottom transparency",
    "adjust": "sat bri con exp sharp gam vib high shad hue invert usm usmrad nr nrs",
    "style": "blur monochrome sepia px duotone duotone-alpha htn",
    "rotate": "flip orient rot rot-type",
    "mask and border": "mask corner-radius mask-bg border border-radius border-left border-top border-right border-bottom",
    "trim": "trim trim-color trim-tol trim-md trim-sd trim-alpha trim-pad",
    "palette": "palette colors prefix",
    "marks": "mark mark-align mark-w mark-h mark-scale mark-pad mark-alpha mark-fit mark-x mark-y mark-rot mark-tile mark-base",
    "blends": "blend blend-mode blend-alpha blend-color blend-w blend-h blend-fit blend-size blend-align blend-pad blend-x blend-y",
    "texts": "txt txt-size txt-font txt-color txt-align txt-fit txt-pad txt-width txt-x txt-y",
    "animation": "frame loop fps interval skip reverse page",
}

RARE = "grid-size grid-colors border-radius-inner blend-crop txt-shad txt-line txt-line-color explain"
"""What is supported besides."""
NAMES = [name for names in (*USED.values(), RARE) for name in names.split()]


@pytest.fixture(scope="module", autouse=True)
def _parts():
    for part in PARTS:
        import_module(f"test_imgix_{part}_effects")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_parameter_does_is_tested(name):
    assert SHOWN.get(name)


def test_whatever_is_supported_is_in_the_list():
    supported = {row.name for row in table.ROWS if row.status is not Status.UNSUPPORTED}
    assert supported <= set(NAMES)
    assert set(SHOWN) == set(NAMES)
