"""Values of every parameter that changes a picture, joined to pairs and to URLs that cover all pairs."""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from urllib.parse import quote

import painting
from PIL import Image

MARK = "{mark}"
"""Stands in queries for the picture that is laid over another."""
_LAID = f"watermark={MARK}"
_MIXED = f"blend={MARK}"
_SAID = "text=Sunrise over the bay"
_BOX = "w=120&h=90"
_FACE = "w=80&h=80&gravity=face"

VALUES: dict[str, tuple[str, ...]] = {
    "w": ("w=160", "w=0.5"),
    "h": ("h=90", "h=0.4"),
    "ar": ("ar=16:9", "ar=1:3"),
    "dpr": ("dpr=2", "w=90&dpr=0.3"),
    "fit": (f"{_BOX}&fit=contain", f"{_BOX}&fit=outside", f"{_BOX}&fit=fill", f"{_BOX}&fit=inside"),
    "min_w": ("h=40&fit=cover&min_w=100",),
    "max_w": ("h=90&fit=cover&max_w=70",),
    "min_h": ("w=60&fit=cover&min_h=90",),
    "max_h": ("w=160&fit=cover&max_h=50",),
    "enlarge": ("w=260&enlarge=0", "w=260&enlarge=1"),
    "gravity": ("w=100&h=100&gravity=north", "w=60&h=90&gravity=smart"),
    "fp": ("w=100&h=60&fp=0.9,0.1",),
    "fpz": ("fpz=3", "fp=0.2,0.2&fpz=100"),
    "crop": ("w=100&h=60&crop=smart",),
    "rect": ("rect=0.2,0.2,0.5,0.6", "rect=10,5,60,30", "rect=center,bottom,60,30"),
    "face_index": (f"{_FACE}&face_index=2",),
    "face_pad": (f"{_FACE}&face_pad=1.5",),
    "face_preset": (f"{_FACE}&face_preset=closeup",),
    "face_min": (f"{_FACE}&face_min=0.9",),
    "face_else": (f"{_FACE}&face_pad=2&face_else=contain",),
    "trim": ("trim=auto", "trim=color", "trim=alpha"),
    "trim_tol": ("trim=color&trim_tol=120",),
    "trim_pad": ("trim=color&trim_pad=9",),
    "trim_color": ("trim=color&trim_color=fff",),
    "trim_md": ("trim=auto&trim_md=60",),
    "trim_sd": ("trim=auto&trim_sd=90",),
    "face_blur": ("face_blur=80",),
    "face_pixel": ("face_pixel=60",),
    "rotate": ("rotate=90", "rotate=33.3"),
    "straighten": ("rotate=33.3&straighten=1", "rotate=90&straighten=1"),
    "flip": ("flip=1",),
    "flop": ("flop=1",),
    "orient": ("orient=6", "orient=0"),
    "bg": ("bg=tomato", f"{_BOX}&fit=contain&bg=f5f5f580"),
    "bri": ("bri=130", "bri=0"),
    "con": ("con=130", "con=200"),
    "sat": ("sat=160", "sat=0"),
    "hue": ("hue=200",),
    "gam": ("gam=1.8", "gam=0.1"),
    "exposure": ("exposure=40",),
    "vib": ("vib=70", "vib=-100"),
    "high": ("high=-70",),
    "shad": ("shad=70",),
    "invert": ("invert=1",),
    "nr": ("nr=30", "nr=-50"),
    "nrs": ("nr=30&nrs=40",),
    "sharp": ("sharp=40",),
    "usm": ("usm=60", "usm=-100"),
    "usmrad": ("usm=60&usmrad=8", "usm=60&usmrad=500"),
    "sepia": ("sepia=80",),
    "monochrome": ("monochrome=ff7a00",),
    "duotone": ("duotone=000080,fa8072",),
    "duotone_alpha": ("duotone=000080,fa8072&duotone_alpha=60",),
    "blur": ("blur=60", "blur=2000"),
    "px": ("px=9", "px=100"),
    "htn": ("htn=6", "htn=100"),
    "fill": (f"{_BOX}&fit=contain&fill=blur",),
    "extend": (f"{_BOX}&fit=contain&extend=copy",),
    "pad": ("pad=12", "pad=12&bg=eee"),
    "pad_left": ("pad_left=15", "w=40&pad_left=60"),
    "pad_top": ("pad_top=15",),
    "pad_right": ("pad_right=15",),
    "pad_bottom": ("pad_bottom=15",),
    "border": ("border=6", "border=70"),
    "border_left": ("border=6&border_left=0", "border_left=20"),
    "border_top": ("border=6&border_top=40",),
    "border_right": ("border_right=12",),
    "border_bottom": ("border=6&border_bottom=0",),
    "borderColor": ("border=6&borderColor=ff634780",),
    "radius": ("radius=12", "radius=max", "radius=0,40,0,8000"),
    "radius_inner": ("border=9&radius_inner=20", "border=9&radius=max&radius_inner=0,30,0,8000"),
    "mask": ("mask=ellipse", "mask=corners"),
    "mask_bg": ("mask=ellipse&mask_bg=222",),
    "transparency": ("transparency=grid",),
    "grid_size": ("transparency=grid&grid_size=5", "transparency=grid&grid_size=1000"),
    "grid_colors": ("transparency=grid&grid_colors=d0d7dd,ffffff",),
    "blend": ("blend=1e3a8a80", _MIXED),
    "blendMode": (f"{_MIXED}&blendMode=multiply", "blend=f59e0b&blendMode=luminosity"),
    "blendAlpha": (f"{_MIXED}&blendAlpha=40",),
    "blendSize": (f"{_MIXED}&blendSize=own",),
    "blendW": (f"{_MIXED}&blendW=0.5",),
    "blendH": (f"{_MIXED}&blendH=40",),
    "blendFit": (f"{_MIXED}&blendW=30&blendH=50&blendFit=clip",),
    "blendCrop": (f"{_MIXED}&blendW=30&blendH=50&blendCrop=northwest",),
    "blendPosition": (f"{_MIXED}&blendW=40&blendPosition=west",),
    "blendPad": (f"{_MIXED}&blendW=40&blendPosition=west&blendPad=15",),
    "blendX": (f"{_MIXED}&blendW=40&blendX=20",),
    "blendY": (f"{_MIXED}&blendH=30&blendY=4000",),
    "watermark": (_LAID,),
    "markW": (f"{_LAID}&markW=50",),
    "markH": (f"{_LAID}&markH=0.5",),
    "markScale": (f"{_LAID}&markScale=50", f"{_LAID}&markScale=0"),
    "markFit": (f"{_LAID}&markW=40&markH=40&markFit=crop",),
    "markPosition": (f"{_LAID}&markPosition=north",),
    "markPad": (f"{_LAID}&markPad=20",),
    "markX": (f"{_LAID}&markX=30",),
    "markY": (f"{_LAID}&markY=8000",),
    "markRot": (f"{_LAID}&markRot=45",),
    "markTile": (f"{_LAID}&markTile=grid&markScale=12",),
    "markOpacity": (f"{_LAID}&markOpacity=0.3",),
    "text": (_SAID, "text=שלום 👋%0A日本"),
    "textSize": (f"{_SAID}&textSize=14", f"{_SAID}&textSize=1000"),
    "textFont": (f"{_SAID}&textFont=serif",),
    "textWeight": (f"{_SAID}&textWeight=700",),
    "textItalic": (f"{_SAID}&textItalic=1",),
    "textColor": (f"{_SAID}&textColor=ffffffcc",),
    "textAlign": (f"{_SAID}&textAlign=north",),
    "textFit": (f"{_SAID}&textFit=max",),
    "textPad": (f"{_SAID}&textPad=30",),
    "textWidth": (f"{_SAID}&textWidth=0.5",),
    "textX": (f"{_SAID}&textX=30",),
    "textY": (f"{_SAID}&textY=8000",),
    "textLead": (f"{_SAID}&textLead=2",),
    "textShadow": (f"{_SAID}&textShadow=6",),
    "textLine": (f"{_SAID}&textLine=3",),
    "textLineColor": (f"{_SAID}&textLine=3&textLineColor=1e3a8a",),
    "frame": ("frame=1", "frame=1-2"),
    "animated": ("animated=0",),
    "loop": ("loop=2",),
    "fps": ("fps=5",),
    "interval": ("interval=2",),
    "skip": ("skip=2",),
    "reverse": ("reverse=1",),
    "page": ("page=1", "page=2"),
    "format": tuple(
        f"format={name}" for name in ("jpeg", "png", "webp", "avif", "gif", "uhdr", "json", "blurhash", "thumbhash")
    ),
    "palette": ("palette=json",),
    "faces": ("format=imgix-json&faces=1",),
    "colors": ("palette=css&colors=3",),
    "prefix": ("palette=css&prefix=hero",),
    "q": ("q=15", "q=auto", "q=auto:eco"),
    "max_bytes": ("max_bytes=900",),
    "chroma": ("chroma=444", "chroma=420"),
    "colorquant": ("format=png&colorquant=5", "format=gif&colorquant=16"),
    "dither": ("format=png&colorquant=5&dither=0",),
    "dpi": ("dpi=300",),
    "strip": ("strip=none", "strip=icc"),
    "cs": ("cs=p3", "cs=origin"),
    "negotiate": ("negotiate=0",),
    "lossless": ("format=webp&lossless=1",),
    "jpgProgressive": ("jpgProgressive=0",),
    "ch": ("ch=Width,Dpr,Save-Data",),
    "dl": ("dl=team.jpg",),
    "v": ("v=3",),
}
"""Queries that say one or two values besides the default, the parameter last, what it needs to have effect before it."""

