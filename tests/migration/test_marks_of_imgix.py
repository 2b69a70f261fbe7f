"""What is said of a parameter is what the dialect's table says and what the dialect does."""

import re
from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest

from imgcdn import errors
from imgcdn.dialects.imgix import parsing, table
from imgcdn.dialects.imgix.row import Status
from imgcdn.dialects.readers import UnreadableError
from imgcdn.migration import marks
from imgcdn.migration.marks import Verdict

VALUES = [
    "1",
    "400",
    "16:9",
    "0,0,10,10",
    "fff",
    "fff,000",
    "top",
    "clip",
    "solid",
    "ellipse",
    "grid",
    "format",
    "webp",
    "h",
    "90",
    "auto",
    "color",
    "json",
    "1-3",
    "Width",
    "a.jpg",
    "normal",
    "444",
    "srgb",
    "inherit",
    "max",
]


def readable(row) -> str:
    for text in (*VALUES, row.default, *re.split("[ ,]+", row.argument.expects)):
        try:
            row.argument.read(text)
        except UnreadableError:
            continue
        if text not in row.differing:
            return text
    raise AssertionError(f"no value for {row.name}")


@pytest.mark.parametrize("row", table.ROWS, ids=lambda row: row.name)
def test_a_parameter_has_the_mark_of_its_row_under_each_of_its_names(row):
    text = readable(row)
    for name in row.names:
        mark = marks.mark(name.replace("*", "-more"), text)
        assert (mark.name, mark.verdict.value) == (row.name, row.status.value), name
        assert mark.why == ("" if row.status is Status.SAME else row.note)


@pytest.mark.parametrize(
    ("row", "word"),
    [(row, word) for row in table.ROWS for word in row.differing],
    ids=lambda one: getattr(one, "name", one),
)
def test_a_value_that_differs_has_its_own_mark_and_reason(row, word):
    mark = marks.mark(row.name, word.upper())
    assert mark.verdict is Verdict.APPROXIMATE
    assert row.differing[word] in mark.why


@pytest.mark.parametrize(
    "beside", ["", "fit=crop&w=1&crop=focalpoint&", "fit=facearea&mask=corners&border=1&trim=auto&txt=a&"]
)
def test_what_is_said_to_count_is_what_the_dialect_does_not_ignore(beside):
    wrong = []
    for row in table.ROWS:
        for text in (*VALUES, "", "\x00", "no such value"):
            key = row.name.replace("*", "-more")
            query = f"{beside}{key}={quote(text)}"
            said = marks.read(query)[-1]
            is_read = said.counts and (said.mark.read is not None)
            if is_read == (key in parsing.parse("img", "a.jpg", query).delivery.ignored):
                wrong.append(query)
    assert wrong == []


def test_a_name_that_imgix_does_not_know_is_unknown():
    assert marks.mark("utm_source", "mail").verdict is Verdict.UNKNOWN
    assert marks.mark("auto64", "Zm9ybWF0").verdict is Verdict.UNKNOWN


def test_base64_is_judged_by_what_it_says():
    said = urlsafe_b64encode(b"facearea").decode().rstrip("=")
    assert marks.mark("fit64", said).verdict is Verdict.APPROXIMATE
    assert marks.mark("w64", urlsafe_b64encode(b"300").decode()).verdict is Verdict.SAME
    refused = marks.mark("w64", "!")
    assert refused.verdict is Verdict.UNUSABLE
    assert "refused" in refused.why
    with pytest.raises(errors.InvalidParameterError):
        parsing.parse("img", "a.jpg", "w64=!")


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("w", "abc", "ignored: expected pixels"),
        ("fit", "fit-max", "ignored: expected a comma list of clip"),
        ("auto", "format,redeye", "redeye is ignored: expected a comma list of format"),
        ("crop", "faces,nose", "nose is ignored"),
        ("fill", "gen", "ignored: expected one of solid, blur"),
        ("mask", "https://example.com/a.png", "ignored: expected ellipse or corners"),
    ],
)
def test_a_value_that_cannot_be_used_says_what_was_expected(key, text, why):
    mark = marks.mark(key, text)
    assert mark.verdict is Verdict.UNUSABLE
    assert why in mark.why


def weights(query):
    return [(said.key, said.text, said.weight) for said in marks.read(query)]


def test_only_what_takes_effect_makes_a_url_differ():
    assert weights("crop=faces&w=400&fit=min") == [("crop", "faces", 0), ("w", "400", 0), ("fit", "min", 0)]
    assert weights("crop=faces&w=400&fit=crop") == [("crop", "faces", 1), ("w", "400", 0), ("fit", "crop", 0)]


def test_of_a_repeated_parameter_the_last_one_counts_but_every_auto():
    assert weights("blur=5&blur=6") == [("blur", "5", 0), ("blur", "6", 1)]
    assert weights("auto=enhance&auto=format") == [("auto", "enhance", 1), ("auto", "format", 0)]


def test_unsupported_weighs_more_than_approximate():
    assert weights("bg-remove=true&sepia=50&utm=1") == [("bg-remove", "true", 10), ("sepia", "50", 1), ("utm", "1", 0)]


def test_a_query_is_split_as_the_dialect_splits_it():
    assert weights("&w=1&&h&=3&fit=m%61x+") == [("w", "1", 0), ("h", "", 5), ("", "3", 0), ("fit", "max ", 0)]
    with pytest.raises(errors.InvalidParameterError, match="UTF-8"):
        marks.read("w=1&txt=%ff")
    with pytest.raises(errors.InvalidParameterError, match="too many"):
        marks.read("&".join(["w=1"] * 201))
    assert len(marks.read("&".join(["w=1"] * 200))) == 200
