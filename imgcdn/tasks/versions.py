"""Which version of each engine that looks would answer: part of every key that depends on what it says."""

from importlib.metadata import PackageNotFoundError, version

from imgcdn.gravity import choosing, content, edges, palette, subject
from imgcdn.model import trimming
from imgcdn.model.analysis import TRIM


def versions(libvips: str, meaning: str) -> dict[str, str]:
    """Name the engines without models of their own; `meaning` is the text model's version."""
    return {
        "auto": choosing.VERSION,
        "attention": libvips,
        "entropy": libvips,
        "edges": edges.VERSION,
        "palette": palette.VERSION,
        TRIM: f"{trimming.VERSION}-{libvips}",
        "subject": subject.VERSION,
        "meaning": meaning,
        "smart": f"{content.VERSION}-{_installed('smartcrop')}",
    }


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
