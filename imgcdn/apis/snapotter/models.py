"""What the smart-crop API takes and gives, under SnapOtter's names."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_OLD_MODES = {"attention": "subject", "content": "trim"}


def _today(mode: object) -> object:
    return _OLD_MODES.get(mode, mode) if isinstance(mode, str) else mode


Mode = Annotated[
    Literal["subject", "face", "trim"],
    BeforeValidator(_today),
    WithJsonSchema({"enum": ["subject", "face", "trim", *_OLD_MODES]}),
]
Phase = Literal["processing", "complete", "failed"]
Side = Annotated[int, Field(ge=1, le=8192)]


class Settings(BaseModel):
    """How a picture is cropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    mode: Mode = Field(
        default="subject",
        description="what is kept: what stands out, all faces, or everything but a border; attention is an old name of "
        "subject, content of trim",
    )
    strategy: Literal["attention", "entropy"] = Field(
        default="attention",
        description="how a subject is found: by what stands out, where faces stay whole, or by where most detail is",
    )
    width: Side = Field(default=1080, description="width of the result in px; not for trim")
    height: Side = Field(default=1080, description="height of the result in px; not for trim")
    padding: int = Field(
        default=0,
        ge=0,
        le=50,
        description="per cent of more room around the subject or the faces; where the picture ends, padColor goes on",
    )
    facePreset: Literal["closeup", "head-shoulders", "upper-body", "half-body"] = Field(
        default="head-shoulders", description="how much is shown of people in face mode"
    )
    sensitivity: float = Field(
        default=0.5, ge=0, le=1, allow_inf_nan=False, description="how unsure a face may be: 1 takes nearly all"
    )
    threshold: int = Field(
        default=30, ge=0, le=255, description="how far the pixels of a border may be from its colour in trim mode"
    )
    padToSquare: bool = Field(default=False, description="lay what is left after trim on a square")
    padColor: str = Field(
        default="#ffffff", pattern=r"^#([0-9a-fA-F]{3}){1,2}$", description="colour where no picture is, as #rrggbb"
    )
    targetSize: Side | None = Field(default=None, description="side of that square in px, else as small as can be")
    quality: int | None = Field(default=None, ge=1, le=100, description="quality of the encoder")


class SmartCropForm(BaseModel):
    """The fields of the form besides its files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: str = Field(default="{}", description="the settings as a JSON object")
    clientJobId: str | None = Field(
        default=None,
        pattern=r"^[\w.:-]{1,128}$",
        description="a name of the client's own: it stands for the job's id, and sent twice it gives one job",
    )


class Events(BaseModel):
    """How progress is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: Literal["named", "plain"] = Field(
        default="named", description="plain leaves the name of the events out, for onmessage of EventSource"
    )


class Taken(BaseModel):
    """A job that was taken on."""

    jobId: str
    async_: Literal[True] = Field(default=True, serialization_alias="async", validation_alias="async")


class Result(BaseModel):
    """What came of a job. Sizes are bytes, of a batch those of all its finished pictures."""

    jobId: str
    downloadUrl: str
    originalSize: int
    processedSize: int


class FileError(BaseModel):
    """A picture of a batch that failed."""

    filename: str
    error: str


class Frame(BaseModel):
    """One event of a job's progress. The counts and `errors` are those of a batch."""

    jobId: str
    type: Literal["single", "batch"]
    phase: Phase
    percent: int = Field(ge=0, le=100)
    stage: str
    error: str | None = None
    code: str | None = None
    result: Result | None = None
    totalFiles: int | None = None
    completedFiles: int | None = None
    failedFiles: int | None = None
    errors: list[FileError] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the members that this type of job has."""
        batch = {"totalFiles", "completedFiles", "failedFiles", "errors"}
        return self.model_dump(exclude=set() if self.type == "batch" else batch)


class Cancelled(BaseModel):
    """A job that was cancelled."""

    jobId: str
    status: Literal["cancelled"] = "cancelled"


class Detail(BaseModel):
    """Why one setting cannot be used."""

    path: str
    message: str


class Failure(BaseModel):
    """An error. `code` names its kind; `details` are given for settings, `feature` for what is not installed."""

    error: str
    code: str
    details: list[Detail] | None = None
    feature: str | None = None
