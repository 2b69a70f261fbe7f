"""How the answer is handed over, and who may ask for it; nothing here changes a pixel."""

import re

from imgcdn.dialects import readers, signing
from imgcdn.dialects.parameters import Parameter
from imgcdn.model.spec import Debug

PRESET_NAME = re.compile(r"[a-z0-9_-]{1,32}")

ROWS = (
    Parameter(
        "ch",
        "hints",
        readers.hints(),
        "–",
        "client hints that may change the answer: `Width` (device pixels) and `Dpr` win over `w` and `dpr`, which "
        "then are for browsers that send none; `Save-Data` lowers the quality; values are rounded up to those of "
        "the settings (`hints`)",
        "w=400&ch=Width,Dpr,Save-Data",
    ),
    Parameter(
        "preset",
        "preset",
        readers.words(PRESET_NAME.pattern, "the name of a preset of the settings: 1 to 32 of a–z, 0–9, _ and -"),
        "–",
        "named parameters from the settings; those in the URL win; the path ending `/p/{name}` is the same",
        "preset=avatar",
    ),
    Parameter(
        "dl",
        "download",
        readers.words(r"[^\x00-\x1f\x7f-\x9f/\\]{0,200}", "a file name of at most 200 characters, or nothing"),
        "–",
        "offers the answer for saving, under this name if one is given",
        "w=400&dl=team.jpg",
    ),
    Parameter(
        "v",
        "version",
        readers.words(r"[\w.~-]{1,64}", "1 to 64 letters, digits, '.', '_', '~' or '-'"),
        "–",
        "cache buster: changes nothing, and lets browsers keep the answer for a year",
        "w=400&v=3",
    ),
    Parameter(
        "explain",
        "is_explained",
        readers.boolean(),
        "false",
        "answers JSON in place of the picture: every decision, with the windows that were weighed and their scores",
        "w=400&h=300&explain=1",
    ),
    Parameter(
        "debug",
        "debug",
        readers.one_of(Debug),
        "–",
        "draws the decisions over the whole source: `crop` the window, the focus, the faces and their scores, "
        "`heat` what each part of the picture is worth; only where the settings allow it (`http.allow_debug`)",
        "w=400&h=300&debug=crop",
    ),
    Parameter(
        "exp",
        "expires_at",
        signing.EXPIRY_READER,
        "–",
        "last second at which the URL holds, in Unix time; only a signature keeps it from being changed",
        "w=400&exp=1900000000",
    ),
    Parameter(
        "kid",
        "key_id",
        readers.words(signing.KEY_ID_PATTERN, "the name of a key: 1 to 32 of A–Z, a–z, 0–9, '.', '_' and '-'"),
        "–",
        "names the key of `sig`; without it every key is tried",
        "w=400&kid=main",
    ),
    Parameter(
        "sig",
        "signature",
        readers.words(r"[\w-]{43}", "the 43 characters that `imgcdn sign` prints"),
        "–",
        "proof that we issued this URL: HMAC-SHA256 over path and parameters, in base64url",
        "w=400&sig=ZGjVGgVdKVNfNuh4FBwA6AnjS0f5Dq-9Y2ZFnTnNWU0",
    ),
)
