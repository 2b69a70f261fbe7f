"""Errors of plans name the component of the URL, never a parameter of ours."""

import pytest

from imgcdn import errors
from imgcdn.dialects.cloudinary import parsing, telling
from imgcdn.dialects.mounts import Mount, Mounts


@pytest.mark.parametrize(
    ("components", "detail", "param", "told", "named"),
    [
        ("l_nope", "watermark=/demo/nope: there is no such file", "watermark", "l_nope: there is no such file", "l"),
        (
            "l_a b:c/fl_layer_apply/l_d,e_multiply",
            "watermark=/demo/a b/c: there is no such file",
            "watermark",
            "l_a b:c: there is no such file",
            "l",
        ),
        ("l_a/l_d,e_multiply", "blend=/demo/d: it is gone", "blend", "l_d: it is gone", "l"),
        (
            "c_crop,h_9,w_9,x_5000/w_9",
            "rect=5000,0,9,9 leaves nothing of a 9x9 px picture",
            "rect",
            "c_crop,h_9,w_9,x_5000 leaves nothing of a 9x9 px picture",
            "c",
        ),
        ("w_9/pg_3", "page=3 cannot be used: the source has 1 page", "page", "pg_3 cannot be used: the source has 1 page", "pg"),
        (
            "c_fit,w_9/r_20",
            "w=9 asks for 9 px: expected one of 320 px",
            "w",
            "w_9 asks for 9 px: expected one of 320 px",
            "w",
        ),
        (
            "e_blur_faces:9",
            "face_blur needs faces to be found",
            "face_blur",
            "e_blur_faces:9 needs faces to be found",
            "e",
        ),
        ("w_9,bo_9px_solid_red", "too little is left", "border", "bo_9px_solid_red: too little is left", "bo"),
        ("w_9", "page=3 cannot be used", "page", "page=3 cannot be used", "page"),
    ],
)  # fmt: skip
def test_an_error_names_what_the_url_says(components, detail, param, told, named):
    error = errors.ImpossibleCropError(detail, param=param)
    found = telling.told("demo", f"image/upload/{components}/v1/a.jpg", error)
    assert (found.detail, found.param) == (told, named)
    assert type(found) is type(error)
    # Others may be waiting for the same one.
    assert (error.detail, error.param) == (detail, param)


def test_a_mount_tells_errors_in_the_words_of_its_own_urls():
    mounts = Mounts([Mount("demo", "cloudinary"), Mount("img")], {})
    error = errors.InvalidParameterError("page=3 cannot be used", param="page")
    assert mounts.told("", "/demo/image/upload/pg_3/a.jpg", error).detail == "pg_3 cannot be used"
    assert mounts.told("", "/img/a.jpg", error) is error
    assert mounts.told("", "/nothing/a.jpg", error) is error


def test_what_is_fetched_on_a_mount_that_is_no_proxy_is_not_found_with_the_reason():
    mounts = Mounts([Mount("demo", "cloudinary"), Mount("web", "cloudinary", is_proxy=True)], {})
    with pytest.raises(errors.NotFoundError, match="this mount is no proxy"):
        mounts.ask("", "/demo/image/fetch/w_9/https://e.com/a.jpg", "")
    assert mounts.ask("", "/web/image/fetch/w_9/https://e.com/a.jpg", "").source.path == "https://e.com/a.jpg"


def test_a_mount_reads_things_that_the_server_finds():
    asked = [
        Mounts([Mount("demo", "cloudinary")], {}, **sees).ask("", "/demo/image/upload/c_fill,g_cat,w_9,h_9/a.jpg", "")
        for sees in ({"sees": lambda name: name == "cat"}, {})
    ]
    assert [ask.spec.gravity for ask in asked] == [("obj:cat", "auto"), ()]
    assert [ask.delivery.ignored for ask in asked] == [(), ("g_cat",)]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("e_blur:x", "e_blur:x cannot be used: expected e_blur alone, or e_blur: with a number from 1 to 2000"),
        ("e_loop:-1", "e_loop:-1 cannot be used: expected e_loop alone, or e_loop: with how often"),
    ],
)
def test_an_effect_that_cannot_be_read_is_told_without_the_marks_of_the_table(said, shown):
    with pytest.raises(errors.InvalidParameterError) as caught:
        parsing.parse("demo", f"image/upload/{said}/v1/a.jpg", "")
    assert caught.value.detail == shown


@pytest.mark.parametrize(
    "said", ["w_abc", "c_fit,ar_1:1", "q_101", "c_crop,w_9,h_9,g_face,x_3", "l_a,e_sepia", "ar_0,w_9"]
)
def test_an_error_that_names_its_part_of_the_url_stays_as_it_is(said):
    path = f"image/upload/{said}/v1/a.jpg"
    with pytest.raises(errors.InvalidParameterError) as caught:
        parsing.parse("demo", path, "")
    assert telling.told("demo", path, caught.value) is caught.value
    assert caught.value.param in {"w", "ar", "q", "x", "e"}
