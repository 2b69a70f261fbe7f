"""The quality of a file whose plan leaves it to the pixels: by what they show, by how alike the file looks, by bytes.

All three look for one whole number, and an encode is dear: AVIF takes more than all that went before it. So what is
known of how bytes and losses grow with the quality gives the next guess, and near enough is the end.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import ceil, log

import pyvips

from imgcdn.engine import encode, palettes, steps
from imgcdn.engine.content import classify
from imgcdn.engine.similarity import Similarity
from imgcdn.engine.strips import first_frame, strips
from imgcdn.model.media import Format
from imgcdn.model.plan import Output
from imgcdn.model.quality import Chosen, Chroma, Search
from imgcdn.model.spec import Strip

_COMPARED, _ROWS, _STRIPS = 524_288, 64, 4
"""Pixels that are compared, in strips of whole blocks of any encoder; the rest of larger ones is taken on trust."""
_TRIES = 6
_LOSS_PER_STEP, _NEAR_LOSS = 0.045, 0.1
"""How the logarithm of the loss changes with a step of quality, about, and how near to the target is enough."""
_BYTES_PER_STEP, _NEAR_BYTES = 0.035, 0.04
"""The same for the logarithm of the size."""
_TRIES_FOR_BYTES = 9
_MORE_FOR_GRAPHICS = 15
"""Added to the least quality for what is drawn: dirt on even areas is seen before a similarity tells of it."""
_LEAST_BITS = {Format.GIF: 3, Format.PNG: 1}
"""Of a palette that max_bytes may make smaller."""
_LEAST_LOSS = 1e-9


def write(image: pyvips.Image, output: Output) -> tuple[bytes, Chosen | None]:
    """Encode with the quality that the output's search finds; what was chosen is None where there is no search."""
    if output.search is None:
        return encode.encode(image, output), None
    image = encode.prepare(image, output).copy_memory()
    output, chosen = _decided(image, output, output.search)
    body = encode.write(image, output)
    if output.search is None or output.search.max_bytes is None or len(body) <= output.search.max_bytes:
        return body, chosen
    return _small(image, output, chosen, output.search.max_bytes, output.search.floor, len(body))


def _decided(image: pyvips.Image, output: Output, search: Search) -> tuple[Output, Chosen]:
    """Settle the quality without a look at bytes."""
    if search.by_content is None:
        return output, Chosen(output.quality)
    shown = steps.over(first_frame(image), output.background)
    content = classify(shown)
    if output.chroma is None and content.is_graphic:
        output = replace(output, chroma=Chroma.FULL)
    quality, likeness = search.of(content) or output.quality, None
    if search.likeness is not None:
        least = search.least + (_MORE_FOR_GRAPHICS if content.is_graphic else 0)
        found, likeness = _alike(shown, output, replace(search, least=least), quality)
        quality = search.lowered(found)
        likeness = likeness if quality == found else None
    return replace(output, quality=quality), Chosen(quality, content, likeness)


def _alike(shown: pyvips.Image, output: Output, search: Search, start: int) -> tuple[int, float]:
    """Return the least quality at which the picture looks alike enough, and how alike it looks then."""
    sample = strips(shown, _COMPARED, _ROWS, _STRIPS).copy_memory().copy()
    for name in ("page-height", "delay", "n-pages", "gainmap"):
        if sample.get_typeof(name):
            sample.remove(name)
    form = Format.JPEG if output.format is Format.UHDR else output.format
    plain = replace(output, format=form, effort=search.effort, is_progressive=False, strip=Strip.ALL, dpi=None)
    likeness = Similarity(sample)
    target = log(1 - (search.likeness or 0))

    @cache
    def alike(quality: int) -> float:
        body = encode.write(sample, replace(plain, quality=quality))
        return likeness.to(pyvips.Image.new_from_buffer(body, "").copy_memory())

    def spare(quality: int) -> float:
        return target - log(max(_LEAST_LOSS, 1 - alike(quality)))

    found = _least(spare, search.least, search.most, start, _LOSS_PER_STEP, _NEAR_LOSS, _TRIES)
    return found, alike(found)


def _small(
    image: pyvips.Image, output: Output, chosen: Chosen, most: int, floor: int, size: int
) -> tuple[bytes, Chosen]:
    """Return the best file of at most so many bytes, or the smallest that the floor allows; `size` is what it was."""
    at, low, high = _knob(output, floor)

    @cache
    def body(knob: int) -> bytes:
        return encode.write(image, at(knob))

    def spare(negative: int) -> float:
        return log(most / len(body(-negative)))

    # PNG becomes another kind of file, whose size is not known; of all others the first one down is guessed.
    start = high if output.format is Format.PNG else high - max(1, ceil(log(size / most) / _BYTES_PER_STEP))
    if output.format is Format.GIF:
        start = max(low, high - 1)
    knob = -_least(spare, -high, -low, -start, _BYTES_PER_STEP, _NEAR_BYTES, _TRIES_FOR_BYTES)
    made = at(knob)
    return body(knob), replace(
        chosen, quality=made.quality, colours=made.palette, likeness=None, is_over=len(body(knob)) > most
    )


def _knob(output: Output, floor: int) -> tuple[Callable[[int], Output], int, int]:
    """Return how one number changes the output's size, and its bounds."""
    least = _LEAST_BITS.get(output.format)
    if least is not None:
        return lambda knob: replace(output, palette=2**knob), least, max(least, palettes.bits(output.palette))
    return lambda knob: replace(output, quality=knob), min(floor, output.quality), output.quality


def _least(
    spare: Callable[[int], float], low: int, high: int, start: int, steepness: float, near: float, tries: int
) -> int:
    """Return about the least number from low to high where `spare`, which grows by `steepness`, is not negative; high
    where it is negative all over. `near` says how much may be to spare in the end.
    """
    enough = short = None
    number = min(high, max(low, start))
    for tried in range(1, tries + 1):
        found = spare(number)
        if found >= 0:
            enough = (number, found)
            if found <= near:
                break
        else:
            short = (number, found)
        first = low if short is None else short[0] + 1
        last = high if enough is None else enough[0] - 1
        if first > last:
            break
        if enough is not None and short is not None:
            share = 0.5 if tried > 3 else -short[1] / (enough[1] - short[1])
            number = short[0] + ceil(share * (enough[0] - short[0]))
        else:
            number -= int(found / steepness) if found >= 0 else -ceil(-found / steepness)
        number = min(last, max(first, number))
    return high if enough is None else enough[0]
