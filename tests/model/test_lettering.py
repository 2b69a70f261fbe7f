from string import ascii_uppercase, digits

import pytest

from imgcdn.model.lettering import UNITS, gap, letter_width, strokes, text_width

LETTERS = f"{ascii_uppercase}{digits}.,:·'-+=_/%()×?"


@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_keeps_to_its_grid(letter):
    points = [point for stroke in strokes(letter) for point in stroke]
    assert points
    assert min(x for x, _ in points) >= 0
    assert max(x for x, _ in points) <= 4
    assert {y for _, y in points} <= set(range(UNITS))


def test_no_two_letters_look_alike_but_the_zero_and_the_o():
    shapes = {strokes(letter) for letter in LETTERS if letter != "O"}
    assert len(shapes) == len(LETTERS) - 1
    assert strokes("O") == strokes("0")


def test_small_letters_are_read_as_capitals():
    assert strokes("g") == strokes("G")


@pytest.mark.parametrize("letter", ["é", "東", "\n", "<", "\x00", "ß"])
def test_what_there_is_no_letter_for_is_a_question_mark(letter):
    assert strokes(letter) == strokes("?")


def test_a_text_is_as_wide_as_its_letters_and_what_lies_between_them():
    assert [letter_width(letter, 14) for letter in "I1J0 "] == [2, 6, 8, 10, 6]
    assert text_width("10", 14) == 6 + gap(14) + 10
    assert text_width("", 14) == 0
