"""URLs as callers of the APIs write them: a visitor's, though without a signature or after its time, whole or not."""

from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from imgcdn import errors
from imgcdn.apis.bodies import shown
from imgcdn.dialects.mounts import Mounts
from imgcdn.model.spec import Ask, SourceRef
from imgcdn.planning import hints, ladders
from imgcdn.planning.settings import HintSettings, Ladder

_PLAIN = "%/:?#[]@!$&'()*+,;=~"
"""What may be in a URL besides letters and digits; spaces and letters of other scripts are encoded."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Understands URLs as the server with these settings does. `host` counts where a URL names none itself."""

    mounts: Mounts
    ladder: Ladder = field(default_factory=Ladder)
    hints: HintSettings = field(default_factory=HintSettings)

    def ask(self, url: str, param: str, host: str = "") -> Ask:
        """Return what a visitor who tells nothing of himself gets at a URL. Raises what visitors are told."""
        return understood(self.mounts, self.ladder, *_split(url, param, host))

    def asks(self, url: str, param: str, host: str = "") -> tuple[Ask, ...]:
        """Return everything that visitors may have got at a URL, by their hints, also before its time was over.

        Raises what visitors are told where there is nothing.
        """
        ask = self.mounts.ask(*_split(url, param, host), is_trusted=True, is_timeless=True)
        specs = hints.variants(ask.spec, ask.delivery.hints, self.hints, ask.delivery.saving_quality)
        found: list[Ask] = []
        refused: errors.SizeNotAllowedError | None = None
        for spec in specs:
            try:
                found.append(_laddered(replace(ask, spec=spec), self.ladder))
            except errors.SizeNotAllowedError as error:  # so it is for visitors with this hint, but others may get in
                refused = refused or error
        if refused is not None and not found:
            raise refused
        return tuple(dict.fromkeys(found))

    def preset_url(self, source: str, preset: str, param: str) -> str:
        """Return the URL of what a preset makes of a source, which is named `mount/path` as it is, not encoded."""
        name, slash, path = source.removeprefix("/").partition("/")
        if not slash or name not in self.mounts.names:
            known = ", ".join(f"{one}/…" for one in sorted(self.mounts.names)) or "none"
            raise errors.SourceNotFoundError(
                f"{param}={shown(source)} is of no mount: expected one of {known}", param=param
            )
        return self.mounts.preset_url(SourceRef(name, path), preset)


def understood(mounts: Mounts, ladder: Ladder, host: str, path: str, query: str) -> Ask:
    """Return the ask that a visitor's URL becomes, whose size an unsigned URL may not choose freely."""
    return _laddered(mounts.ask(host, path, query, is_trusted=True), ladder)


def _laddered(ask: Ask, ladder: Ladder) -> Ask:
    is_free = ask.delivery.is_signed or ask.delivery.is_preset_size
    return replace(ask, spec=ladders.admit(ask.spec, ladder, is_signed=is_free))


def _split(url: str, param: str, host: str) -> tuple[str, str, str]:
    """Return host, path and query of a whole URL, or of a path with its parameters."""
    try:
        parts = urlsplit(quote(url, safe=_PLAIN))
    except ValueError:  # what is no text is one, too
        parts = urlsplit("")
    if not parts.path.startswith("/") or parts.scheme not in {"", "http", "https"}:
        raise errors.InvalidParameterError(
            f"{param}={shown(url)} is no URL of a picture: expected a whole one, or /mount/path with its parameters",
            param=param,
        )
    return parts.netloc.rpartition("@")[2] or host, parts.path, parts.query
