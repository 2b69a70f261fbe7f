"""From g_ to the gravities of the native spec."""

import re
from collections.abc import Callable
from difflib import get_close_matches

from imgcdn import errors
from imgcdn.dialects.cloudinary import objects
from imgcdn.dialects.cloudinary.row import bad
from imgcdn.model.spec import COMPASS

Sees = Callable[[str], bool]
"""Whether the server can find things of a name."""
FACES = {"face": "face", "faces": "faces", "adv_face": "face", "adv_faces": "faces", "adv_eyes": "face"}
_AUTO = {**FACES, "subject": "subject", "classic": "smart", "body": "obj:person"}
_LIKE_AUTO = frozenset({"custom", "custom_no_override", "ocr_text", "none", "no_faces"})
_MANNERS = frozenset({"aoi", "rule_of_thirds", "thirds"})
"""What g_auto: may be told that is no thing to look for."""
_PLACES = ("north", "south", "east", "west", "north_east", "north_west", "south_east", "south_west", "center")
_WORDS = (*_PLACES, "xy_center", "auto", *_AUTO, *_LIKE_AUTO, *_MANNERS)
_OBJECT = re.compile(r"[a-z][a-z0-9_-]{0,62}", re.ASCII)
_AREA = re.compile(r"aoi(_\d{1,6}(\.\d{1,6})?){1,5}", re.ASCII)
"""An area of interest, in coordinates."""
_WEIGHT = re.compile(r"_(\d{1,3}|avoid)$", re.ASCII)
_MOST = 6
"""Words behind the first: with what stands in for them, they are no more than a spec may have."""
_NEAR = 0.6
_TURNED = ("north", "east", "south", "west")
_PEOPLE = frozenset({"person", "people", "human", "man", "woman", "child", "face"})
_EXPECTED = "a side, face, faces, body, auto, custom, xy_center, or the name of a thing such as cat"


def sees_people(name: str) -> bool:
    """Whether a name is of people, whom the face engine finds without a model of objects."""
    return name in _PEOPLE


def known(value: str, sees: Sees) -> str:
    """Return the value without the things that Cloudinary finds and this server does not; `auto` where nothing is left.

    Raises InvalidParameterError for a word that neither knows, with the nearest one that is known.
    """
    words = value.split(":")
    if len(words) > _MOST + 1:
        raise bad(f"g_{value}", f"at most {_MOST} words behind g_{words[0]}")
    kept: list[str] = []
    for index, word in enumerate(words):
        before = words[:index]
        if before and (_is_place(before[-1]) or before[0] == "xy_center"):
            raise bad(f"g_{value}", f"nothing behind {before[-1]}")
        is_wish = "auto" in before
        name = _WEIGHT.sub("", word) if is_wish and not _is_manner(word) else word
        if _is_word(name, is_wish=is_wish, is_first=not before):
            kept.append(word)
        elif not _OBJECT.fullmatch(name):
            raise _unknown(value, name)
        elif sees(objects.bare(name)):
            kept.append(word)
        elif not objects.is_documented(name):
            raise _unknown(value, name)
    return ":".join(kept) or "auto"


def _is_word(name: str, *, is_wish: bool, is_first: bool) -> bool:
    if is_wish:
        return name in _AUTO or name in _LIKE_AUTO or _is_manner(name)
    if name == "xy_center":
        return is_first
    return name == "auto" or name in FACES or name == "body" or name in _LIKE_AUTO or _is_place(name)


def _is_manner(name: str) -> bool:
    return name in _MANNERS or _AREA.fullmatch(name) is not None


def _is_place(word: str) -> bool:
    return word.replace("_", "") in COMPASS


def _unknown(value: str, word: str) -> errors.InvalidParameterError:
    # A word of the grammar is meant more often than a thing: `fase` is no vase.
    of_grammar = get_close_matches(word, _WORDS, n=1, cutoff=_NEAR)
    near = of_grammar or get_close_matches(word, sorted(objects.DOCUMENTED), n=1, cutoff=_NEAR)
    hint = f"; the nearest known value is {near[0]}" if near else ""
    return bad(f"g_{value}", _EXPECTED, hint)


def read(value: str) -> tuple[str, ...]:
    """Return the gravities to be tried in order, of a value that is `known`."""
    words = value.split(":")
    if words[0] in _LIKE_AUTO:
        return ("auto",)
    found: dict[str, None] = {}
    for index, word in enumerate(words):
        if word == "auto":
            wished = (name for one in words[index + 1 :] if (name := _wished(one)))
            return (*dict.fromkeys((*found, *wished)), "auto")
        if _is_place(word):
            return (*found, word.replace("_", ""))
        if word not in _LIKE_AUTO:
            found[_AUTO.get(word) or f"obj:{objects.bare(word)}"] = None
    return (*found, "center" if words[0] in FACES else "auto")


def _wished(word: str) -> str | None:
    """Return what g_auto shall prefer; None for what is to be avoided, or how."""
    weight = _WEIGHT.search(word)
    name = word if weight is None else word[: weight.start()]
    if _is_manner(word) or _is_manner(name) or name in _LIKE_AUTO or (weight is not None and weight[1] == "avoid"):
        return None
    return _AUTO.get(name) or f"obj:{objects.bare(name)}"


def turned(gravity: tuple[str, ...], quarters: int) -> tuple[str, ...]:
    """Return gravities of a picture that was turned by quarters clockwise, as they are before that."""
    return tuple(_back(name, quarters) if name in COMPASS and name != "center" else name for name in gravity)


def _back(name: str, quarters: int) -> str:
    sides = {_TURNED[(_TURNED.index(side) - quarters) % 4] for side in _TURNED if side in name}
    return "".join(side for side in ("north", "south", "east", "west") if side in sides)
