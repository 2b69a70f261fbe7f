"""Disks that are full or read-only, and what is kept on them damaged by hand."""

import json
import random
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from faulting.killing import FIRST
from faulting.running import Running, SmallDisk, can_mount
from faulting.verdicts import Ledger
from faulting.visitors import Pulse, Rights, ask_all, json_of
from faulting.world import World

_DAMAGES = 60
_FRESH = 15
_TOUCHED_AFTER_S = 0.1
_RETRIED_AFTER_S = 11.0
"""A store that could not be opened is tried again after ten seconds."""


def full_disk(world: World, rights: Rights, ledger: Ledger) -> None:
    """Fill the disk under a server; what it says is kept must be kept, and once there is room again all is."""
    if not can_mount():
        _skip(ledger, "only root may mount a small disk")
        return
    chosen = _some(world, rights, 3)
    world.publish("t")  # the same pictures under other names, to be fetched while there is no room
    others = {target.replace("/web/s", "/web/t"): right for target, right in list(rights.items())[-len(chosen) :]}
    disk = SmallDisk(world.place / "small", "120m")
    server = Running(world.place / "full", world.settings(), fronts=2, cache=disk.at / "cache")
    try:
        server.start().complete()
        with Pulse(server.port, FIRST, rights[FIRST], ledger):
            first = ask_all(server.port, chosen, ledger)
            disk.fill()
            found = first | ask_all(server.port, others, ledger)
            kept = {target for target, answer in found.items() if answer.is_acknowledged}
            ledger.note(
                f"{len(kept - set(first))} of {len(others)} acknowledged while it was full, {_degraded(server)}"
            )
            ask_all(server.port, chosen | others, ledger)
            with ledger.restarting():
                server.kill_all()
                server.start()
            ask_all(server.port, chosen | others, ledger)
            disk.empty()
            time.sleep(_RETRIED_AFTER_S)
            ask_all(server.port, {target: right for target, right in others.items() if target not in kept}, ledger)
            time.sleep(1)
            again = ask_all(server.port, {target: (chosen | others)[target] for target in kept}, ledger)
            for target, answer in again.items():
                if answer.status == 200 and not answer.is_hit:
                    ledger.wrong(f"{target}: was acknowledged and is lost with the disk that was full")
            after = ask_all(server.port, chosen | others, ledger)
        late = [target for target, answer in after.items() if answer.status == 200 and not answer.is_hit]
        if late:
            ledger.wrong(f"{len(late)} of {len(after)} are not kept although there is room again")
    finally:
        server.end()
        disk.close()


def read_only(world: World, rights: Rights, ledger: Ledger) -> None:
    """Fill a folder, make its disk read-only, start on it, and ask for what is kept and for what is not."""
    if not can_mount():
        _skip(ledger, "only root may mount a disk of its own")
        return
    chosen = _some(world, rights, 4)
    kept = dict(list(chosen.items())[::2])
    disk = SmallDisk(world.place / "ro", "120m")
    server = Running(world.place / "readonly", world.settings(), fronts=2, cache=disk.at / "cache").start()
    try:
        ask_all(server.port, kept, ledger)
        with ledger.restarting():
            server.kill_all()
            disk.change("ro")
            server.start()
        with Pulse(server.port, FIRST, rights[FIRST], ledger):
            found = ask_all(server.port, chosen, ledger)
            found = ask_all(server.port, chosen, ledger)
        hits = sum(found[target].is_hit for target in kept)
        ledger.note(f"{hits} of {len(kept)} that were kept are hits, {_degraded(server)}")
        said = [target for target, answer in found.items() if target not in kept and answer.is_acknowledged]
        if said:
            ledger.wrong(f"{len(said)} were acknowledged that cannot be kept, {said[0]} for one")
    finally:
        server.end()
        disk.close()


def damaged_by_hand(world: World, rights: Rights, ledger: Ledger) -> None:
    """Change rows and files of every store in every way, while the server runs, and ask for all after each."""
    chosen = _some(world, rights, 6)
    server = Running(world.place / "damaged", world.settings("[cache]\nmemory_bytes = 0\n"), fronts=2).start()
    hand = Hand(server.cache, random.Random(world.seed))
    unseen = [target for target in rights if target not in chosen]
    try:
        ask_all(server.port, chosen, ledger)
        with Pulse(server.port, FIRST, rights[FIRST], ledger):
            for number in range(_DAMAGES):
                time.sleep(_TOUCHED_AFTER_S)
                hand.damage(number)
                if number % 4 == 3:
                    # What is new is made of the originals, whatever they are by now.
                    fresh = {target: rights[target] for target in unseen[:_FRESH]}
                    del unseen[:_FRESH]
                    ask_all(server.port, chosen | fresh, ledger, seed=number)
                if number % 20 == 19:
                    with ledger.restarting():
                        server.kill_all()
                        hand.damage(number)
                        server.start()
                    ask_all(server.port, chosen, ledger, seed=number)
        ledger.note(", ".join(f"{what} {count}" for what, count in sorted(hand.done.items())))
        time.sleep(0.5)
        after = ask_all(server.port, chosen, ledger)
        late = sum(answer.status == 200 and not answer.is_hit for answer in after.values())
        if late:
            ledger.wrong(f"{late} of {len(chosen)} are not kept again after the damage")
    finally:
        server.end()


