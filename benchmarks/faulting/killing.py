"""Processes that are killed while pictures are written, and two servers on one folder."""

import random
from concurrent.futures import ThreadPoolExecutor

from faulting.running import PARENT, ROLES, Running
from faulting.verdicts import Ledger
from faulting.visitors import Pulse, Rights, Trouble, ask_all, render_all
from faulting.world import World

_PACE_S = 0.22
"""What each of six visitors waits after an answer: so that some hundred kills fall among 1,000 writes."""
_KILL_EVERY_S = (0.1, 1.4)
_WRITES_BETWEEN = 3
_WEIGHTS = {"a render worker": 40, "an analysis worker": 15, "a front": 40, PARENT: 5}
_OWN_SILENCE_S = 2.0
_START_SILENCE_S = 60.0
FIRST = "/web/s0.jpg?w=99&h=99&format=png&gravity=center"


def same_twice(world: World, ledger: Ledger) -> Rights:
    """Render everything on two servers of their own; what they answer is what is right, if both say the same."""
    targets = [FIRST, *world.targets(world.writes)]
    found = []
    for turn in (1, 2):
        server = Running(world.place / f"clean{turn}", world.settings()).start()
        try:
            found.append(render_all(server.port, targets))
        finally:
            server.end()
    ledger.counts["answers"] = 2 * len(targets)
    for target, right in found[0].items():
        if right == found[1][target]:
            ledger.counts["right"] += 2
        else:
            ledger.wrong(f"{target}: two renders differ")
    return {target: (right,) for target, right in found[0].items()}


def killed_while_writing(world: World, rights: Rights, ledger: Ledger) -> None:
    """Kill something every half second while everything is written; restart; require all that was acknowledged."""
    server = Running(world.place / "killed", world.settings("[render]\nworkers = 2\n"), fronts=2).start()
    chance = random.Random(world.seed)

    written_before = 0

    def kill() -> None:
        nonlocal written_before
        written = len(ledger.acknowledged)
        if written < written_before + _WRITES_BETWEEN:
            return  # on a slow machine nobody would ever get to work
        written_before = written
        role = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if role == PARENT:
            ledger.killed(role)
            with ledger.restarting():
                server.kill_all()
                server.start()
            return
        if role == "a front" and len(server.listening()) < server.fronts:
            return  # one front must be there to answer
        pids = server.pids(role)
        if pids:
            ledger.killed(role)
            server.kill(chance.choice(pids))

    with Pulse(server.port, FIRST, rights[FIRST], ledger), Trouble(kill, _KILL_EVERY_S, world.seed):
        ask_all(server.port, rights, ledger, pause_s=_PACE_S, seed=world.seed)
    acknowledged = set(ledger.acknowledged)
    server.kill_all()
    server.start()
    lost = _recall(server, {target: rights[target] for target in sorted(acknowledged)}, ledger)
    ledger.note(f"{len(acknowledged)} acknowledged, {lost} of them not kept")
    _check_silence(ledger)
    _check_left(server, ledger)
    server.end()


def _recall(server: Running, rights: Rights, ledger: Ledger) -> int:
    """Ask for all again; each must be a hit, and right. Return how many were not kept."""
    again = Ledger("again")
    found = ask_all(server.port, rights, again)
    ledger.counts += again.counts
    ledger.violations += again.violations
    lost = [target for target, answer in found.items() if answer.status == 200 and not answer.is_hit]
    for target in lost:
        ledger.wrong(f"{target}: was acknowledged and is lost")
    return len(lost)


def _check_silence(ledger: Ledger) -> None:
    own, starts = ledger.longest_silence_s()
    if own > _OWN_SILENCE_S:
        ledger.wrong(f"nobody was answered for {own:.2f} s although a front was there")
    if starts > _START_SILENCE_S:
        ledger.wrong(f"nobody was answered for {starts:.2f} s around a start")


def _check_left(server: Running, ledger: Ledger) -> None:
    """Whoever was killed left folders behind: those of the dead must go when the next one starts."""
    left = sorted(path.name for path in (server.place / "tmp").iterdir() if path.name.startswith("imgcdn-"))
    if len(left) > 1:
        ledger.wrong(f"folders of dead servers are left: {left}")
    died = {role: ledger.counts[f"killed {role}"] for role in (*ROLES, PARENT)}
    ledger.note("killed: " + ", ".join(f"{role} {count} times" for role, count in died.items()))


def two_servers(world: World, rights: Rights, ledger: Ledger) -> None:
    """Ask two servers with a cache folder in common for the same at the same time."""
    chosen = dict(list(rights.items())[: world.writes // 4])
    cache = world.place / "common"
    servers = [Running(world.place / f"common{n}", world.settings(), fronts=n, cache=cache).start() for n in (1, 2)]
    try:
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda server: ask_all(server.port, chosen, ledger, visitors=3), servers))
        made = ledger.counts["right"] - ledger.counts["hits"]
        ledger.note(f"{len(chosen)} URLs asked of both: {ledger.counts['hits']} hits, {made} made")
    finally:
        for server in servers:
            server.end()
