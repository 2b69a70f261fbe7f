from dataclasses import fields, replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written import TEXTS, pairs, queries, specs

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.model.geometry import Point
from imgcdn.model.media import Format
from imgcdn.model.spec import Colour, Rect, Spec

quick = settings(max_examples=150, deadline=None)


def spec_of(query: str) -> Spec:
    return native.parse("img", "a.jpg", query).spec


@quick
@given(specs)
def test_a_spec_is_read_back_from_its_canonical_text_unchanged(spec):
    assert spec_of(native.canonical(spec)) == spec


@quick
@given(specs)
def test_the_canonical_text_is_sorted_and_names_each_parameter_once(spec):
    names = [name for name, _ in parse_qsl(native.canonical(spec), keep_blank_values=True)]
    assert names == sorted(set(names))


@quick
@given(queries)
def test_the_canonical_text_of_any_valid_query_is_a_fixed_point(query):
    once = native.canonical(spec_of(query))
    assert native.canonical(spec_of(once)) == once


@quick
@given(queries)
def test_the_canonical_text_needs_no_further_encoding(query):
    text = native.canonical(spec_of(query))
    assert text.isascii()
    assert text.isprintable()
    assert " " not in text


@quick
@given(pairs(), st.randoms(use_true_random=False))
def test_the_order_of_parameters_never_changes_spec_or_canonical_text(given_pairs, random):
    shuffled = random.sample(given_pairs, len(given_pairs))
    one, other = spec_of(urlencode(given_pairs)), spec_of(urlencode(shuffled))
    assert one == other
    assert native.canonical(one) == native.canonical(other)


@quick
@given(pairs())
def test_an_alias_says_the_same_as_the_main_name(given_pairs):
    main = [(native.TABLE.find(name).name, text) for name, text in given_pairs]
    assert spec_of(urlencode(given_pairs)) == spec_of(urlencode(main))


@settings(max_examples=60, deadline=None)
@given(specs, specs, st.sets(st.sampled_from([field.name for field in fields(Spec)]), max_size=2))
def test_two_specs_have_one_text_exactly_when_they_are_equal(one, two, changed):
    other = replace(one, **{name: getattr(two, name) for name in changed})
    assert (native.canonical(one) == native.canonical(other)) == (one == other)


def test_a_spec_that_says_nothing_is_written_as_nothing():
    assert native.canonical(Spec()) == ""


def test_every_row_that_sets_a_field_of_spec_has_spellings_in_these_tests():
    wanted = {row.name for row in native.TABLE if row.sets in native.DEFAULTS}
    assert set(TEXTS) == wanted


OF_HINTS = {"quality_off", "scale"}
OF_OTHER_GRAMMARS = {
    "format_else": Format.PNG,
    "is_plain": True,
    "cut.width": 300,
    "cut.height": 0.5,
    "cut.x": 10,
    "cut.y": -10,
    "cut.at": (5, 0.5),
    "cut.may_shrink": False,
    "cut.is_clipped": True,
    "cut.position": "north",
    **{f"{group}.inset_{axis}": 7 for group in ("mark", "blend", "caption") for axis in "xy"},
}
"""Fields that only URLs of Cloudinary or imgix set, each with a value that is no default."""


@pytest.mark.parametrize("path", [path for path in native.DEFAULTS if path not in OF_HINTS | OF_OTHER_GRAMMARS.keys()])
def test_every_field_of_spec_that_a_url_can_say_has_a_row_that_sets_it_and_changes_the_text(path):
    rows = [row for row in native.TABLE if row.sets == path]
    assert rows, f"no parameter sets Spec.{path}"
    samples = {
        "width": 400,
        "height": 0.5,
        "focal_point": Point(0.1, 0.2),
        "rect": Rect(0, 0, 1, 1),
        "background": Colour(1, 2, 3),
        "gravity": ("north",),
    }
    value = samples.get(path, next((row.read(text) for row in rows for text in _values(row)), None))
    assert value != native.DEFAULTS[path]
    group, _, name = path.rpartition(".")
    said = {name: value} if not group else {group: replace(getattr(Spec(), group), **{name: value})}
    changed = replace(Spec(), **said)
    assert native.canonical(changed) != ""
    assert spec_of(native.canonical(changed)) == changed


