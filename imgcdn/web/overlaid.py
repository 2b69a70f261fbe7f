"""What `explain=1` tells of what is laid over a picture: whose it is, where it lies, and what changed nothing."""

from collections.abc import Iterator
from typing import Any

from imgcdn.model.geometry import Box
from imgcdn.model.laying import Layer, Lettering, Wash
from imgcdn.model.overlays import Blend, Caption, Mark
from imgcdn.model.spec import Spec
from imgcdn.pipeline.layers import Laid
from imgcdn.pipeline.stages import Explanation


def sentences(spec: Spec, found: Explanation) -> Iterator[str]:
    """Tell each layer in a sentence, and which parameters are about one that is not there."""
    overlays = found.plan.overlays
    for layer in () if overlays is None else overlays.layers:
        if isinstance(layer, Wash):
            yield f"blend lays one colour over {_place(layer.box)}, {layer.mode.value}, {layer.opacity:.0%} opaque"
        else:
            laid, size = found.layers[layer.index], layer.resized
            where = _place(layer.box) if layer.gap is None else f"all of it as a grid, {layer.gap} px apart"
            yield (
                f"{layer.param} lays {_name(laid)} at {size.width}x{size.height} px over {where}, "
                f"{layer.mode.value}, {layer.opacity:.0%} opaque"
            )
    if overlays is not None and overlays.lettering is not None:
        yield _lettered(overlays.lettering)
    if spec.mark.picture is None and spec.mark != Mark():
        yield "there is no watermark, so its other parameters change nothing"
    if spec.blend.layer is None and spec.blend != Blend():
        yield "there is no blend, so its other parameters change nothing"
    if spec.caption.text is None and spec.caption != Caption():
        yield "there is no text, so its other parameters change nothing"


def layers(found: Explanation) -> list[dict[str, Any]]:
    """Describe each layer: whose picture it is, and the px of the picture that it covers."""
    overlays = found.plan.overlays
    return [] if overlays is None else [_layer(layer, found) for layer in overlays.layers]


def _layer(layer: Layer | Wash, found: Explanation) -> dict[str, Any]:
    box = layer.box
    told: dict[str, Any] = {
        "left": box.left,
        "top": box.top,
        "width": box.width,
        "height": box.height,
        "mode": layer.mode.value,
        "opacity": round(layer.opacity, 3),
    }
    if isinstance(layer, Wash):
        return {"param": "blend", **told}
    laid, info = found.layers[layer.index], found.seen.layers[layer.index]
    return {
        "param": layer.param,
        "picture": _name(laid),
        "digest": f"sha256:{laid.source.digest}",
        "source": {"width": info.upright.width, "height": info.upright.height},
        **told,
        "rotate": layer.angle,
        "gap": layer.gap,
    }


def _lettered(lettering: Lettering) -> str:
    size = "as large as it fits" if lettering.fills else f"{lettering.size_px:g} px high"
    return f"text is set in {lettering.family}, {size}, within {_place(lettering.area)}; smaller where it does not fit"


def _name(laid: Laid) -> str:
    return f"{laid.ref.mount}/{laid.ref.path}"


def _place(box: Box) -> str:
    return f"{box.width}x{box.height} px from {box.left}, {box.top}"
