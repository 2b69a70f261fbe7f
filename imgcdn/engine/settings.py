"""What the engine may be told: where the fonts for texts are."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class TextSettings(BaseModel):
    """Texts over pictures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fonts: Path | None = Field(
        default=None,
        description="folder of fonts (TTF, OTF, TTC) for texts; what is new in it counts from a restart on",
    )
    system_fonts: bool = Field(default=True, description="take the fonts of the system, too")
