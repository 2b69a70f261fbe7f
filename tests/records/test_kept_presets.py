"""Presets in the records: kept, changed and taken back as words are, under names of which each is there once."""

import asyncio

import pytest

from imgcdn import errors
from imgcdn.records import presets as module


async def test_a_preset_is_known_at_once_and_to_the_next_server(opened):
    records = opened()
    assert records.presets.queries() == {}
    made = await records.presets.add("card", "w=4")
    assert records.presets.queries() == {"card": "w=4"}
    records.close()
    again = opened()
    assert again.presets.all() == (made,)
    assert again.presets.get(made.id) == made


async def test_what_one_process_writes_another_reads(opened):
    one, other = opened(), opened()
    made = await one.presets.add("card", "w=4")
    assert other.presets.queries() == {"card": "w=4"}
    await other.presets.change(made.id, None, "w=5")
    assert one.presets.queries() == {"card": "w=5"}
    await one.presets.change(made.id, "tile", None)
    assert other.presets.queries() == {"tile": "w=5"}
    assert await other.presets.drop(made.id)
    assert one.presets.queries() == {}
    assert not await one.presets.drop(made.id)


async def test_a_preset_keeps_its_id_and_when_it_was_made(opened):
    presets = opened().presets
    made = await presets.add("card", "w=4")
    changed = await presets.change(made.id, "tile", "w=5")
    assert (changed.id, changed.made_at, changed.name, changed.query) == (made.id, made.made_at, "tile", "w=5")
    assert changed.changed_at >= made.changed_at


async def test_a_name_is_given_once_and_can_be_given_again_when_it_is_free(opened):
    presets = opened().presets
    made, other = await presets.add("card", "w=4"), await presets.add("tile", "w=5")
    for taking in (presets.add("card", "w=6"), presets.change(other.id, "card", None)):
        with pytest.raises(errors.ConflictError) as caught:
            await taking
        assert caught.value.param == "name"
    assert presets.queries() == {"card": "w=4", "tile": "w=5"}
    await presets.drop(made.id)
    again = await presets.add("card", "w=7")
    assert again.id != made.id
    assert presets.queries() == {"card": "w=7", "tile": "w=5"}


async def test_put_makes_a_preset_or_changes_the_one_of_that_name(opened):
    presets = opened().presets
    made = await presets.put("card", "w=4")
    assert (await presets.put("card", "w=5")).id == made.id
    assert presets.queries() == {"card": "w=5"}


async def test_two_servers_that_put_one_name_at_once_make_one_preset(opened):
    one, other = opened(), opened()
    both = await asyncio.gather(one.presets.put("card", "w=4"), other.presets.put("card", "w=5"))
    assert both[0].id == both[1].id
    assert len(one.presets.all()) == 1


async def test_a_preset_that_is_not_there_cannot_be_changed(opened):
    with pytest.raises(errors.PresetNotFoundError):
        await opened().presets.change("none", "card", None)


async def test_there_is_an_end_to_presets(opened, monkeypatch):
    monkeypatch.setattr(module, "_MOST", 2)
    presets = opened().presets
    for name in ("a", "b"):
        await presets.add(name, "w=1")
    for more in (presets.add("c", "w=1"), presets.put("c", "w=1")):
        with pytest.raises(errors.ConflictError):
            await more
    assert (await presets.put("a", "w=2")).query == "w=2"


async def test_a_deleted_presets_query_is_not_kept(opened, by_hand):
    presets = opened().presets
    made = await presets.add("card", "w=4&text=secret")
    await presets.drop(made.id)
    assert by_hand("SELECT query FROM presets") == [("",)]
