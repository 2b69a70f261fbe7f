"""What was answered before is answered again without asking anybody, for as long as it may be and no longer."""

import itertools
import tracemalloc

import pytest

from imgcdn.dialects.mounts import Mount
from imgcdn.errors import SourceNotFoundError
from imgcdn.model.spec import SourceRef
from imgcdn.pipeline.renewal import Footing
from imgcdn.web import hot, pictures
from imgcdn.web.headers import PictureHeaders
from imgcdn.web.ready import Ready, ReadyAnswers


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved."""

    class Clock:
        now = 1000.0

        def __call__(self):
            return self.now

    made = Clock()
    monkeypatch.setattr(hot, "monotonic", made)
    monkeypatch.setattr(pictures, "monotonic", made)
    return made


async def test_a_hit_of_the_cache_is_held_and_not_asked_for_again(site, clock):
    first, second, third = [await site.ask("/img/a.jpg?w=1") for _ in range(3)]
    assert len(site.pipeline.asked) == 1
    assert first.content == second.content == third.content == b"picture"
    for name in ("etag", "cache-control", "vary", "content-type", "content-disposition", "x-imgcdn-focus"):
        assert first.headers[name] == second.headers[name] == third.headers[name]


async def test_a_fresh_render_is_not_held_for_most_are_fetched_once(make_site, answered, clock):
    for how in ("stored", "collapsed", "passing"):
        site = make_site(answered(cache=how))
        await site.ask()
        await site.ask()
        assert len(site.pipeline.asked) == 2


async def test_a_fallback_is_not_held(make_site, answered, clock):
    site = make_site(answered(is_final=False))
    await site.ask()
    await site.ask()
    assert len(site.pipeline.asked) == 2


async def test_what_is_not_fresh_is_not_held(make_site, answered, clock):
    site = make_site(answered(fresh_for_s=0.0))
    await site.ask()
    await site.ask()
    assert len(site.pipeline.asked) == 2


async def test_errors_are_not_held(make_site, clock):
    site = make_site(SourceNotFoundError("there is no file"))
    await site.ask()
    await site.ask()
    assert len(site.pipeline.asked) == 2


async def test_an_answer_is_held_until_its_source_must_be_asked_again(make_site, answered, clock):
    site = make_site(answered(fresh_for_s=10.0))
    await site.ask()
    clock.now += 9.9
    await site.ask()
    assert len(site.pipeline.asked) == 1
    clock.now += 0.2
    await site.ask()
    assert len(site.pipeline.asked) == 2


async def test_the_ttl_counts_down(make_site, answered, clock):
    site = make_site(answered(fresh_for_s=60.0))
    assert (await site.ask()).headers["cache-status"] == "imgcdn; hit; ttl=60"
    told = []
    for _ in range(3):
        clock.now += 10
        told.append((await site.ask()).headers["cache-status"])
    assert told == ["imgcdn; hit; ttl=50", "imgcdn; hit; ttl=40", "imgcdn; hit; ttl=30"]


async def test_head_and_conditional_requests_are_answered_from_memory(site, clock):
    etag = (await site.ask()).headers["etag"]
    head = await site.ask(method="HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "7")
    for given in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        matched = await site.ask(if_none_match=given)
        assert (matched.status_code, matched.content) == (304, b"")
        assert matched.headers["etag"] == etag
        assert matched.headers["vary"] == "Accept"
        assert "content-type" not in matched.headers
        assert "x-imgcdn-focus" not in matched.headers
    assert (await site.ask(if_none_match='"other"')).status_code == 200
    assert len(site.pipeline.asked) == 1


async def test_if_none_match_in_several_lines_is_one_list_whoever_answers(make_site, answered, clock):
    for how in ("hit", "stored"):  # from the second time on the hit is answered from memory
        site = make_site(answered(cache=how))
        etag = (await site.ask()).headers["etag"]
        for tags, status in (((etag, '"x"'), 304), (('"x"', etag), 304), (('"x"', '"y"'), 200)):
            async with site.client() as client:
                found = await client.get("/img/a.jpg", headers=[("if-none-match", tag) for tag in tags])
            assert found.status_code == status, (how, tags)


async def test_other_methods_pass_the_hot_path_by(site, clock):
    await site.ask()
    assert (await site.ask(method="POST")).status_code == 405
    assert (await site.ask(method="OPTIONS")).status_code == 204


async def test_browsers_that_take_different_formats_get_different_answers(site, clock):
    for accept in ("image/avif", "image/webp", "*/*"):
        await site.ask(accept=accept)
    assert [accept for _, accept in site.pipeline.asked] == ["image/avif", "image/webp", "*/*"]
    await site.ask(accept="image/avif,image/webp,*/*;q=0.8")
    await site.ask(accept="text/html,image/webp;q=0.9")
    await site.ask(accept="image/png")
    assert len(site.pipeline.asked) == 3


async def test_spellings_of_one_url_are_held_apart_because_nobody_has_parsed_them(site, clock):
    for target in ("/img/a.jpg?w=1&h=2", "/img/a.jpg?h=2&w=1", "/img/a.jpg?w=1&h=2&v=1"):
        await site.ask(target)
        await site.ask(target)
    assert len(site.pipeline.asked) == 3


async def test_hosts_are_held_apart_only_when_they_choose_among_mounts(make_site, clock):
    plain = make_site()
    await plain.ask(host="one.example")
    await plain.ask(host="other.example")
    assert len(plain.pipeline.asked) == 1
    by_host = make_site(mounts=(Mount("one", hosts=("one.example",)), Mount("img")))
    await by_host.ask("/img/a.jpg", host="one.example")
    await by_host.ask("/img/a.jpg", host="other.example")
    assert [ask.source.mount for ask, _ in by_host.pipeline.asked] == ["one", "img"]


async def test_what_is_held_can_be_forgotten(site, clock):
    await site.ask()
    site.answers.clear()
    await site.ask()
    assert len(site.pipeline.asked) == 2


# The answers themselves


def put(answers, key, size, fingerprint=""):
    answers.put(key, Ready(PictureHeaders([], []), b'"e"', 1e9, fingerprint=fingerprint), bytes(size))


def hit(answers, key):
    """Ask for an answer as the hot path does: its body and whether it was held, or None."""
    ready = answers.get(key, 0.0)
    return None if ready is None else answers.body(key, ready)


def keys(answers):
    return (answers.key(b"", b"/img/%d" % number, b"") for number in itertools.count())


def held(answers, among):
    return [key for key in among if answers.get(key, 0.0) is not None]


def test_the_budget_is_kept_by_forgetting_what_was_used_least_lately():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    made = list(itertools.islice(keys(answers), 20))
    for key in made:
        put(answers, key, 4_493)  # 10 000 with what a head weighs
        hit(answers, made[0])
    assert held(answers, made) == [made[0], *made[-9:]]


def test_replacing_an_answer_counts_it_once():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    made = list(itertools.islice(keys(answers), 9))
    for key in made:
        for _ in range(5):
            put(answers, key, 4_493)
    assert held(answers, made) == made


def test_an_answer_that_would_take_an_eighth_of_the_room_is_not_held():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    small, large = itertools.islice(keys(answers), 2)
    put(answers, small, 100)
    put(answers, large, 20_000)
    assert held(answers, [small, large]) == [small]
    put(answers, small, 20_000)
    assert held(answers, [small]) == [], "what was replaced is not shown any more"


def test_without_room_nothing_is_held():
    answers = ReadyAnswers(0, offers_avif=True, by_host=False)
    (key,) = itertools.islice(keys(answers), 1)
    put(answers, key, 0)
    assert held(answers, [key]) == []


def test_of_more_than_memory_holds_the_heads_are_held_and_the_bodies_read():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    asked = []

    def recall(fingerprint, etag):
        asked.append((fingerprint, etag))
        return bytes(6_500), None

    answers.read_from(recall)
    made = list(itertools.islice(keys(answers), 9))
    for number, key in enumerate(made):
        put(answers, key, 6_500, f"f{number}")
    assert held(answers, made) == made
    assert hit(answers, made[-1]) == (bytes(6_500), True)
    assert asked == []
    assert hit(answers, made[0]) == (bytes(6_500), False)
    assert asked == [("f0", b'"e"')]
    assert hit(answers, made[0]) == (bytes(6_500), False)
    assert hit(answers, made[0]) == (bytes(6_500), True), "what is read again soon is held again"
    assert answers.weight <= 100_000


def test_who_walks_through_more_than_memory_holds_pushes_nothing_out():
    answers = ReadyAnswers(1_000_000, offers_avif=True, by_host=False)
    answers.read_from(lambda _fingerprint, _etag: (bytes(110_000), None))
    made = list(itertools.islice(keys(answers), 40))
    for number, key in enumerate(made):
        put(answers, key, 110_000, f"f{number}")
    first = [hit(answers, key)[1] for key in made]
    assert sum(first) > 2
    assert [hit(answers, key)[1] for key in made] == first, "nothing that was held went for what was read once"


def test_a_body_is_read_again_where_it_was_and_asked_for_anew_when_it_is_not_there():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    asked, there = [], [b"again"]

    def recall(fingerprint, _etag):
        asked.append(fingerprint)
        return b"asked", lambda: there.pop() if there else None

    answers.read_from(recall)
    (key,) = itertools.islice(keys(answers), 1)
    put(answers, key, 20_000, "f")
    answers._is_worth_holding = lambda *_: False
    assert [hit(answers, key) for _ in range(3)] == [(b"asked", False), (b"again", False), (b"asked", False)]
    assert asked == ["f", "f"]


def test_heads_too_are_forgotten_when_there_are_too_many():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    answers.read_from(lambda _fingerprint, _etag: (b"", None))
    made = list(itertools.islice(keys(answers), 100))
    for key in made:
        put(answers, key, 6_500, "f")
        hit(answers, made[0])
    kept = held(answers, made)
    assert kept == [made[0], *made[-len(kept) + 1 :]]
    assert len(kept) >= 9, "half of the room is for heads"
    assert answers.weight <= 100_000


def test_of_a_large_answer_the_head_is_held_and_the_body_read_each_time():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    answers.read_from(lambda _fingerprint, _etag: (bytes(20_000), None))
    (key,) = itertools.islice(keys(answers), 1)
    put(answers, key, 20_000, "f")
    assert [hit(answers, key) for _ in range(2)] == [(bytes(20_000), False)] * 2


def test_an_answer_whose_body_the_cache_has_lost_is_forgotten():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    (key,) = itertools.islice(keys(answers), 1)
    put(answers, key, 20_000, "f")
    assert hit(answers, key) is None
    assert held(answers, [key]) == []


def test_an_answer_goes_on_while_what_it_rests_on_holds_but_not_for_ever():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    (key,) = itertools.islice(keys(answers), 1)
    footing = Footing(SourceRef("img", "a.jpg"), "d" * 64, None)
    left = 10.0
    answers.renew_by(lambda footings: left if footings == (footing,) else 0.0)
    answers.put(key, Ready(PictureHeaders([], []), b'"e"', deadline=10.0, footings=(footing,)), b"")
    assert answers.get(key, 15.0).head(15.0, is_bare=False).count(b"ttl=10") == 1
    assert answers.get(key, 24.9) is not None
    left = 0.0
    assert answers.get(key, 25.0) is None
    left = 10.0
    assert answers.get(key, 59.0).head(59.0, is_bare=False).count(b"ttl=1") == 1, "never beyond a minute in all"
    assert answers.get(key, 60.0) is None, "engines come and go, which nobody looked at since"


def test_a_purge_that_is_noticed_while_an_answer_is_renewed_ends_it():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    (key,) = itertools.islice(keys(answers), 1)

    def left_s(_footings):
        answers.clear()
        return 10.0

    answers.renew_by(left_s)
    footing = Footing(SourceRef("img", "a.jpg"), "d" * 64, None)
    answers.put(key, Ready(PictureHeaders([], []), b'"e"', deadline=10.0, footings=(footing,)), b"")
    assert answers.get(key, 15.0) is None


async def test_what_is_held_ends_when_another_answer_is_made(make_site, answered, clock):
    footing = Footing(SourceRef("img", "a.jpg"), "d" * 64, None)
    site = make_site(answered(footings=(footing,)))
    left = 10.0
    site.answers.renew_by(lambda _: left)
    await site.ask()
    clock.now += 61
    left = 0.0
    site.pipeline.script = answered(cache="stored", body=b"another")
    assert (await site.ask()).content == b"another"
    left = 10.0
    assert (await site.ask()).content == b"another"


def test_an_answer_that_rests_on_nothing_known_ends_with_its_time():
    answers = ReadyAnswers(100_000, offers_avif=True, by_host=False)
    (key,) = itertools.islice(keys(answers), 1)
    answers.put(key, Ready(PictureHeaders([], []), b'"e"', deadline=10.0), b"")
    assert answers.get(key, 9.9) is not None
    assert answers.get(key, 10.0) is None


def test_any_number_of_accept_headers_is_taken():
    answers = ReadyAnswers(0, offers_avif=True, by_host=False)
    for number in range(10_000):
        assert answers.key(b"", b"/", b"image/webp,x/%d" % number)[2] == "webp"
    assert answers.key(b"", b"/", b"\xff\xfe")[2] == "base"


def test_long_accept_headers_take_no_memory():
    answers = ReadyAnswers(0, offers_avif=True, by_host=False)
    tracemalloc.start()
    for number in range(200):
        assert answers.key(b"", b"/", b"image/webp,%b/%d" % (b"x" * 100_000, number))[2] == "webp"
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 1_000_000


def test_avif_that_is_not_offered_is_not_chosen():
    answers = ReadyAnswers(0, offers_avif=False, by_host=False)
    assert answers.key(b"", b"/", b"image/avif,image/webp")[2] == "webp"
    assert answers.key(b"", b"/", b"image/avif")[2] == "base"


def test_what_is_held_counts_the_life_of_its_source_down():
    lasting = PictureHeaders([(b"cache-control", b"public, max-age=50, immutable")], [], source_life_s=50)
    ready = Ready(lasting, b'"e"', deadline=500.0, made_at=100.0)
    assert ready.headers(100.0, is_bare=False)[0] == (b"cache-control", b"public, max-age=50, immutable")
    assert ready.headers(112.5, is_bare=True)[0] == (b"cache-control", b"public, max-age=38, immutable")
    assert b"max-age=0, immutable" in ready.head(170.0, is_bare=True)


def test_the_head_of_an_answer_is_http():
    lasting = PictureHeaders([(b"etag", b'"e"')], [(b"content-length", b"3")])
    ready = Ready(lasting, b'"e"', deadline=50.0)
    full, bare = ready.head(8.5, is_bare=False), ready.head(8.5, is_bare=True)
    assert full.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
    assert full.endswith(b'cache-status: imgcdn; hit; ttl=41\r\netag: "e"\r\ncontent-length: 3\r\n\r\n')
    assert bare.startswith(b"HTTP/1.1 304 Not Modified\r\ndate: ")
    assert b"content-length" not in bare
    assert b"ttl=41" in ready.head(8.9, is_bare=False)
    assert b"ttl=40" in ready.head(9.1, is_bare=False)
