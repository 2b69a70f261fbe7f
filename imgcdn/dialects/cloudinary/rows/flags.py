"""Flags (`fl_`); several stand with dots between them."""

from collections.abc import Iterator

from imgcdn.dialects.cloudinary.row import Group, Read, Row, Setting, refused
from imgcdn.dialects.imgix.row import Status
from imgcdn.model.spec import Strip

SAME, NEAR = Status.SAME, Status.APPROXIMATE
PALETTE = 256


def _sets(*settings: Setting) -> Read:
    def read(text: str) -> tuple[Setting, ...]:
        _ = text
        return settings

    return read


def _progressive(text: str) -> Iterator[Setting]:
    yield "progressive", text != "none"


def _row(
    name: str, sets: tuple[str, ...], read: Read, note: str = "", status: Status = SAME, expects: str = "–"
) -> Row:
    return Row(f"fl_{name}", expects, sets, status, note, read)


_IDLE = {
    "animated": "animations stay ones where the format has them",
    "awebp": "animations stay ones where the format has them",
    "apng": "animations become stills in PNG",
    "any_format": "",
    "force_icc": "sRGB needs no profile",
    "ignore_aspect_ratio": "",
    "ignore_mask_channels": "",
    "immutable_cache": "the version in the path says it",
    "keep_dar": "is for films",
    "no_overflow": "layers never leave the picture",
    "no_stream": "",
    "original": "",
    "preserve_transparency": "formats with transparency keep it",
    "rasterize": "drawings are always drawn",
    "sanitize": "drawings are never handed out as they are",
    "text_disallow_overflow": "texts never leave the picture",
    "text_no_trim": "",
    "lossy": "PNG and GIF are written without loss but for their palette",
}
FLAGS = (
    _row("progressive", ("progressive",), _progressive, expects="– or :steep, :semi, :none"),
    _row("strip_profile", ("strip",), _sets(("strip", Strip.ALL)), "sRGB goes without a profile"),
    _row("force_strip", ("strip",), _sets(("strip", Strip.ALL))),
    _row("keep_iptc", ("strip",), _sets(("strip", Strip.NONE)), "all metadata stays, but GPS", NEAR),
    _row("keep_attribution", ("strip",), _sets(("strip", Strip.NONE)), "all metadata stays, but GPS", NEAR),
    _row("png8", ("coding.colours",), _sets(("coding.colours", PALETTE))),
    _row("png24", (), _sets()),
    _row("png32", (), _sets()),
    Row("fl_attachment", "– or :name", ("delivery.download",), SAME, "its extension is that of the format"),
    Row("fl_getinfo", "–", ("format",), NEAR, "JSON of our own form"),
    Row("fl_layer_apply", "–", (), SAME, "ends what belongs to a layer"),
    Row("fl_relative", "–", ("mark.width",), SAME, "on layers: sides in shares of the picture"),
    Row("fl_tiled", "–", ("mark.tile",), SAME, "on picture layers"),
    *(_row(name, (), _sets(), note, SAME) for name, note in _IDLE.items()),
    *refused(
        {
            "fl_clip": "clipping paths are not read",
            "fl_clip_evenodd": "clipping paths are not read",
            "fl_cutter": "layers cut nothing out",
            "fl_region_relative": "layers are not laid on faces",
            "fl_replace_image": "layers replace nothing",
            "fl_splice": "films are not read",
            "fl_tiff8_lzw": "TIFF is not written",
            "fl_group4": "TIFF is not written",
            "fl_hlsv3": "films are not read",
            "fl_streaming_attachment": "films are not read",
            "fl_waveform": "films are not read",
            "fl_c2pa": "no such metadata is written",
            "fl_extract": "nothing is cut out",
            "fl_alternate": "films are not read",
        }
    ),
)
GROUPS = (Group("Flags", FLAGS),)
