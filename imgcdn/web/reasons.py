"""Why a crop is what it is, in plain sentences: each is built from the records of the decision itself."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

from imgcdn.model.analysis import Candidate, Focus, Trial
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.plan import TransformPlan
from imgcdn.model.seen import NOTHING, Seen
from imgcdn.model.spec import COMPASS, Spec
from imgcdn.planning import crop, framing, planner, sizing
from imgcdn.planning.settings import Limits

Held = Literal["whole", "cut", "outside"]
"""How much of something is in the window."""

_WEAK = 0.3
"""With less confidence no strong subject was found."""
_LEAST_TOLD = 0.005
"""Parts of a score below this are not worth a word."""
_MOST_TOLD = 3
_MOST_SHORT = 40
"""The short side of a ratio is at most this; what needs more is told as about the nearest."""
_EXACT = 1e-9
_COSTS = {"cut faces": "cutting faces", "edge": "what its edges run through", "away": "leaving the middle"}
"""What parts of a score that take something off are called in a sentence."""


def held(region: Region, window: Box, upright: Size) -> Held:
    """Say how much of a region is in the window, but for a pixel lost to rounding."""
    left, top = region.x * upright.width, region.y * upright.height
    right, bottom = left + region.width * upright.width, top + region.height * upright.height
    if right <= window.left or bottom <= window.top or left >= window.right or top >= window.bottom:
        return "outside"
    is_whole = (
        left >= window.left - 1 and top >= window.top - 1 and right <= window.right + 1 and bottom <= window.bottom + 1
    )
    return "whole" if is_whole else "cut"


def reasons(spec: Spec, plan: TransformPlan, focus: Focus | None, upright: Size, seen: Seen = NOTHING) -> list[str]:
    """Tell who was asked in vain, who decided and how, which faces are kept, and why the window has its size."""
    region = planner.region_of(spec, upright, seen)
    whole = "the picture" if spec.rect is None else "the part that rect names"
    if seen.trimmed is not None:
        whole = "what trim leaves"
    # Limits change sizes, never the shape.
    frame = sizing.frame(spec, region.size, Limits())
    if focus is None:
        if frame.aspect is None:
            return [f"nothing is cut away: fit={frame.fit.value} keeps all of {whole}"]
        return [f"nothing is cut away: {whole} has the shape {_shape(frame.aspect)} that is asked for"]
    sentences = [f"{trial.engine} did not decide: {trial.outcome}" for trial in focus.tried if _missed(trial)]
    sentences += _decision(spec, focus)
    sentences += _kept(focus, plan.window, upright)
    aspect = region.size.aspect if frame.aspect is None else frame.aspect
    if focus.faces and framing.is_framed(spec):
        sentences += _framed(spec, focus.faces, aspect, region, upright)
    else:
        sentences += _sized(spec, aspect, region.size, whole)
    if not (focus.faces or focus.things or focus.candidates):
        sentences.append(_centred(focus, plan.window, region, upright))
    if not focus.is_final:
        sentences.append("an engine could not look, so this crop may change once it can")
    return sentences


def _missed(trial: Trial) -> bool:
    return trial.outcome != "used" and trial.engine != "override"


def _decision(spec: Spec, focus: Focus) -> Iterator[str]:
    used = next((trial for trial in focus.tried if trial.outcome == "used"), None)
    if focus.engine == "fp":
        missed = any(_missed(trial) for trial in focus.tried)
        yield "fp is next in the list" if missed else "fp names the point, so no engine was asked"
    elif focus.engine == "override":
        yield "an art director's override decided; it beats every engine"
    elif focus.engine in COMPASS:
        yield _place(spec, focus)
    elif used is not None and focus.candidates:
        yield from _weighed(spec, focus, used)
    elif used is not None and focus.faces:
        yield _chosen(spec, focus, used)
    elif focus.things:
        yield f"{focus.engine} decided, by {_number(len(focus.things), 'thing')} of that kind"
        for match in used.matches if used is not None else ():
            if match.by == "meaning":
                yield f"{match.hint} was taken for {match.label}, whose meaning is near ({match.nearness:.2f})"
    else:
        yield f"{focus.engine} decided, by a point"


def _place(spec: Spec, focus: Focus) -> str:
    if focus.engine not in spec.gravity:
        return "nobody decided, so the window stays in the middle"
    if any(_missed(trial) for trial in focus.tried):
        return f"{focus.engine} is next in the list, and names a place"
    return f"{focus.engine} names a place, so no engine was asked"


def _weighed(spec: Spec, focus: Focus, used: Trial) -> Iterator[str]:
    best, *others = focus.candidates
    before = f", before fpz={spec.zoom:g} makes it smaller," if spec.zoom > 1 else ""
    places = "" if used.weighed is None else f"{used.weighed} places for the "
    yield f"{focus.engine} weighed {places}window; the best one{before} {_worth(best)}"
    if others and best.parts.get("away") == 0:
        yield "it is the one in the middle; leaving that costs a little"
    if others:
        yield f"the next best apart from it {_worth(others[0])}{_loss(best, others[0])}"
    told = sorted((part for part in best.parts.items() if part[1] >= _LEAST_TOLD), key=lambda part: -part[1])
    if told:
        yield "what counts most in it: " + ", ".join(f"{name} {part:.2f}" for name, part in told[:_MOST_TOLD])
    if focus.confidence is not None:
        weak = f"; below {_WEAK} nothing stands out clearly" if focus.confidence < _WEAK else ""
        yield f"the confidence is {focus.confidence:.2f}{weak}"


def _worth(candidate: Candidate) -> str:
    worth = f"is worth {candidate.score:z.3f}"
    return worth if candidate.kept is None else f"keeps {_percent(candidate.kept)} of what matters and {worth}"


def _loss(best: Candidate, other: Candidate) -> str:
    """Name what speaks most for the better one."""
    losses = {name: part - other.parts.get(name, 0.0) for name, part in best.parts.items()}
    name = max(losses, key=lambda name: losses[name], default="")
    is_told = bool(name) and losses[name] >= _LEAST_TOLD
    return f"; it loses most by {_COSTS.get(name, name)} ({losses[name]:.3f})" if is_told else ""


def _chosen(spec: Spec, focus: Focus, used: Trial) -> str:
    found = len(focus.faces) if used.faces is None else used.faces
    sure = f"{_number(found, 'face')} {_were(found)} found with a confidence of face_min={spec.face_min:g} or more"
    one = f"with a confidence of {focus.faces[0].score:.2f}"
    if spec.face_index is not None and spec.face_index <= found:
        return f"{focus.engine} decided: {sure}; face_index={spec.face_index} counts by size and takes the one {one}"
    if spec.face_index is not None:
        sure += f", so face_index={spec.face_index} is beyond the last and changes nothing"
    if focus.engine == "face":
        most = "" if found == 1 else "; the surest counts, where a large face makes up for a little doubt"
        return f"face decided: {sure}{most}: the one {one}"
    return f"{focus.engine} decided: {sure}; the largest and surest come first"


def _kept(focus: Focus, window: Box, upright: Size) -> Iterator[str]:
    decided = focus.faces or focus.things
    if decided:
        kind = "face" if focus.faces else "thing"
        yield f"{_of(len(decided), kind)} that decided {_tally(decided, window, upright)}"
    if focus.candidates and focus.tried:
        seen = focus.tried[-1].seen
        if seen:
            yield f"{_of(len(seen), 'face')} weighed with the rest {_tally(seen, window, upright)}"
        elif seen is not None:
            yield "no face was found to be weighed with the rest"


def _tally(regions: Sequence[Region], window: Box, upright: Size) -> str:
    states: list[str] = [held(region, window, upright) for region in regions]
    texts = {"whole": "whole in the window", "cut": "cut at its edge", "outside": "outside of it"}
    if len(states) == 1:
        return f"is {texts[states[0]]}"
    counts = [(states.count(state), text) for state, text in texts.items()]
    return ", ".join(f"{n} {'is' if n == 1 else 'are'} {text}" for n, text in counts if n)


def _framed(spec: Spec, faces: tuple[Region, ...], aspect: float, region: Box, upright: Size) -> Iterator[str]:
    """Tell how large a window was wanted around the faces, and whether there is room for it."""
    pad = framing.padding(spec)
    width, height = framing.wanted_size(spec, faces, aspect, upright)
    tallest = max(face.height for face in faces) * upright.height
    if spec.face_preset is None:
        box = "the face's box" if len(faces) == 1 else "the box of all faces"
        yield f"face_pad={pad:g} asks for {pad:g} times {box}, made up to the shape {_shape(aspect)}"
    else:
        times = framing.MULTIPLIERS[spec.face_preset]
        padded = "" if spec.face_pad is None else f" times face_pad={pad:g}"
        face = "the face" if len(faces) == 1 else "the highest face"
        yield f"face_preset={spec.face_preset.value} asks for a window {times:g}{padded} times as high as {face}"
        if height > tallest * times * pad * 1.001:
            yield "the window is higher than that, so that all faces fit"
    factor = min(region.width / width, region.height / height)
    if factor < 1:
        yield f"there is room for {_percent(factor)} of that size"


def _sized(spec: Spec, aspect: float, region: Size, whole: str) -> Iterator[str]:
    """Tell why a window that no face sizes is as large as it is."""
    if framing.is_framed(spec):
        yield "no face decided, so face_preset and face_pad change nothing"
    size = crop.window_size(region, aspect, 1.0)
    if size == region:
        yield f"the window has the shape of {whole}"
    else:
        side = "height" if size.height == region.height else "width"
        yield f"the window has the shape {_shape(aspect)} and all of the {side} of {whole}"
    if spec.zoom > 1:
        yield f"fpz={spec.zoom:g} then divides both sides of it by {spec.zoom:g}"


def _centred(focus: Focus, window: Box, region: Box, upright: Size) -> str:
    at = f"{focus.point.x:.3f}, {focus.point.y:.3f}"
    off_x = abs(window.left + window.width / 2 - focus.point.x * upright.width)
    off_y = abs(window.top + window.height / 2 - focus.point.y * upright.height)
    is_there = (off_x <= 1 or window.width == region.width) and (off_y <= 1 or window.height == region.height)
    return f"the window is centred on {at}" + ("" if is_there else ", as nearly as the edges allow")


def _shape(aspect: float) -> str:
    """Write width / height in small whole numbers, with a word of caution where they are not quite it."""
    long = max(aspect, 1 / aspect)
    ratio = Fraction(long).limit_denominator(_MOST_SHORT)
    about = "" if abs(ratio - long) < _EXACT * long else "of about "
    sides = (ratio.numerator, ratio.denominator) if aspect >= 1 else (ratio.denominator, ratio.numerator)
    return f"{about}{sides[0]}:{sides[1]}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _of(number: int, noun: str) -> str:
    return f"the {noun}" if number == 1 else f"of the {number} {noun}s"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
