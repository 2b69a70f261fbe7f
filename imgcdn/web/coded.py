"""How the file was made as small as it is, in plain sentences."""

from collections.abc import Iterator

from imgcdn.model.plan import TransformPlan
from imgcdn.model.quality import Content, Search

_NAMES = {
    Content.FLAT: "flat graphics",
    Content.DRAWN: "illustrations and screenshots",
    Content.MIXED: "graphics with photos",
    Content.PHOTO: "photos",
    Content.DETAILED: "photos full of detail",
}


def quality_of(plan: TransformPlan, chosen: str | None) -> int | None:
    """Return the quality of the file; None while only its pixels could tell. `chosen` is a kept rendition's field."""
    if plan.output.search is None:
        return plan.output.quality
    told = (chosen or "").partition(";")[0]
    return int(told) if told.isdecimal() else None


def coded(plan: TransformPlan, chosen: str | None) -> Iterator[str]:
    """Tell how the quality is found, and what came of it where that is known."""
    output = plan.output
    if output.search is not None:
        yield from _sought(output.search)
        known = "not known before it is rendered" if not chosen else f"found for the file that is kept: {chosen}"
        yield f"the quality is decided from the pixels; {known}"
    if output.palette is not None:
        yield f"the file has a palette of at most {output.palette} colours"


def _sought(search: Search) -> Iterator[str]:
    if search.likeness is not None:
        yield (
            f"the least quality is looked for, from {search.least} to {search.most}, at which the file is "
            f"{search.likeness:g} like the picture, where 1 is the same"
        )
    elif search.by_content is not None:
        kinds = (f"{_NAMES[content]} {quality}" for content, quality in zip(Content, search.by_content, strict=True))
        yield f"the quality goes by what the finished picture shows: {', '.join(kinds)}"
    if search.max_bytes is not None:
        yield (
            f"where the file is larger than max_bytes={search.max_bytes}, the quality goes down as far as it must, "
            f"to no less than {search.floor}"
        )
