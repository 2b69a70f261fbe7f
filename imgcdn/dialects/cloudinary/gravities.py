"""From g_ to the gravities of the native spec."""

import re

from imgcdn.dialects.cloudinary.row import bad
from imgcdn.model.spec import COMPASS

FACES = {"face": "face", "faces": "faces", "adv_face": "face", "adv_faces": "faces", "adv_eyes": "face"}
_AUTO = {"face": "face", "faces": "faces", "subject": "subject", "classic": "smart"}
_LIKE_AUTO = frozenset({"custom", "ocr_text", "none", "no_faces"})
_OBJECT = re.compile(r"[a-z][a-z0-9_-]{0,62}", re.ASCII)
_WEIGHT = re.compile(r"_(\d{1,3}|avoid)$", re.ASCII)
_MOST = 8
_TURNED = ("north", "east", "south", "west")


def read(value: str) -> tuple[str, ...]:
    """Return the gravities to be tried in order. Raises InvalidParameterError."""
    word, *rest = value.split(":")
    if len(rest) > _MOST:
        raise bad(f"g_{value}", f"at most {_MOST} words behind g_{word}")
    place = word.replace("_", "")
    if place in COMPASS:
        return (place,)
    if word in FACES:
        fallback = rest[0] if rest else "center"
        return (FACES[word], *(read(fallback) if fallback not in FACES else ("center",)))
    if word == "auto":
        found = dict.fromkeys(name for one in rest if (name := _wished(one, value)))
        return (*found, "auto")
    if word in _LIKE_AUTO:
        return ("auto",)
    if word == "body":
        return ("obj:person", "auto")
    return (_thing(word, value), *(read(rest[0]) if rest else ("auto",)))


def _wished(word: str, value: str) -> str | None:
    """Return what g_auto shall prefer; None for what is to be avoided, or how."""
    weight = _WEIGHT.search(word)
    if weight is not None and weight[1] == "avoid":
        return None
    name = word if weight is None else word[: weight.start()]
    if name in {"aoi", "rule_of_thirds", "thirds_0", "thirds", "none"} or name in _LIKE_AUTO:
        return None
    return _AUTO.get(name) or _thing(name, value)


def _thing(word: str, value: str) -> str:
    if not _OBJECT.fullmatch(word):
        raise bad(f"g_{value}", "a side, face, faces, auto, or the name of an object")
    return f"obj:{word}"


def turned(gravity: tuple[str, ...], quarters: int) -> tuple[str, ...]:
    """Return gravities of a picture that was turned by quarters clockwise, as they are before that."""
    return tuple(_back(name, quarters) if name in COMPASS and name != "center" else name for name in gravity)


def _back(name: str, quarters: int) -> str:
    sides = {_TURNED[(_TURNED.index(side) - quarters) % 4] for side in _TURNED if side in name}
    return "".join(side for side in ("north", "south", "east", "west") if side in sides)
