"""Counts are right, and stay small however many different things a log says."""

import json

import pytest

from imgcdn.dialects.imgix import signing
from imgcdn.migration import findings, survey, tally
from imgcdn.migration.marks import Verdict
from imgcdn.migration.survey import Survey

TOKEN = "aaAAbbBB11223344"


def surveyed(*targets: str, tokens=()) -> Survey:
    found = Survey(tokens)
    found.read(target.encode() for target in targets)
    found.finish()
    return found


def test_parameters_and_values_are_counted_with_their_marks():
    found = surveyed(
        *["/a.jpg?w=400&fit=crop&crop=faces"] * 3, "/b.jpg?width=500&fit=crop&crop=top", "/c.jpg", ""
    ).tally
    assert {name: one.hits for name, one in found.parameters.items()} == {"w": 4, "fit": 4, "crop": 4}
    assert {text: value.hits for text, value in found.parameters["w"].values.items()} == {"400": 3, "500": 1}
    assert found.parameters["crop"].verdicts == {Verdict.APPROXIMATE: 3, Verdict.SAME: 1}
    assert (found.differing, found.unsupported) == (3, 0)


def test_urls_without_parameters_and_empty_lines_are_told_apart():
    found = surveyed("/a.jpg", "/b.jpg?", "", "   ", "junk", "/c.jpg?w=1")
    assert (found.urls, found.plain, found.blank, found.others, found.lines) == (3, 2, 2, 1, 6)


def test_what_differs_most_comes_first_by_weight_times_hits():
    found = surveyed(
        *["/a.jpg?blur=5&w=1"] * 2, *["/b.jpg?blur=5&w=2"] * 10, "/c.jpg?bg-remove=true", "/d.jpg?w=1"
    ).tally
    worst = [(case.hits, case.weight, case.example) for case in found.worst(10)]
    assert worst == [(12, 1, "/a.jpg?blur=5&w=1"), (1, 10, "/c.jpg?bg-remove=true")]
    assert len(found.worst(1)) == 1


def test_a_query_that_the_server_refuses_is_counted_by_its_reason():
    found = surveyed(*["/a.jpg?txt=%ff"] * 2, "/a.jpg?w=1").tally
    ((why, hits),) = found.refused.items()
    assert (hits, "UTF-8" in why) == (2, True)


def signed(path: str, query: str, token: str = TOKEN) -> str:
    return f"{path}?{query}{'&' if query else ''}s={signing.sign(token, path, query)}"


def test_signatures_are_verified_over_the_bytes_that_came():
    found = surveyed(
        signed("/a%20b.jpg", "w=1&h=2"),
        signed("/a.jpg", "w=1", "older"),
        signed("/plain.jpg", ""),
        signed("/a.jpg", "w=1").replace("w=1", "w=2"),
        "/a.jpg?s=abc&w=1",
        "/a.jpg?w=1&s=-",
        "/a.jpg?w=1&s=a&s=b",
        "/a.jpg?w=1&ws=1",
        tokens=(TOKEN, "older"),
    )
    told = found.signatures
    assert (told.signed, told.unsigned, told.hidden, told.good, told.bad) == (7, 1, 1, 3, 3)
    assert told.examples == ["/a.jpg?w=2", "/a.jpg?w=1", "/a.jpg?w=1"]
    assert found.tally.parameters["s"].hits == 7
    assert found.tally.parameters["s"].values == {}, "what proves something is not shown"


def test_a_signature_and_a_token_are_in_no_part_of_the_record():
    bad = signed("/a.jpg", "bg-remove=1", "of-somebody-else")
    told = repr(findings.record(surveyed(bad, signed("/a.jpg", "w=1"), tokens=(TOKEN,)), [], 10))
    assert bad.rpartition("=")[2] not in told
    assert TOKEN not in told


def test_equal_queries_of_different_pictures_are_understood_once(monkeypatch):
    understood = []
    monkeypatch.setattr(tally.marks, "read", lambda query: understood.append(query) or [])
    surveyed(*(signed(f"/{number}.jpg", "w=1&h=2") for number in range(100)))
    assert understood == ["w=1&h=2"]


def test_what_is_counted_stays_right_when_what_waits_is_understood_early(monkeypatch):
    monkeypatch.setattr(survey, "MOST_WAITING", 10)
    found = Survey()
    for start in range(0, 1000, 7):
        found.read(f"/a.jpg?w={1 + number % 50}".encode() for number in range(start, min(1000, start + 7)))
    found.finish()
    assert found.tally.parameters["w"].hits == 1000
    assert {value.hits for value in found.tally.parameters["w"].values.values()} == {20}


def test_long_queries_are_not_held_and_of_what_they_say_the_beginning_is_kept(monkeypatch):
    monkeypatch.setattr(survey, "_MOST_HELD", 100_000)
    found = Survey()
    for number in range(50):
        found.read([f"/{number}.jpg?{'n' * 9000}{number}=1&txt={'t' * 9000}{number}&crop=top,{'c' * 9000}".encode()])
        assert found._held <= 100_000
    found.finish()
    told = findings.record(found, [], 1000)
    assert [(one["name"], one["hits"]) for one in told["parameters"] if "n" in one["name"]] == [("n" * 200, 50)]
    assert len(json.dumps(told)) < 30_000


def test_values_names_and_differences_are_bounded(monkeypatch):
    monkeypatch.setattr(tally, "MOST_VALUES", 5)
    monkeypatch.setattr(tally, "MOST_NAMES", 7)
    monkeypatch.setattr(tally, "MOST_CASES", 4)
    found = surveyed(
        *(f"/a.jpg?junk{number}=1&blur={number}&w={number}" for number in range(1, 41)), *["/b.jpg?blur=3"] * 9
    ).tally
    assert len(found.parameters) <= 8 + 1
    assert sum(one.hits for name, one in found.parameters.items() if name not in {"blur", "w"}) == 40
    assert len(found.parameters["w"].values) == 5
    assert found.parameters["w"].other_hits == 35
    assert len(found.cases) <= 4
    assert found.has_forgotten
    assert found.worst(1)[0].example == "/b.jpg?blur=3" or found.worst(1)[0].hits >= 9
    assert found.differing == 49


@pytest.mark.parametrize(
    ("targets", "is_clean"),
    [
        (["/a.jpg?w=1&sepia=5&utm=1"], True),
        (["/a.jpg?bg-remove=1"], False),
        (["/a.jpg?w=abc"], False),
        (["/a.jpg?txt=%ff"], False),
        (["/a.jpg?w=1&s=abc"], False),
        ([], True),
    ],
)
def test_only_what_is_worth_a_look_is_not_clean(targets, is_clean):
    assert findings.is_clean(findings.record(surveyed(*targets, tokens=("t",)), [], 10)) is is_clean
