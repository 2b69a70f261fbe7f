"""Does to a real server what goes wrong in the world, and holds every answer against what is right.

    python benchmarks/faults.py                      # all phases, 1,000 writes
    python benchmarks/faults.py kills damage         # some
    python benchmarks/faults.py --writes 200 --seed 7

Processes are real, started as a user starts them; the origin is a real one on loopback. Ends with status 1 when a
wrong byte was served, something acknowledged was lost, or nobody was answered.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from faulting import disks, killing, origins
from faulting.verdicts import Ledger
from faulting.visitors import Rights
from faulting.world import World, make_world

Phase = Callable[[World, Rights, Ledger], None]
PHASES: dict[str, tuple[str, Phase]] = {
    "kills": ("kill -9 of any process while writing", killing.killed_while_writing),
    "servers": ("two servers, one folder", killing.two_servers),
    "full": ("a full disk", disks.full_disk),
    "readonly": ("a read-only folder", disks.read_only),
    "damage": ("rows and files damaged by hand", disks.damaged_by_hand),
    "origin": ("an origin that fails, lies and changes", origins.origin_that_fails),
    "clock": ("a clock that goes back", origins.clock_that_goes_back),
    "widths": ("10,000 widths", origins.scanned_widths),
}
_COLUMNS = ("answers", "right", "hits", "304", "stand-ins", "refused", "cut", "kills", "violations")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("phases", nargs="*", metavar="PHASE", help=f"of {', '.join(PHASES)}")
    parser.add_argument("--writes", type=int, default=1000, help="URLs that are written while processes are killed")
    parser.add_argument("--seed", type=int, default=20, help="the same seed does the same at about the same moments")
    parser.add_argument("--keep", type=Path, help="work in this folder, and leave logs and caches there")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.phases) - set(PHASES))
    if unknown:
        parser.error(f"there is no phase {', '.join(unknown)}")
    place = arguments.keep or Path(tempfile.mkdtemp(prefix="faults-"))
    place.mkdir(parents=True, exist_ok=True)
    world = make_world(place, arguments.seed, arguments.writes)
    try:
        ledgers = run(world, arguments.phases or list(PHASES))
    finally:
        world.origin.close()
        if arguments.keep is None:
            shutil.rmtree(place, ignore_errors=True)
    show(ledgers)
    return 1 if any(ledger.violations for ledger in ledgers) else 0


def run(world: World, phases: list[str]) -> list[Ledger]:
    if not world.has_faces:
        print("the face models are not there (imgcdn models pull): gravity=face is left out", file=sys.stderr)
    world.publish()
    first = Ledger("renders are the same on two servers")
    begun = time.monotonic()
    rights = killing.same_twice(world, first)
    first.note(f"{time.monotonic() - begun:.0f} s")
    told(first)
    ledgers = [first]
    for name in phases:
        title, phase = PHASES[name]
        ledger = Ledger(title)
        begun = time.monotonic()
        phase(world, rights, ledger)
        ledger.note(f"{time.monotonic() - begun:.0f} s")
        told(ledger)
        ledgers.append(ledger)
    return ledgers


def told(ledger: Ledger) -> None:
    print(f"{ledger.name}: {ledger.verdict}; {'; '.join(ledger.notes)}", file=sys.stderr)
    for violation in ledger.violations:
        print(f"  {violation}", file=sys.stderr)


def show(ledgers: list[Ledger]) -> None:
    """Print the table, and what there is to say beside the numbers."""
    print("| phase | " + " | ".join(_COLUMNS) + " | longest silence s | around starts s | verdict |")
    print("|---" * (len(_COLUMNS) + 4) + "|")
    for ledger in ledgers:
        own, starts = ledger.longest_silence_s()
        counts = " | ".join(f"{ledger.counts[column]:,}" for column in _COLUMNS)
        silences = f"{own:.2f} | {starts:.2f}" if ledger is not ledgers[0] else "– | –"
        print(f"| {ledger.name} | {counts} | {silences} | {ledger.verdict} |")
    print()
    for ledger in ledgers:
        print(f"- {ledger.name}: {'; '.join(ledger.notes)}")


if __name__ == "__main__":
    sys.exit(main())
