"""Origins that fail, lie and change, a clock that goes back, and a scan of 10,000 widths."""

import random
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyvips
from servers import family, memory_mb

from faulting.killing import FIRST
from faulting.origin import WAYS, Picture
from faulting.running import Running
from faulting.verdicts import Ledger, Right, size_of
from faulting.visitors import Pulse, Rights, Trouble, Visitor, ask_all, render_all
from faulting.world import LONG_S, World, picture

_SOURCES = 8
_SIZES = ("w=120&h=90&format=jpeg", "w=90&h=120&format=webp", "w=200&format=png")
_FLAPS_S = 20.0
_HEALED_WITHIN_S = 10.0
_DAY = 86_400.0
_WIDEST = 8192
_WIDTHS = 10_000
_SAMPLE = 25
_BUDGET = 8 * 2**20
_FAILURES = {502, 504, 415, 422}
"""What an origin that fails may come to when nothing was known of the source before."""


def _versions() -> tuple[list[bytes], list[bytes]]:
    return (
        [picture(number) for number in range(_SOURCES)],
        [picture(number + 1, 480, 720) for number in range(_SOURCES)],
    )


def _rights_of_versions(world: World) -> dict[str, tuple[Right, Right]]:
    """Render both versions of all sources where nothing happens."""
    for letter, bodies in zip("ab", _versions(), strict=True):
        for number, body in enumerate(bodies):
            world.origin.pictures[f"/clean-{letter}{number}.jpg"] = Picture(body, LONG_S)
    targets = [f"/web/clean-{letter}{n}.jpg?{size}" for letter in "ab" for n in range(_SOURCES) for size in _SIZES]
    with _running(Running(world.place / "versions", world.settings())) as server:
        found = render_all(server.port, targets)
    return {
        f"/web/o{n}.jpg?{size}": (found[f"/web/clean-a{n}.jpg?{size}"], found[f"/web/clean-b{n}.jpg?{size}"])
        for n in range(_SOURCES)
        for size in _SIZES
    }


@contextmanager
def _running(server: Running) -> Iterator[Running]:
    try:
        yield server.start()
    finally:
        server.end()


def origin_that_fails(world: World, rights: Rights, ledger: Ledger) -> None:
    """Let known pictures' origin fail in every way and change bytes under one entity tag, and unknown ones' too."""
    either = _rights_of_versions(world)
    first, second = _versions()
    for number, body in enumerate(first):
        world.origin.pictures[f"/o{number}.jpg"] = Picture(body, 1, etag='"same"')
    chance = random.Random(world.seed)
    known = [world.origin.pictures[f"/o{number}.jpg"] for number in range(_SOURCES)]

    def flap() -> None:
        number = chance.randrange(_SOURCES)
        known[number].way = chance.choice(("", *WAYS))
        known[number].body = chance.choice((first, second))[number]

    server = Running(world.place / "origin", world.settings(), fronts=2)
    with _running(server), Pulse(server.port, FIRST, rights[FIRST], ledger):
        ask_all(server.port, {target: right[:1] for target, right in either.items()}, ledger)
        until = time.monotonic() + _FLAPS_S
        with Trouble(flap, (0.05, 0.3), world.seed):
            while time.monotonic() < until:
                ask_all(server.port, either, ledger, visitors=4, pause_s=0.02)
        for number, one in enumerate(known):
            one.way, one.body = "", second[number]
        _until_right(server, {target: right[1:] for target, right in either.items()}, ledger, "bytes that changed")
        _unknown(world, server, either, ledger)
    ledger.note(f"the origin was asked {world.origin.asked} times in all")


def _unknown(world: World, server: Running, either: Rights, ledger: Ledger) -> None:
    """Sources that fail at the first question: an error, and the picture once it is there."""
    body = _versions()[0][0]
    right = either[f"/web/o0.jpg?{_SIZES[0]}"][0]
    visitor = Visitor(server.port)
    wanted = {}
    for way in WAYS:
        world.origin.pictures[f"/new-{way}.jpg"] = Picture(body, LONG_S, etag='"same"', way=way)
        target = f"/web/new-{way}.jpg?{_SIZES[0]}"
        wanted[target] = (right,)
        for _ in range(3):
            answer = visitor.get(target)
            ledger.counts["errors of the origin"] += 1
            if answer.status not in _FAILURES:
                ledger.wrong(f"{target}: {answer.status} of an origin that fails so")
    for way in WAYS:
        world.origin.pictures[f"/new-{way}.jpg"].way = ""
    _until_right(server, wanted, ledger, "an origin that is well again")


def _until_right(server: Running, rights: Rights, ledger: Ledger, what: str) -> None:
    """Ask until all is right, and count only what is wrong after that, or too late."""
    visitor = Visitor(server.port)
    begun = time.monotonic()
    waiting = dict(rights)
    while waiting and time.monotonic() - begun < _HEALED_WITHIN_S:
        waiting = {t: right for t, right in waiting.items() if visitor.get(t).digest != right[0].digest}
        time.sleep(0.05)
    for target in waiting:
        ledger.wrong(f"{target}: {what} is not shown within {_HEALED_WITHIN_S:g} s")
    ledger.note(f"{what}: shown after {time.monotonic() - begun:.1f} s")
    # Each front shows what it knows once, while it asks.
    for _ in range(4):
        for target in rights:
            Visitor(server.port).get(target)
    time.sleep(1)
    if not waiting:
        ask_all(server.port, rights, ledger)


