"""From a_ to quarter turns, mirrors and angles, in the one order that plans have."""

from imgcdn.dialects.cloudinary import arguments
from imgcdn.dialects.cloudinary.component import Component
from imgcdn.dialects.cloudinary.draft import Draft, Rank
from imgcdn.dialects.cloudinary.row import bad, irreducible
from imgcdn.dialects.readers import UnreadableError

_MIRRORS = {"vflip": (True, False), "hflip": (False, True)}
_RIGHT = 90
_STILL = frozenset({"0", "90", "180", "270", "-90", "-180", "-270", *_MIRRORS})


def apply(draft: Draft, component: Component) -> None:
    """Turn the draft. Raises InvalidParameterError, and ConflictingParametersError for what has no place in a plan."""
    if not component.has("a"):
        return
    words = component.all("a")
    # One colour all over the picture is the same however it is turned.
    if draft.done is not Rank.WASH or not all(word in _STILL for word in words):
        draft.come_to(Rank.TURN, component.text)
    for word in words:
        if word == "ignore":
            draft.fields["orientation"] = 0
        elif word == "exif":
            draft.fields.pop("orientation", None)
        elif word in _MIRRORS:
            _mirror(draft, component, _MIRRORS[word])
        else:
            _rotate(draft, component, word)


def _mirror(draft: Draft, component: Component, mirror: tuple[bool, bool]) -> None:
    _refuse_angle(draft, component)
    down, across = (one != other for one, other in zip(draft.mirrors, mirror, strict=True))
    draft.mirrors = (down, across)
    draft.set(flip=down, flop=across)


def _rotate(draft: Draft, component: Component, word: str) -> None:
    try:
        angle = arguments.number(word, -3600, 3600) % 360
    except UnreadableError:
        raise bad(f"a_{word}", "degrees, hflip, vflip, ignore or exif") from None
    if not angle:
        return
    _refuse_angle(draft, component)
    if angle % _RIGHT:
        if draft.quarters % 2:
            raise irreducible(component.text, f"{draft.doing} turned the picture before")
        draft.fields["rotate"] = (draft.fields.get("rotate", 0.0) + angle) % 360
        return
    quarters = int(angle) // _RIGHT
    # A mirror in between turns the sense of what comes after it.
    draft.quarters = (draft.quarters + (-quarters if draft.mirrors[0] != draft.mirrors[1] else quarters)) % 4
    draft.fields["rotate"] = float(draft.quarters * _RIGHT)
    if quarters % 2:
        _swap(draft, component)


def _refuse_angle(draft: Draft, component: Component) -> None:
    if draft.fields.get("rotate", 0.0) % _RIGHT:
        raise irreducible(component.text, f"{draft.doing} turned the picture before")


def _swap(draft: Draft, component: Component) -> None:
    """Let width and height name the sides of the turned picture."""
    is_placed = draft.fields.get("cut.position", "center") != "center"
    if is_placed or any(name.startswith("edges.pad") for name in draft.fields):
        raise irreducible(component.text, "what is padded before cannot be turned")
    width, height = draft.fields.get("width"), draft.fields.get("height")
    if (width, height) != (None, None):
        draft.set(width=height, height=width)
    if draft.fields.get("aspect") is not None:
        draft.fields["aspect"] = 1 / draft.fields["aspect"]
    if draft.size is not None:
        draft.size = (draft.size[1], draft.size[0])