class Hand:
    """Somebody with an editor in the cache folder."""

    def __init__(self, cache: Path, chance: random.Random) -> None:
        self._cache, self._chance = cache, chance
        self.done: dict[str, int] = {}

    def damage(self, number: int) -> None:
        ways = (
            self._flip_row,
            self._flip_file,
            self._swap_rows,
            self._cut_file,
            self._swap_files,
            self._odd_columns,
            self._lose_file,
            self._cut_generation,
            self._scribble_log,
            self._scribble_database,
        )
        way = ways[number % len(ways)]
        store = ("renditions", "references", "originals")[number // len(ways) % 3]
        with suppress(sqlite3.Error, OSError):
            way(store)
            name = way.__name__.strip("_").replace("_", " ")
            self.done[name] = self.done.get(name, 0) + 1

    def _sql(self, store: str, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self._cache / store / "cache.db", timeout=5, isolation_level=None)) as line:
            return line.execute(statement, values).fetchall()

    def _rows(self, store: str) -> list[tuple[object, ...]]:
        rows = self._sql(store, "SELECT rowid, value FROM Cache WHERE value IS NOT NULL ORDER BY rowid")
        return self._chance.sample(rows, min(5, len(rows)))

    def _files(self, store: str) -> list[Path]:
        files = sorted((self._cache / store).glob("??/*.val"))
        return self._chance.sample(files, min(5, len(files)))

    def _flip_row(self, store: str) -> None:
        for row, value in self._rows(store):
            spoilt = bytearray(value)  # type: ignore[arg-type]
            spoilt[self._chance.randrange(len(spoilt))] ^= 1 << self._chance.randrange(8)
            self._sql(store, "UPDATE Cache SET value = ? WHERE rowid = ?", bytes(spoilt), row)

    def _swap_rows(self, store: str) -> None:
        rows = self._rows(store)
        for (row, _), (_, value) in zip(rows, [*rows[1:], *rows[:1]], strict=True):
            self._sql(store, "UPDATE Cache SET value = ? WHERE rowid = ?", value, row)

    def _odd_columns(self, store: str) -> None:
        for odd in ("access_time = 'never'", "access_time = 9e99", "mode = 4", "value = NULL", "filename = '../../x'"):
            self._sql(store, f"UPDATE Cache SET {odd} WHERE rowid = (SELECT max(rowid) - abs(random()) % 9 FROM Cache)")

    def _flip_file(self, store: str) -> None:
        for path in self._files(store):
            body = bytearray(path.read_bytes())
            at = len(body) // 2  # in the pixels, where decoders notice nothing
            body[at : at + 64] = bytes(byte ^ 0x15 for byte in body[at : at + 64])
            path.write_bytes(bytes(body))

    def _cut_file(self, store: str) -> None:
        for path in self._files(store):
            path.write_bytes(path.read_bytes()[: self._chance.choice((0, 10, 30_000))])

    def _swap_files(self, store: str) -> None:
        files = self._files(store)
        bodies = [path.read_bytes() for path in files]
        for path, body in zip(files, [*bodies[1:], *bodies[:1]], strict=True):
            # As long as it was, so that only its content tells.
            path.write_bytes((body + bytes(path.stat().st_size))[: path.stat().st_size])

    def _lose_file(self, store: str) -> None:
        for path in self._files(store):
            path.unlink()

    def _cut_generation(self, _: str) -> None:
        path = self._cache / "generation"
        path.write_bytes(path.read_bytes()[:3] if path.exists() else b"what?")

    def _scribble_log(self, store: str) -> None:
        self._scribble(self._cache / store / "cache.db-wal")

    def _scribble_database(self, store: str) -> None:
        self._scribble(self._cache / store / "cache.db")

    def _scribble(self, path: Path) -> None:
        with path.open("r+b") as file:
            size = path.stat().st_size
            for _ in range(3):
                file.seek(self._chance.randrange(max(1, size)))
                file.write(self._chance.randbytes(512))


def _some(world: World, rights: Rights, share: int) -> Rights:
    """Return a part of all URLs, the one that the pulse asks for among them."""
    return dict(list(rights.items())[: max(40, world.writes // share)])


def _degraded(server: Running) -> str:
    with suppress(ValueError):
        said = json.loads(json_of(server.port, "/-/ready")).get("degraded", {})
        return "degraded: " + (", ".join(said) or "nothing")
    return "no word"


def _skip(ledger: Ledger, why: str) -> None:
    ledger.is_skipped = True
    ledger.note(why)