HIDING = frozenset(
    {"format=json", "format=imgix-json", "format=blurhash", "format=thumbhash", "palette", "colors", "prefix", "faces"}
)
"""Values and parameters that show no picture, so that what comes with them is not tried at all."""

Settled = dict[str, str]
"""A URL's parameters."""


def parts(query: str) -> Settled:
    return dict(item.split("=", 1) for item in query.split("&") if item)


def join(queries: Iterable[str]) -> Settled:
    """Join queries of VALUES: what a query is about wins over what another needs."""
    needed: Settled = {}
    about: Settled = {}
    for query in queries:
        *before, last = query.split("&")
        needed |= parts("&".join(before))
        about |= parts(last)
    joined = needed | about
    if "crop" in about and "gravity" in joined:
        del joined["gravity"]  # one says the other
    if "palette" in joined and "format" in joined:
        del joined["palette" if "format" in about else "format"]
    return joined


def text(settled: Settled, mark: str) -> str:
    """Write parameters as a query string."""
    return "&".join(f"{name}={quote(value.replace(MARK, mark), safe='%:,./+')}" for name, value in settled.items())


def name_of(query: str) -> str:
    return query.rpartition("&")[2].partition("=")[0]


_ONE_OF = ({"gravity", "crop"}, {"palette", "format"})
"""Parameters that say the same thing."""