def clock_that_goes_back(world: World, _: Rights, ledger: Ledger) -> None:
    """Put the clock 30 days ahead and back, running and over a restart: nothing is believed longer than its life."""
    either = _rights_of_versions(world)
    one, other = ({target: right[at : at + 1] for target, right in either.items()} for at in (0, 1))
    bodies = _versions()
    file = world.place / "clock"
    program = (str(Path(__file__).with_name("clocked.py")), str(file))

    def publish(version: int) -> None:
        for number, body in enumerate(bodies[version]):
            world.origin.pictures[f"/o{number}.jpg"] = Picture(body, 3600)

    def put(days: float) -> None:
        file.write_text(str(days * _DAY), encoding="ascii")

    publish(0)
    put(0)
    settings = world.settings("[cache]\nmemory_bytes = 0\n")
    with _running(Running(world.place / "clocked", settings, program=program)) as server:
        ask_all(server.port, one, ledger)
        put(30)
        ask_all(server.port, one, ledger)  # asked again, for their hour is over
        time.sleep(1)
        publish(1)
        ask_all(server.port, one, ledger)  # its hour is not over
        put(0)
        _until_right(server, other, ledger, "what changed when the clock went back")
        with ledger.restarting():
            server.kill_all()
            put(-30)
            publish(0)
            server.start()
        _until_right(server, one, ledger, "what changed when it went back over a restart")
        put(30)
        publish(1)
        _until_right(server, other, ledger, "what changed when it went ahead")


def scanned_widths(world: World, rights: Rights, ledger: Ledger) -> None:
    """Ask for 10,000 widths of one picture as fast as they come, and for hits meanwhile."""
    body = pyvips.Image.new_from_buffer(picture(3), "").resize(_WIDEST / 720, vscale=64 / 480).jpegsave_buffer(Q=80)
    world.origin.pictures["/strip.jpg"] = Picture(bytes(body), LONG_S)
    widths = list(range(1, _WIDTHS + 1))
    random.Random(world.seed).shuffle(widths)
    with _running(Running(world.place / "strip", world.settings())) as clean:
        wanted = render_all(clean.port, [_strip(width) for width in widths[::_SAMPLE] if width <= _WIDEST])
    took_s: list[float] = []
    is_over = threading.Event()
    settings = world.settings(f"[cache]\nrenditions_bytes = {_BUDGET}\n")
    with _running(Running(world.place / "widths", settings, fronts=2)) as server:
        ask_all(server.port, {FIRST: rights[FIRST]}, ledger)
        before_mb = memory_mb(family(server.everybody()[0]))
        watching = threading.Thread(target=_watch, args=(server.port, took_s, is_over))
        watching.start()
        begun = time.monotonic()
        with Pulse(server.port, FIRST, rights[FIRST], ledger), ThreadPoolExecutor(8) as crowd:
            lines = threading.local()
            list(crowd.map(lambda width: _ask_width(server.port, lines, width, wanted, ledger), widths))
        ended_s = time.monotonic() - begun
        is_over.set()
        watching.join()
        held = sum(path.stat().st_size for path in (server.cache / "renditions").rglob("*") if path.is_file())
        grown_mb = memory_mb(family(server.everybody()[0])) - before_mb
    hits_ms = statistics.quantiles([took * 1000 for took in took_s], n=100)
    ledger.note(
        f"{_WIDTHS} widths in {ended_s:.0f} s; a hit meanwhile p50 {hits_ms[49]:.1f}, p99 {hits_ms[98]:.1f} ms; "
        f"{held / 2**20:.1f} MiB kept of 8 allowed; memory {grown_mb:+.0f} MB"
    )
    if held > _BUDGET * 1.5:  # SQLite's log counts here, too
        ledger.wrong(f"{held} bytes are kept of {_BUDGET} allowed")


def _strip(width: int) -> str:
    return f"/web/strip.jpg?w={width}&format=jpeg&gravity=center"


def _ask_width(port: int, lines: threading.local, width: int, wanted: dict[str, Right], ledger: Ledger) -> None:
    if not hasattr(lines, "visitor"):
        lines.visitor = Visitor(port)
    target = _strip(width)
    right = wanted.get(target)
    if right is not None:
        lines.visitor.insist(target, (right,), ledger, {})
        return
    for _ in range(200):
        answer = lines.visitor.get(target)
        if answer.status != 503:
            break
        ledger.counts["refused"] += 1
        time.sleep(0.1)
    ledger.alive()
    ledger.counts["answers"] += 1
    if width > _WIDEST:
        ledger.counts["errors of the visitor"] += 1
        if answer.status != 400:
            ledger.wrong(f"{target}: {answer.status}, expected 400")
    elif answer.status != 200 or size_of(answer.body)[0] != width:
        ledger.wrong(f"{target}: {answer.status}, {len(answer.body)} bytes")
    else:
        ledger.counts["right"] += 1


def _watch(port: int, took_s: list[float], is_over: threading.Event) -> None:
    visitor = Visitor(port)
    while not is_over.wait(0.01):
        begun = time.monotonic()
        visitor.get(FIRST)
        took_s.append(time.monotonic() - begun)
