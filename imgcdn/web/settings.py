"""What the HTTP side may be told."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_DAY = 86_400


class HttpSettings(BaseModel):
    """How long answers may be kept by others, and who may use them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_age_s: int = Field(default=30 * _DAY, ge=0, description="life of a picture in browsers and CDNs")
    versioned_max_age_s: int = Field(default=365 * _DAY, ge=0, description="life of a picture whose URL carries v=")
    stale_while_revalidate_s: int = Field(
        default=_DAY, ge=0, description="how long a stale picture may be shown while it is renewed"
    )
    stale_if_error_s: int = Field(
        default=7 * _DAY, ge=0, description="how long a stale picture may be shown when this server fails"
    )
    fallback_max_age_s: int = Field(
        default=60,
        ge=0,
        description="life of a picture that will soon be better: a fallback crop while an engine is missing, WebP "
        "while the AVIF is written, a stale source",
    )
    respect_source: bool = Field(
        default=True,
        description="what a web origin says of keeping its pictures (a shorter life, s-maxage, private, no-store, "
        "no-cache, must-revalidate, stale-if-error) wins over this section and over [freshness]",
    )
    not_found_max_age_s: int = Field(default=60, ge=0, description="life of 400, 404, 413, 415 and 422 answers")
    cdn_max_age_s: int | None = Field(
        default=None,
        ge=0,
        description="life of a picture in CDNs alone (CDN-Cache-Control, RFC 9213); at most what is left of the URL's "
        "and the source's",
    )
    sends_tags: bool = Field(
        default=True, description="send Cache-Tag and Surrogate-Key, by which CDNs purge: source, mount, digest, preset"
    )
    requests_per_minute: int = Field(
        default=0,
        ge=0,
        description="requests that one client address may make in a minute, held answers apart; more are answered "
        "429. 0 is no limit. Behind a proxy all have its address; each front counts for itself",
    )
    on_error: Literal["problem", "placeholder", "source"] = Field(
        default="problem",
        description="what an <img> gets in place of a picture that cannot be had, always with the true status: "
        "`problem` is JSON, `placeholder` a plain SVG of the size asked for, `source` the original as it is when only "
        "rendering failed, else the placeholder",
    )
    placeholder_colour: str = Field(
        default="#e5e7eb", pattern="^#[0-9a-fA-F]{3,8}$", description="colour of the placeholder"
    )
    allow_origin: str = Field(default="*", description="Access-Control-Allow-Origin; empty sends none")
    resource_policy: str = Field(default="cross-origin", description="Cross-Origin-Resource-Policy")
    timing_allow_origin: str = Field(default="*", description="Timing-Allow-Origin; empty sends none")
    allow_debug: bool = Field(
        default=False,
        description="answer debug=crop and debug=heat, which show the whole source whatever the URL crops",
    )