def are_pair(one: str, other: str) -> bool:
    names = {name_of(one), name_of(other)}
    return len(names) == 2 and names not in _ONE_OF


def alone() -> list[str]:
    """Every value of every parameter."""
    return [query for queries in VALUES.values() for query in queries]


def pairs() -> list[tuple[str, str]]:
    """Every value of every parameter with every value of every other."""
    return [pair for pair in combinations(alone(), 2) if are_pair(*pair)]


def covering(at_once: int, seed: int = 5) -> Iterator[list[str]]:
    """Give few lists of at most `at_once` values in which every pair of values comes, greedily."""
    rng = random.Random(seed)
    values = alone()
    may = [sum(1 << at for at, other in enumerate(values) if are_pair(one, other)) for one in values]
    left = list(may)
    hiding = {at for at, value in enumerate(values) if value in HIDING or name_of(value) in HIDING}
    while any(left):
        first = max(range(len(values)), key=lambda at: (left[at].bit_count(), rng.random()))
        chosen, mask, fits = [first], 1 << first, may[first]
        while len(chosen) < at_once:
            gains = [(left[at] & mask).bit_count() if fits >> at & 1 else 0 for at in range(len(values))]
            best = max(gains)
            if not best:
                break
            added = rng.choice([at for at, gain in enumerate(gains) if gain == best])
            chosen.append(added)
            mask |= 1 << added
            fits &= may[added]
        hidden = hiding & set(chosen)
        for one, other in combinations(chosen, 2):
            if not hidden or {one, other} & hidden:
                left[one] &= ~(1 << other)
                left[other] &= ~(1 << one)
        yield [values[at] for at in chosen]


def write_sources(folder: Path) -> Sequence[str]:
    """Write a picture of each kind, small, and a mark; return the names of the pictures."""
    photo = painting.sample("astronaut.png").resize((160, 160)).crop((0, 0, 160, 120))
    photo.save(folder / "photo.jpg", quality=88)
    painting.alpha_picture(120, 80).save(folder / "alpha.png")
    first, *rest = painting.frames()
    first.save(folder / "film.gif", loop=0, save_all=True, append_images=rest, duration=[100, 200, 300, 400])
    painting.write_cmyk(painting.corners(120, 80), folder / "cmyk.jpg")
    painting.write_deep(folder / "deep.png", 160, 60)
    Image.new("RGB", (1, 1), "orange").save(folder / "dot.png")
    mark = painting.alpha_picture(64, 40)
    mark.save(folder / "mark.webp", lossless=True)
    return ("photo.jpg", "alpha.png", "film.gif", "cmyk.jpg", "deep.png", "dot.png")
