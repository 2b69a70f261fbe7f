"""What things are called: labels of models and what people ask for, matched by name, plural, synonym and wider kind."""

import re
from collections.abc import Iterable
from typing import Literal, get_args

SAME = {
    "people": "person", "human": "person", "humans": "person", "pedestrian": "person", "head": "face",
    "plane": "aeroplane", "airplane": "aeroplane", "aircraft": "aeroplane", "jet": "aeroplane",
    "bike": "bicycle", "cycle": "bicycle", "motorcycle": "motorbike", "motor bike": "motorbike", "scooter": "motorbike",
    "moped": "motorbike", "automobile": "car", "taxi": "car", "cab": "car", "lorry": "truck",
    "motorcar": "car", "pushbike": "bicycle",
    "locomotive": "train", "ship": "boat", "yacht": "boat", "sailboat": "boat", "ferry": "boat", "canoe": "boat",
    "couch": "sofa", "settee": "sofa", "armchair": "chair", "stool": "chair",
    "television": "tv", "tvmonitor": "tv", "tv monitor": "tv", "monitor": "tv", "screen": "tv",
    "pottedplant": "plant", "potted plant": "plant", "houseplant": "plant", "house plant": "plant",
    "diningtable": "table", "dining table": "table", "wine bottle": "bottle",
    "mobile phone": "cell phone", "mobile": "cell phone", "phone": "cell phone", "smartphone": "cell phone",
    "cellphone": "cell phone", "notebook": "laptop", "fridge": "refrigerator", "doughnut": "donut", "mug": "cup",
    "rucksack": "backpack", "purse": "handbag", "remote control": "remote", "hair dryer": "hair drier",
    "hairdryer": "hair drier", "football": "sports ball", "ball": "sports ball", "teddy": "teddy bear",
    "cattle": "cow", "bull": "cow", "calf": "cow", "ox": "cow", "lamb": "sheep", "pony": "horse", "foal": "horse",
    "kitty": "cat", "doggy": "dog", "hound": "dog",
    "men": "man", "women": "woman", "children": "child", "ladies": "lady", "mice": "mouse", "geese": "goose",
    "wolves": "wolf", "oxen": "cow", "calves": "cow", "knives": "knife",
}  # fmt: skip
"""Names for one thing, and plurals that no rule gives."""
KINDS = {
    "person": (
        "man", "woman", "child", "boy", "girl", "baby", "rider", "kid", "toddler", "guy", "lady", "adult", "teenager",
        "crowd", "bride", "groom", "cyclist", "motorcyclist",
    ),
    "dog": ("puppy",),
    "cat": ("kitten",),
    "animal": (
        "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "puppy", "kitten",
        "goat", "pig", "rabbit", "lion", "tiger", "monkey", "fox", "wolf", "deer", "mouse", "goose", "duck", "chicken",
        "fish", "turtle", "butterfly", "insect",
    ),
    "vehicle": ("aeroplane", "bicycle", "boat", "bus", "car", "motorbike", "train", "truck", "van", "tram"),
    "scenery": (
        "bed", "bench", "chair", "desk", "sofa", "table", "toilet", "cabinet", "shelf", "curtain", "rug", "wall",
        "floor", "ceiling", "window", "door", "sky", "road", "street", "sidewalk", "pavement", "path", "grass", "field",
        "tree", "vegetation", "terrain", "earth", "ground", "mountain", "hill", "rock", "sand", "water", "sea", "river",
        "lake", "building", "house", "fence", "stairs",
    ),
}  # fmt: skip
"""What belongs to a wider name. Scenery is what a subject stands on or before, never the subject."""
_COMPOUNDS = frozenset(name for name in SAME if " " in name) | {
    "traffic light", "fire hydrant", "stop sign", "parking meter", "sports ball", "baseball bat", "baseball glove",
    "tennis racket", "wine glass", "hot dog", "cell phone", "teddy bear", "hair drier",
}  # fmt: skip
"""Names of several words, whose parts name other things."""
_KNOWN = frozenset(SAME.values()) | frozenset(KINDS) | frozenset(name for names in KINDS.values() for name in names)
_MOST_WORDS = 4
"""Words of a label that are looked for together."""
By = Literal["name", "plural", "synonym", "kind"]
"""By what a text and a label are the same thing, the closest first."""
_BY: tuple[By, ...] = get_args(By)
_WORD = re.compile(r"[^\W_]+")


def kind(label: str) -> str:
    """Sort a class into animal, person, vehicle, scenery or object."""
    for name in _names(label):
        if name == "person" or name in KINDS["person"]:
            return "person"
        for wider in ("animal", "vehicle", "scenery"):
            if name == wider or name in KINDS[wider]:
                return wider
    return "object"


def matches(label: str, text: str) -> bool:
    """Whether a text such as "the two dogs" asks for things of a label."""
    return how(label, text) is not None


def how(label: str, text: str) -> By | None:
    """Tell by what a text asks for things of a label, the closest first; None where it does not.

    A narrower name than the label finds the wider one: of a person no label tells whether it is a woman.
    """
    found = {by for phrase in phrases(text, (label,)) if (by := _how(label, phrase)) is not None}
    return next((by for by in _BY if by in found), None)


def phrases(text: str, labels: Iterable[str]) -> list[str]:
    """Split a text into what may be names: of several words where it has a name of several, else single ones."""
    words: list[str] = _WORD.findall(text.lower())
    known = _COMPOUNDS.union(*(_forms(_plain(label)) for label in labels))
    found: list[str] = []
    at = 0
    while at < len(words):
        for count in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + count])
            if count == 1 or _forms(phrase) & known:
                found.append(phrase)
                at += count
                break
    return found


def _how(label: str, wanted: str) -> By | None:
    if _plain(label) == wanted:
        return "name"
    if _forms(_plain(label)) & _forms(wanted):
        return "plural"
    found, names = _names(label), _names(wanted)
    if found & names:
        return "synonym"
    wider = {name for name, narrower in KINDS.items() if names & set(narrower)} & {"person", "dog", "cat"}
    is_kind = found & wider or any(found & set(KINDS.get(name, ())) for name in names - {"scenery"})
    return "kind" if is_kind else None


def is_known(text: str) -> bool:
    """Whether a text is the name of something, by the names that are known here."""
    return bool(_names(text) & _KNOWN)


def common(label: str) -> str:
    """Return the commonest name of what a label calls so: "dining table" of diningtable is a table."""
    plain = _plain(label)
    return SAME.get(plain, plain)


def _names(label: str) -> set[str]:
    """Return what a class may be called in the singular, each by its commonest name."""
    return {SAME.get(form, form) for form in _forms(_plain(label))}


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _forms(name: str) -> set[str]:
    """Return a name and what it may be the plural of."""
    forms = {name}
    if name.endswith("s"):
        forms.add(name[:-1])
    if name.endswith("es"):
        forms.add(name[:-2])
    if name.endswith("ies"):
        forms.add(name[:-3] + "y")
    return forms
