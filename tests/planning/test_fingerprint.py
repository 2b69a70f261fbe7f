from itertools import combinations

import pytest

from imgcdn.planning.fingerprint import fingerprint, recipe
from imgcdn.planning.settings import Encoding, Limits

DIGEST = "ab" * 32
ONE = {"digest": DIGEST, "canonical": "w=400", "bucket": "webp", "focus_state": "face=1", "made_by": "1;libvips-8.18"}


def test_the_same_ask_has_the_same_name():
    assert fingerprint(**ONE) == fingerprint(**ONE)
    assert len(fingerprint(**ONE)) == 64


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("digest", "cd" * 32),
        ("canonical", "w=401"),
        ("bucket", "avif"),
        ("bucket", None),
        ("focus_state", "face=2"),
        ("made_by", "2;libvips-8.18"),
    ],
)
def test_every_part_of_the_name_tells_renditions_apart(part, other):
    assert fingerprint(**(ONE | {part: other})) != fingerprint(**ONE)


def test_no_part_can_be_taken_for_its_neighbour():
    made = [
        fingerprint(DIGEST, "w=1", "webp", "", "x"),
        fingerprint(DIGEST, "w=1", None, "webp", "x"),
        fingerprint(DIGEST, "", "webp", "w=1", "x"),
        fingerprint(DIGEST, "", None, "", "x"),
        fingerprint(DIGEST + "w=1", "", "webp", "", "x"),
    ]
    assert all(one != other for one, other in combinations(made, 2))


@pytest.mark.parametrize(
    "changed",
    [
        recipe(Limits(max_side=4096), Encoding(), "8.18"),
        recipe(Limits(max_pixels=1000), Encoding(), "8.18"),
        recipe(Limits(), Encoding(), "8.19"),
        *(
            recipe(Limits(), Encoding(**{name: value}), "8.18")
            for name, value in [
                ("jpeg_quality", 81),
                ("webp_quality", 81),
                ("avif_quality", 61),
                ("png_effort", 7),
                ("webp_effort", 3),
                ("avif_effort", 2),
                ("gif_effort", 6),
                ("shrink", "safe"),
            ]
        ),
    ],
)
def test_the_recipe_tells_of_every_setting_that_changes_bytes(changed):
    assert changed != recipe(Limits(), Encoding(), "8.18")


def test_the_recipe_does_not_tell_of_limits_on_sources_which_change_no_bytes():
    assert recipe(Limits(max_frames=9, max_source_pixels=9), Encoding(), "8.18") == recipe(Limits(), Encoding(), "8.18")