def test_what_no_parameter_sets_is_listed_and_no_more_than_that():
    assert native.UNSAID.keys() == OF_HINTS | OF_OTHER_GRAMMARS.keys()
    assert not {row.sets for row in native.TABLE} & native.UNSAID.keys()


@pytest.mark.parametrize("path", OF_OTHER_GRAMMARS)
def test_a_field_that_only_another_grammar_sets_changes_the_text(path):
    group, _, name = path.partition(".")
    value = OF_OTHER_GRAMMARS[path]
    assert value != native.DEFAULTS[path]
    changed = replace(Spec(), **{group: replace(getattr(Spec(), group), **{name: value}) if name else value})
    text = native.canonical(changed)
    assert text.startswith(f"{native.UNSAID[path]}=")
    assert native.UNSAID[path] == (f"{group}-{name}" if name else group.replace("_", "-"))


def _values(row):
    """The row's own example, and values that are no default."""
    yield from (text for name, text in parse_qsl(row.example) if name in (row.name, *row.aliases))


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("w=400", "width=400"),
        ("w=400", "w=0400"),
        ("w=400", "w=400.0"),
        ("w=400", "w=%2B400"),
        ("w=0.5", "w=.5"),
        ("w=400", "w=400&dpr=1"),
        ("w=400", "w=400&dpr=1.000"),
        ("w=400", "w=400&gravity=auto"),
        ("w=400", "w=400&format=auto"),
        ("w=400", "w=400&fpz=1&rotate=0&flip=0&flop=no&lossless=off&jpgProgressive=on&face_min=0.5"),
        ("w=400", "w=400&rotate=-0"),
        ("ar=16:9", "ar=16/9"),
        ("ar=16:9", "ar=32x18"),
        ("ar=3:2", "ar=1.5"),
        ("fp=0,0.5", "fp=-0,50%25"),
        ("fp=0.3,0.4", "fp=30%25,40%25"),
        ("rect=0,0,1.0,1.0", "rect=0.0,0,1.00,1."),
        ("bg=ff0000", "bg=f00"),
        ("bg=ff0000", "bg=%23F00"),
        ("bg=ff0000", "bg=red"),
        ("bg=ff0000fe", "bg=FF0000FE"),
        ("bg=ff0000", "bg=f00f"),
        ("bg=00000000", "bg=transparent"),
        ("gravity=smart", "crop=smart"),
        ("gravity=center", "g=Centre"),
        ("gravity=face,north", "gravity=Face,north,FACE"),
        ("gravity=obj:dog%2Bcat", "gravity=obj:dog+cat"),
        ("format=jpeg", "f=JPG"),
        ("flip=1", "flip"),
        ("flip=1", "flip=TRUE"),
        ("rotate=90", "rot=90.0"),
        ("lossless=1", "v=7&lossless=yes&dl=a.jpg"),
    ],
)
def test_two_ways_to_ask_for_one_picture_share_one_text(said, plain):
    assert native.canonical(spec_of(plain)) == said


def test_what_only_a_hint_says_changes_the_text_and_no_url_can_say_it():
    text = native.canonical(Spec(width=400, quality=55, quality_off=15))
    assert text == "q=55&save-data=15&w=400"
    with pytest.raises(errors.UnknownParameterError):
        spec_of(text)


def test_proofs_and_hints_are_not_in_the_text():
    said = "w=400&ch=Width,Dpr,Save-Data&exp=1900000000&kid=main&sig=" + "a" * 43
    assert native.canonical(spec_of(said)) == "w=400"


def test_a_number_finer_than_twelve_decimals_is_rounded_once_and_then_stays():
    spec = spec_of("fp=33.333333333333%25,99.999999999999%25")
    assert native.canonical(spec) == "fp=0.333333333333,1"
    assert native.canonical(spec_of("fp=0.333333333333,1")) == "fp=0.333333333333,1"
