"""What fetching a source may be told: how long it may take, how large it may be, and what may be reached."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from imgcdn import __version__

Network = IPv4Network | IPv6Network


def _check_network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no network: expected one such as '10.0.0.0/8' or '127.0.0.1/32'") from error
    return text


class FetchSettings(BaseModel):
    """How sources are read from folders and from web servers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connect_timeout_s: float = Field(
        default=5.0, gt=0, description="seconds to find a source's server and connect to it, TLS counted apart"
    )
    read_timeout_s: float = Field(default=10.0, gt=0, description="seconds that a source's server may be silent")
    total_timeout_s: float = Field(
        default=30.0, gt=0, description="seconds that a whole fetch may take, redirects included"
    )
    max_bytes: int = Field(
        default=50_000_000, ge=1, description="largest source file, in bytes, fetched or in a folder"
    )
    max_redirects: int = Field(
        default=3, ge=0, le=20, description="most redirects that are followed, each checked again"
    )
    max_connections: int = Field(default=64, ge=1, description="most connections open at once to one origin")
    allow_ports: tuple[Annotated[int, Field(ge=1, le=65_535)], ...] = Field(
        default=(80, 443),
        description="ports that may be fetched from; the port of an origin's own URL is always allowed",
    )
    allow_private: tuple[Annotated[str, AfterValidator(_check_network)], ...] = Field(
        default=(), description='networks that may be fetched from although they are not public, such as "10.0.0.0/8"'
    )
    user_agent: str = Field(
        default=f"imgcdn/{__version__}",
        pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$",
        description="sent as User-Agent",
    )
    default_fresh_s: float = Field(
        default=3600.0, ge=0, description="seconds that a source is believed unchanged when its server does not say"
    )
    min_fresh_s: float = Field(
        default=1.0,
        ge=0,
        description="seconds that a source is believed unchanged at least, whatever its server says",
    )
    max_fresh_s: float = Field(
        default=2_592_000.0,
        ge=0,
        description="seconds that a source is believed unchanged at most, whatever its server says",
    )
    folder_check_s: float = Field(
        default=1.0,
        ge=0,
        description="seconds that a folder's file is believed unchanged without asking the file system",
    )

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.min_fresh_s > self.max_fresh_s:
            raise ValueError(
                f"min_fresh_s is {self.min_fresh_s:g} and max_fresh_s is {self.max_fresh_s:g}: "
                "expected the first not to exceed the second"
            )
        return self

    @property
    def private_networks(self) -> tuple[Network, ...]:
        """`allow_private` as networks."""
        return tuple(ip_network(text) for text in self.allow_private)

    def clamp_fresh_s(self, life_s: float | None) -> float:
        """Return the seconds to believe a source unchanged whose server allows `life_s`, or does not say."""
        wanted_s = self.default_fresh_s if life_s is None else life_s
        return min(max(wanted_s, self.min_fresh_s), self.max_fresh_s)
