import pytest

from imgcdn.dialects import native, readers
from imgcdn.dialects.parameters import Parameter, Table, markdown, shown

TABLE = Table(
    (
        Parameter("w", "width", readers.length(100), "–", "width", "w=4", ("width",)),
        Parameter("deep", "deep", readers.words("a|b", "a | b"), "–", "a | b", "deep=a"),
    )
)


def test_a_row_is_found_by_name_and_alias_but_not_by_other_case():
    assert TABLE.find("w") is TABLE.find("width") is TABLE.rows[0]
    assert TABLE.find("W") is None


@pytest.mark.parametrize(("key", "nearest"), [("wdith", "width"), ("DEEP", "deep"), ("dep", "deep"), ("zzzzzz", None)])
def test_the_nearest_name_is_found_in_any_case_and_only_if_it_is_near(key, nearest):
    assert TABLE.nearest(key) == nearest


def test_no_name_or_alias_stands_for_two_rows():
    keys = [key for row in native.TABLE for key in (row.name, *row.aliases)]
    assert len(keys) == len(set(keys))


def test_every_row_says_its_meaning_its_default_and_what_it_expects():
    for row in native.TABLE:
        assert row.about
        assert row.default
        assert row.reader.expects


def test_a_shown_value_is_at_most_81_characters_and_printable():
    assert shown("a\0b\x1b") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert shown("x" * 80) == "x" * 80
    assert shown("x" * 81) == "x" * 80 + "…"


def test_the_documentation_has_one_line_for_each_row_with_its_bars_escaped():
    lines = markdown(TABLE).splitlines()
    expects = TABLE.rows[0].reader.expects
    assert lines[2] == f"| `w`, `width` | {expects} | – | width | `w=4` |"
    assert lines[3] == r"| `deep` | a \| b | – | a \| b | `deep=a` |"
    assert len(lines) == 4
