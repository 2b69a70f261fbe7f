"""What can be read and changes nothing where it stands is listed, whatever it belongs to; what counts is not."""

import pytest

from imgcdn.dialects.imgix import parsing


def parse(query: str):
    return parsing.parse("img", "a.jpg", query)


IDLE = [
    ("facepad=2", {"fit=facearea"}),
    ("faceindex=2", {"fit=facearea", "fit=crop&crop=edges,faces"}),
    ("faces=1", {"fm=json"}),
    ("fp-x=.2", {"fit=crop&crop=focalpoint", "fit=crop&crop=faces,focalpoint"}),
    ("fp-y=.2", {"fit=crop&crop=focalpoint", "fit=crop&crop=faces,focalpoint"}),
    ("fp-z=2", {"fit=crop&crop=focalpoint"}),
    ("crop=left", {"fit=crop", "fit=crop&crop=faces,focalpoint", "fit=crop&crop=edges,faces"}),
    ("fill=blur", {"fit=fill", "fit=facearea", "fit=fillmax"}),
    ("fill-color=f00", {"fit=fill", "fit=facearea", "fit=fillmax"}),
    *((f"mark-{what}", {"mark=a.png"}) for what in ("w=4", "pad=4", "alpha=4", "base=b", "rot=4", "align=top")),
    *((f"blend-{what}", {"blend=f00", "blend-color=f00"}) for what in ("alpha=4", "mode=normal", "crop=top", "pad=4")),
    *((f"txt-{what}", {"txt=a"}) for what in ("size=20", "font=serif", "color=f00", "x=4", "line-color=f00")),
    ("trim-pad=4", {"trim=auto", "trim=alpha", "trim=color"}),
    ("trim-md=4", {"trim=auto"}),
    ("trim-sd=4", {"trim=auto"}),
    ("trim-tol=4", {"trim=color"}),
    ("trim-color=f00", {"trim=color"}),
    ("trim-alpha=4", {"trim=alpha"}),
    ("usmrad=4", {"usm=20"}),
    ("duotone-alpha=4", {"duotone=f00,00f"}),
    ("colors=4", {"palette=css"}),
    ("prefix=a", {"palette=css"}),
    ("mask-bg=f00", {"mask=ellipse"}),
    ("corner-radius=4", {"mask=ellipse"}),
    ("border-left=4", {"border=4,f00"}),
    ("max-w=4", {"fit=crop", "fit=crop&crop=faces,focalpoint"}),
]
"""Parameters, and beside what they count."""
BESIDE = sorted(set().union(*(beside for _, beside in IDLE)))


@pytest.mark.parametrize(("idle", "counts"), IDLE, ids=[idle for idle, _ in IDLE])
def test_a_parameter_that_changes_nothing_is_listed_and_one_that_does_is_not(idle, counts):
    name = idle.partition("=")[0]
    for beside in BESIDE:
        said = [part.partition("=")[0] for part in beside.split("&")]
        if name in said:
            continue
        plain, ask = parse(beside), parse(f"{beside}&{idle}")
        is_listed = name in ask.delivery.ignored
        assert not (is_listed and beside in counts), beside
        if beside in {"", "fm=json", "palette=css"} and beside not in counts:
            assert is_listed, beside
        if not is_listed and name not in {"crop", "fill", "fp-z", "mark-base", "corner-radius", "max-w"}:
            assert ask.spec != plain.spec, f"{beside} with {idle} is another picture"


def test_the_colour_of_a_blend_counts_where_there_is_no_blend():
    assert parse("blend=a.png&blend-color=f00").delivery.ignored == ("blend-color",)
    assert parse("blend-color=f00&blend-mode=normal").delivery.ignored == ()


def test_what_has_no_effect_for_want_of_another_parameter_is_listed():
    assert parse("w=40&ar=1:1&crop=faces").delivery.ignored == ("ar", "crop")
    assert parse("w=40&h=40&fit=crop&ar=1:1").delivery.ignored == ("ar",)
    assert parse("w=40&fit=crop&ar=1:1&crop=faces").delivery.ignored == ()
    assert parse("fit=crop&ar=1:1").delivery.ignored == parse("fit=fill&ar=1:1&h=4").delivery.ignored == ()
    assert parse("fit=fillmax&ar=1:1").delivery.ignored == ("ar",)
    assert parse("border-top=4&grid-size=9&rot-type=pivot").delivery.ignored == ("border-top", "grid-size", "rot-type")
    assert parse("border=4,f00&border-top=4&rot=4&rot-type=pivot").delivery.ignored == ()
