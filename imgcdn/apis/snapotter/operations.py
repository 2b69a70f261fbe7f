"""What SnapOtter's endpoints take and give, for the OpenAPI document."""

from imgcdn.apis.operation import Operation
from imgcdn.apis.snapotter.models import Cancelled, Events, Failure, Frame, Settings, SmartCropForm, Taken

_KNOWING = (401, 403, 404, 500, 503)
_TAKING = (400, 401, 403, 413, 500, 501, 503)
_PREFIXES = ("/api/v1/tools/smart-crop", "/api/v1/tools/image/smart-crop")
_SETTINGS = "The field `settings` is a JSON object, as the schema Settings of this API says."
_JOB = {"job": "the job's id, or the client's own name for it"}

OPERATIONS = (
    *(
        Operation(
            "POST",
            prefix,
            "Crop a picture as a job",
            form=SmartCropForm,
            files=("file",),
            responses={202: Taken},
            errors=(*_TAKING, 422, 504),
            error=Failure,
            about=_SETTINGS,
            texts=(Settings,),
        )
        for prefix in _PREFIXES
    ),
    *(
        Operation(
            "POST",
            f"{prefix}/batch",
            "Crop many pictures as one job",
            form=SmartCropForm,
            files=("files",),
            takes_many_files=True,
            responses={202: Taken},
            errors=_TAKING,
            error=Failure,
            about=_SETTINGS,
            texts=(Settings,),
        )
        for prefix in _PREFIXES
    ),
    Operation(
        "GET",
        "/api/v1/jobs/{job}/progress",
        "Watch a job",
        path_parameters=_JOB,
        query=Events,
        responses={200: None},
        media=("text/event-stream",),
        errors=(400, *_KNOWING),
        error=Failure,
        about="Server-sent events, each of which holds a Frame as JSON; the last one is told again to who comes late.",
        texts=(Frame,),
    ),
    Operation(
        "DELETE",
        "/api/v1/jobs/{job}",
        "Cancel a job",
        path_parameters=_JOB,
        responses={200: Cancelled},
        errors=(*_KNOWING, 409),
        error=Failure,
    ),
    Operation(
        "GET",
        "/api/v1/download/{job}/{file}",
        "Fetch what a job made",
        path_parameters={**_JOB, "file": "the name in the job's result"},
        responses={200: None},
        media=("image/*", "application/zip"),
        errors=_KNOWING,
        error=Failure,
        about="A picture in the format of its input, or the ZIP of a batch.",
    ),
)
