import asyncio
from dataclasses import replace

import pytest

from imgcdn import errors
from imgcdn.model.geometry import Point


async def test_a_word_is_known_at_once_and_to_the_next_server(opened, word, digest):
    records = opened()
    assert records.overrides.get(digest(1)) is None
    await records.overrides.put(digest(1), word)
    assert records.overrides.get(digest(1)) == word
    records.close()
    again = opened()
    assert again.overrides.get(digest(1)) == word
    assert again.overrides.all() == {digest(1): word}
    assert again.health() == {}


async def test_a_later_word_takes_the_place_of_an_earlier_one(opened, word, digest):
    records = opened()
    later = replace(word, point=Point(1, 0), note="the dog after all")
    await records.overrides.put(digest(1), word)
    await records.overrides.put(digest(1), later)
    assert records.overrides.get(digest(1)) == later
    assert opened().overrides.all() == {digest(1): later}


async def test_a_word_taken_back_is_gone_with_its_note(opened, word, digest, by_hand):
    records = opened()
    await records.overrides.put(digest(1), word)
    await records.overrides.put(digest(2), word)
    assert await records.overrides.drop(digest(1))
    assert not await records.overrides.drop(digest(1))
    assert not await records.overrides.drop(digest(3))
    assert records.overrides.get(digest(1)) is None
    assert opened().overrides.all() == {digest(2): word}
    assert by_hand("SELECT note FROM overrides WHERE digest = ?", digest(1)) == [("",)]


async def test_a_word_taken_back_can_be_given_again(opened, word, digest):
    records, other = opened(), opened()
    for _ in range(2):
        await records.overrides.put(digest(1), word)
        assert other.overrides.get(digest(1)) == word
        await records.overrides.drop(digest(1))
        assert other.overrides.get(digest(1)) is None


@pytest.mark.parametrize(
    "note", ["", "größer · 人物 · 👩🏽‍🎨 · שלום", "a\x00b\nc'; DROP TABLE overrides; --", "x" * 100_000]
)
async def test_a_note_comes_back_as_it_was_written(opened, word, digest, note):
    await opened().overrides.put(digest(1), replace(word, note=note))
    assert opened().overrides.get(digest(1)).note == note


async def test_a_note_with_half_a_character_is_refused_by_name(opened, word, digest):
    records = opened()
    with pytest.raises(errors.InvalidParameterError) as caught:
        await records.overrides.put(digest(1), replace(word, note="ok \ud83d"))
    assert caught.value.param == "note"
    assert "position 3" in caught.value.detail
    assert records.health() == {}


async def test_any_point_is_kept_as_it_is(opened, word, digest):
    """Whether a point lies in the picture is the caller's to say."""
    odd = replace(word, point=Point(-3.5, 1e300))
    await opened().overrides.put(digest(1), odd)
    assert opened().overrides.get(digest(1)) == odd


async def test_a_point_that_is_no_number_is_a_mistake_and_no_trouble_of_the_disk(opened, word, digest):
    records = opened()
    await records.overrides.put(digest(1), word)
    with pytest.raises(Exception, match="NOT NULL"):
        await records.overrides.put(digest(1), replace(word, point=Point(float("nan"), 0.5)))
    assert records.overrides.get(digest(1)) == word
    assert records.health() == {}
    await records.overrides.put(digest(2), word)


async def test_all_is_a_copy(opened, word, digest):
    records = opened()
    before = records.overrides.all()
    await records.overrides.put(digest(1), word)
    assert before == {}


async def test_a_caller_that_goes_away_leaves_a_whole_word_or_none_and_holds_up_nobody(opened, word, digest):
    records = opened()
    for number in range(20):
        task = asyncio.create_task(records.overrides.put(digest(number), word))
        await asyncio.sleep(0.0002 * number)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await records.overrides.put(digest("last"), word)
    known = records.overrides.all()
    assert known == opened().overrides.all()
    assert known[digest("last")] == word
    assert set(known.values()) == {word}


async def test_only_changes_are_read_again(opened, word, digest):
    records, other = opened(), opened()
    await records.overrides.put(digest(1), word)
    known = other.overrides.get(digest(1))
    await records.overrides.put(digest(2), word)
    assert other.overrides.get(digest(2)) == word
    assert other.overrides.get(digest(1)) is known


async def test_nothing_is_kept_after_closing(opened, word, digest):
    records = opened()
    await records.overrides.put(digest(1), word)
    records.close()
    records.close()
    assert records.overrides.get(digest(1)) == word
    with pytest.raises(errors.DrainingError):
        await records.overrides.put(digest(2), word)
    assert opened().overrides.all() == {digest(1): word}
