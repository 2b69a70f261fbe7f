"""A <picture>: its parts as records, and as HTML."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of the picture: its URL, its size in px, and its descriptor in `srcset`."""

    url: str
    width: int
    height: int
    descriptor: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A <source>, or the <img> when `media_type` and `media` are None: candidates, and the one that tells the size."""

    candidates: tuple[Candidate, ...]
    main: Candidate
    media_type: str | None = None
    media: str | None = None

    @property
    def srcset(self) -> str:
        return ", ".join(f"{one.url} {one.descriptor}" for one in self.candidates)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A whole picture; `sizes` is None where the size is fixed."""

    sources: tuple[Choice, ...]
    image: Choice
    sizes: str | None
    alt: str

    def html(self) -> str:
        """Write the picture; with width and height, so that a page keeps its room before it has come."""
        image = f"<img {self._attributes(self.image)}>"
        if not self.sources:
            return image
        lines = "\n".join(f"  <source {self._attributes(source)}>" for source in self.sources)
        return f"<picture>\n{lines}\n  {image}\n</picture>"

    def _attributes(self, choice: Choice) -> str:
        is_image = choice is self.image
        found = {
            "media": choice.media,
            "type": choice.media_type,
            "src": choice.main.url if is_image else None,
            "srcset": choice.srcset,
            "sizes": self.sizes,
            "width": str(choice.main.width),
            "height": str(choice.main.height),
            "alt": self.alt if is_image else None,
        }
        return " ".join(f'{name}="{escape(value)}"' for name, value in found.items() if value is not None)
