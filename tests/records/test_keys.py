import re

import pytest

from imgcdn import errors
from imgcdn.records.keys import Keys


@pytest.mark.parametrize(("kind", "prefix"), [("secret", "imgcdn_sk_"), ("publishable", "imgcdn_pk_")])
async def test_a_key_is_shown_once_and_known_ever_after(opened, kind, prefix):
    records = opened()
    text = await records.keys.add("shop", kind)
    assert re.fullmatch(prefix + r"[A-Za-z0-9_-]{43}", text)
    key = records.keys.check(text)
    assert (key.name, key.kind, key.revoked_at) == ("shop", kind, None)
    assert opened().keys.check(text) == key
    assert records.keys.all() == (key,)


async def test_no_two_keys_are_alike(opened):
    keys = opened().keys
    texts = {await keys.add("same name", "secret") for _ in range(20)}
    assert len(texts) == len({key.id for key in keys.all()}) == 20


async def test_the_text_of_a_key_is_not_on_the_disk(opened, folder):
    records = opened()
    text = await records.keys.add("shop", "secret")
    assert all(text.encode() not in path.read_bytes() for path in folder.iterdir())
    records.close()
    assert all(text.encode() not in path.read_bytes() for path in folder.iterdir())


async def test_nothing_but_the_exact_text_is_a_key(opened):
    records = opened()
    text = await records.keys.add("shop", "secret")
    key = records.keys.all()[0]
    wrong = [
        "",
        text[:-1],
        text + "=",
        f" {text}",
        text.swapcase(),
        text.replace("_sk_", "_pk_"),
        key.id,
        "\ud83d",
        "x" * 10**6,
    ]
    assert [records.keys.check(each) for each in wrong] == [None] * len(wrong)


async def test_a_revoked_key_is_good_no_more_anywhere_and_stays_on_the_list(opened):
    records, other = opened(), opened()
    text = await records.keys.add("shop", "secret")
    kept = await records.keys.add("blog", "publishable")
    key = other.keys.check(text)
    assert await records.keys.revoke(key.id)
    assert records.keys.check(text) is None
    assert other.keys.check(text) is None
    assert opened().keys.check(text) is None
    assert other.keys.check(kept)
    assert [(each.name, each.revoked_at is None) for each in other.keys.all()] == [("shop", False), ("blog", True)]


async def test_only_a_good_key_can_be_revoked(opened):
    keys = opened().keys
    await keys.add("shop", "secret")
    key_id = keys.all()[0].id
    assert not await keys.revoke("nothing")
    assert await keys.revoke(key_id)
    assert not await keys.revoke(key_id)


async def test_keys_are_listed_in_the_order_in_which_they_were_made(opened):
    times = iter([3.0, 1.0, 2.0])
    keys = Keys(opened().database, lambda: next(times))
    for name in ("third", "first", "second"):
        await keys.add(name, "secret")
    assert [(key.name, key.made_at) for key in keys.all()] == [("first", 1.0), ("second", 2.0), ("third", 3.0)]


async def test_a_name_may_be_any_text_but_half_a_character(opened):
    keys = opened().keys
    await keys.add("Größe · 店 · 👩🏽‍🎨", "secret")
    assert keys.all()[0].name == "Größe · 店 · 👩🏽‍🎨"
    with pytest.raises(errors.InvalidParameterError) as caught:
        await keys.add("\udc00", "secret")
    assert caught.value.param == "name"
