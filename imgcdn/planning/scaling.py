"""Lengths that go with a picture's size: padding, borders, blurs, marks and text grow and shrink along with it."""

from dataclasses import replace

from imgcdn.model.spec import Spec

_PLAIN = Spec()
_DIGITS = 6
"""Decimals of a scale: sizes are whole pixels, so finer ones would only split caches."""


def has_lengths(spec: Spec) -> bool:
    """Whether anything in the picture is measured in px besides its size."""
    lengths = (spec.edges, spec.ground, spec.effects, spec.mark, spec.caption, spec.blend)
    plain = (_PLAIN.edges, _PLAIN.ground, _PLAIN.effects, _PLAIN.mark, _PLAIN.caption, _PLAIN.blend)
    return lengths != plain


def scaled(spec: Spec, factor: float) -> Spec:
    """Return the spec for a size that counts device pixels, its lengths multiplied by `factor` in place of `dpr`.

    A spec without lengths is the same whatever its factor, so that its sizes share renditions.
    """
    return replace(spec, dpr=1.0, scale=round(spec.scale * factor, _DIGITS) if has_lengths(spec) else 1.0)
