"""300 URLs as real sites spell them: by who writes them, for sources of several shapes. Only the queries; hosts move."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from itertools import cycle
from typing import Final


@dataclass(frozen=True)
class Picture:
    """A source: its size as it is stored, how EXIF turns it, and what rules of sizes ask of its content."""

    name: str
    width: int
    height: int
    orientation: int = 1
    has_face: bool = False
    frames: int = 1

    def upright(self, orientation: int | None = None) -> tuple[int, int]:
        """Return width and height once it is turned, by EXIF or by what takes its place."""
        turned = (self.orientation if orientation is None else orientation) >= 5
        return (self.height, self.width) if turned else (self.width, self.height)


LANDSCAPE = Picture("landscape.jpg", 1200, 800)
PORTRAIT = Picture("portrait.jpg", 384, 512, has_face=True)
SQUARE = Picture("people/a b.jpg", 512, 512, has_face=True)
TURNED = Picture("turned.jpg", 600, 901, orientation=6)
UPSIDE = Picture("upside.jpg", 901, 600, orientation=3)
ODD = Picture("größe 1+1.jpg", 1001, 667)
PANORAMA = Picture("panorama.jpg", 2400, 300)
TINY = Picture("tiny.png", 3, 2)
LOGO = Picture("logo.png", 60, 30)
FILM = Picture("film.gif", 120, 80, frames=4)
PICTURES: Final = (LANDSCAPE, PORTRAIT, SQUARE, TURNED, UPSIDE, ODD, PANORAMA, TINY, LOGO, FILM)

JS_WIDTHS: Final = (
    *(100, 116, 135, 156, 181, 210, 244, 283, 328, 380, 441, 512, 594, 689, 799, 927, 1075, 1247, 1446, 1678, 1946),
    *(2257, 2619, 3038, 3524, 4087, 4741, 5500, 6380, 7401, 8192),
)
"""Those that imgix' JavaScript client puts in a srcset, growing by 16 %."""
JS_QUALITIES: Final = ((1, 75), (2, 50), (3, 35), (4, 23), (5, 20))
NEXT_WIDTHS: Final = (16, 32, 48, 64, 96, 128, 256, 384, 640, 750, 828, 1080, 1200, 1920, 2048, 3840)
UNPIC_WIDTHS: Final = (320, 640, 750, 828, 960, 1080, 1280, 1668, 1920, 2048)
DATO_DENSITIES: Final = ("0.25", "0.5", "0.75", "1", "1.5", "2", "3", "4")
UNSPLASH_ID: Final = "M3wxMjA3fDB8MHxwaG90by1wYWdlfHx8fGVufDB8fHx8fA%3D%3D"
RUBY: Final = "ixlib=rb-4.0.3&ixid=" + UNSPLASH_ID


def encoded(text: str) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def spread(pictures: tuple[Picture, ...], queries: list[str]) -> list[tuple[Picture, str]]:
    """Give each query one of the pictures, in turn."""
    return list(zip(cycle(pictures), queries, strict=False))


FAMILIES: Final[dict[str, list[tuple[Picture, str]]]] = {
    "next.js": [
        *spread((LANDSCAPE, TURNED, ODD), [f"auto=format&fit=max&w={w}&q=75" for w in NEXT_WIDTHS]),
        *spread((PORTRAIT, FILM, TINY, LOGO), [f"auto=format%2Ccompress&fit=max&w={w}&q=50" for w in NEXT_WIDTHS[4:]]),
    ],
    "unpic": [
        *spread((LANDSCAPE, ODD, TURNED), [f"w={w}&h={w * 9 // 16}&fit=min&auto=format" for w in UNPIC_WIDTHS]),
        *spread((PORTRAIT, PANORAMA, UPSIDE), [f"fit=min&auto=format&w={w}" for w in UNPIC_WIDTHS[:6]]),
        (SQUARE, "w=256&h=256&fit=min&auto=format"),
        (FILM, "w=64&h=64&fit=min&auto=format"),
        (TINY, "w=800&h=600&fit=min&auto=format"),
    ],
    "prismic": [
        *spread(
            (LANDSCAPE,),
            [
                f"auto=compress%2Cformat&rect=0%2C63%2C1200%2C675&w={w}&h={round(w * 9 / 16)}"
                for w in (150, 300, 500, 640, 850, 1200, 1600)
            ],
        ),
        (LANDSCAPE, "auto=compress,format&rect=200,0,800,800&w=400&h=400"),
        (LANDSCAPE, "auto=format,compress&rect=150,0,533,800&w=1000&h=1500"),
        (TURNED, "auto=compress,format&rect=0,100,901,400&w=450&h=200"),
        (UPSIDE, "auto=format%2Ccompress&width=640"),
        (UPSIDE, "auto=format%2Ccompress&width=1200&fit=max"),
        (PORTRAIT, "auto=compress,format&rect=0,0,384,384&w=96&h=96"),
        (PORTRAIT, "rect=84,0,300,512&w=150&h=256&dpr=2"),
        (ODD, "auto=compress,format&rect=100,67,800,600&w=399&h=299&q=60"),
        (ODD, "auto=compress,format&rect=900,600,400,400"),
        (SQUARE, "auto=compress,format&rect=20,0,300,300&w=150"),
        (LANDSCAPE, "auto=format&rect=0.25,0.25,0.5,0.5&w=300"),
    ],
    "sanity": [
        (LANDSCAPE, "w=400"),
        (LANDSCAPE, "h=300"),
        (LANDSCAPE, "w=2000&fit=max&auto=format"),
        (LANDSCAPE, "w=640&h=360&fit=crop&auto=format"),
        (LANDSCAPE, "rect=100,50,900,700&w=320&h=240&fit=crop&auto=format"),
        (LANDSCAPE, "rect=0,0,1200,600&w=600&h=300&fit=min&q=80&auto=format"),
        (ODD, "w=320&h=240&fit=crop&crop=focalpoint&fp-x=0.31&fp-y=0.62"),
        (ODD, "w=200&h=200&fit=crop&crop=entropy&auto=format"),
        (ODD, "w=300&h=300&fit=fill&bg=ff0000"),
        (ODD, "w=1500&h=1500&fit=fillmax&bg=00ff00"),
        (ODD, "w=120&h=500&fit=scale"),
        (TURNED, "w=500&h=500&fit=clip&dpr=2"),
        (TURNED, "or=90&w=300"),
        (TURNED, "or=0&w=300"),
        (UPSIDE, "flip=hv&w=256&h=128&fit=crop&crop=top"),
        (PORTRAIT, "w=96&h=96&fit=crop&crop=top,left&sat=-100"),
        (PORTRAIT, "w=300&blur=50&q=30"),
        (PORTRAIT, "h=64&dpr=1.5&auto=format"),
        (FILM, "w=60&h=60&fit=crop"),
        (LOGO, "w=600&fit=max&invert=true"),
        (LOGO, "h=100&sharp=20"),
    ],
    "datocms": [
        *spread((LANDSCAPE, UPSIDE), [f"auto=format&dpr={dpr}&fit=crop&h=300&w=450" for dpr in DATO_DENSITIES]),
        *spread((LANDSCAPE, TURNED), [f"auto=format&dpr={dpr}&w=300" for dpr in DATO_DENSITIES]),
        (LANDSCAPE, "ar=16%3A9&auto=format&fit=crop&w=750"),
        (TURNED, "ar=16:9&fit=crop&w=750&crop=focalpoint&fp-x=0.43&fp-y=0.2&fp-z=1.5"),
        (PORTRAIT, "ar=1:1&fit=crop&crop=faces,entropy&w=320"),
        (PORTRAIT, "fit=crop&h=400&max-w=200"),
        (PORTRAIT, "fit=crop&w=400&max-h=200&auto=format"),
        (ODD, "fit=crop&w=300&min-h=400"),
        (ODD, "fit=crop&h=300&min-w=600&dpr=2"),
        (ODD, "fit=crop&h=333&max-w=1000&min-w=100"),
        (LANDSCAPE, "fm=jpg&w=800&fit=crop&max-h=500"),
        (SQUARE, "auto=format&fit=facearea&facepad=3&w=100&h=100&mask=ellipse&fm=png"),
    ],
    "unsplash": [
        *spread((LANDSCAPE, ODD, PORTRAIT), [f"{RUBY}&auto=format&fit=crop&w={w}&q=80" for w in (500, 700, 870, 1170)]),
        *spread(
            (LANDSCAPE, UPSIDE, SQUARE),
            [f"crop=entropy&cs=tinysrgb&fit=max&fm=jpg&{RUBY}&q=80&w={w}" for w in (200, 400, 1080, 2000)],
        ),
        (LANDSCAPE, f"crop=entropy&cs=srgb&fm=jpg&{RUBY}&q=85"),
        (LANDSCAPE, f"{RUBY}"),
        (PORTRAIT, "q=80&fm=jpg&crop=entropy&cs=tinysrgb&w=200&fit=max"),
        (PORTRAIT, "auto=format&fit=crop&h=32&w=32&q=60&crop=faces&bg=fff"),
        (SQUARE, "auto=format&fit=crop&h=64&w=64&q=60&crop=faces&bg=fff"),
        (SQUARE, "dpr=2&auto=format&fit=crop&w=128&h=128&q=60&crop=faces&bg=fff"),
        (ODD, "w=500&auto=format&fit=crop&q=60&ixlib=rb-1.2.1&dpr=1"),
        (ODD, "w=1000&h=1000&fit=crop&crop=edges&auto=compress&cs=tinysrgb"),
        (PANORAMA, "auto=compress&cs=tinysrgb&dpr=2&h=650&w=940&fit=crop"),
    ],
    "tailwind ui": [
        *(
            (
                picture,
                f"ixlib=rb-1.2.1&ixid=eyJhcHBfaWQiOjEyMDd9&auto=format&fit=facearea&facepad={pad}&w={w}&h={w}&q=80",
            )
            for picture in (SQUARE, PORTRAIT, LANDSCAPE)
            for pad, w in (("2", 256), ("2.25", 256), ("3", 300), ("4", 256), ("8", 1024))
        ),
        (SQUARE, "ixlib=rb-1.2.1&auto=format&fit=facearea&w=512&h=512&q=80"),
        (PORTRAIT, "ixlib=rb-4.0.3&auto=format&fit=facearea&facepad=10&w=144&h=144"),
        (LANDSCAPE, "ixlib=rb-4.0.3&auto=format&fit=crop&w=1024&h=1280&q=80"),
        (LANDSCAPE, "auto=format&fit=crop&w=2830&q=80&blend=111827&sat=-100&exp=15&blend-mode=multiply"),
        (
            LANDSCAPE,
            "auto=format&fit=crop&crop=focalpoint&fp-y=.8&w=1410&h=590&q=80&blend=111827&sat=-100&blend-mode=multiply",
        ),
        (ODD, "auto=format&fit=crop&w=1310&h=873&q=80&fp-x=0.2&crop=focalpoint"),
        (ODD, "ixlib=rb-1.2.1&auto=format&fit=facearea&facepad=2&w=256&h=256&q=80"),
        (SQUARE, "fit=facearea,clip&facepad=2&w=256&h=200"),
        (LANDSCAPE, "fit=facearea,clip&facepad=2&w=256&h=200"),
        (LANDSCAPE, "fit=facearea,max&w=3000&h=3000"),
        (LANDSCAPE, "fit=facearea,crop&w=100&h=300"),
        (TURNED, "fit=facearea,scale&w=100&h=300"),
        (TURNED, "fit=facearea,min&w=1000&h=1000"),
        (PORTRAIT, "fit=facearea&faceindex=1&facepad=1.5&w=80&h=120&mask=corners&corner-radius=12"),
    ],
    "nuxt image": [
        *spread(
            (LANDSCAPE, PORTRAIT, TURNED, FILM),
            [f"w={w}&h={h}&fit={fit}" for w, h in ((300, 200), (90, 160)) for fit in ("crop", "fill", "scale", "clip")],
        ),
        (LANDSCAPE, "w=320&fit=fit-max"),
        (PORTRAIT, "w=640&h=480&fit=fit-max&auto=format"),
        (ODD, "w=200&fm=webp&q=70"),
        (ODD, "w=1536&h=1024&fit=crop&dpr=2&fm=avif&q=40&rect=0,0,20,20&w=32&h=32"),
        (TINY, "w=30&h=30&fit=fill"),
        (TINY, "w=30&fit=scale"),
    ],
    "gatsby": [
        *spread((LANDSCAPE, UPSIDE), [f"auto=format&fit=crop&ar=1.5&w={w}&q=75&dpr=1" for w in (200, 400, 800, 1600)]),
        *spread((ODD, TURNED), [f"ixlib=gatsbySourceUrl-2.1.3&fit=clip&w={w}&h={w}" for w in (50, 100, 333, 999)]),
        (LANDSCAPE, "w=100&blur=15&px=3&auto=format"),
        (PORTRAIT, "w=20&blur=200&px=16&q=1&fm=blurhash&fm=jpg"),
        (PORTRAIT, "ixlib=gatsbyHook-2.1.3&ar=0.75&crop=faces&fit=crop&h=480"),
        (PANORAMA, "fit=crop&ar=2.35:1&w=940&crop=entropy"),
        (LANDSCAPE, "ar=9:1&fit=crop"),
        (TURNED, "ar=16:9&fit=crop&auto=format"),
        (ODD, "ar=0.85:1&fit=crop&crop=left&dpr=2"),
        (ODD, "ar=1:1&fit=fill&w=200"),
        (LANDSCAPE, "ar=1:1&fit=crop&max-w=1000"),
        (TURNED, "ar=4:3&fit=fill&h=99&dpr=3&bg=eee"),
        (PANORAMA, "ar=9:3&fit=fill&fill=solid&fill-color=orange"),
        (PORTRAIT, "ar=1:1&fit=fillmax&w=500"),
        (LOGO, "ar=1:1&fit=fill&auto=compress&w=90&h=40"),
    ],
    "storyblok, craft, wordpress": [
        *spread(
            (LANDSCAPE, PORTRAIT, ODD),
            [
                f"auto=format%2Ccompress&crop=focalpoint&fit=crop&fp-x={x}&fp-y={y}&h={h}&q=82&w={w}"
                for x, y, w, h in (
                    ("0.5", "0.5", 1200, 630),
                    ("0.123", "0.9", 600, 315),
                    ("1", "0", 375, 667),
                    ("0", "1", 768, 432),
                )
            ],
        ),
        (LANDSCAPE, "auto=compress%2Cformat&crop=faces%2Cedges&fit=crop&h=220&w=390&ixlib=php-3.3.1"),
        (LANDSCAPE, "auto=compress%2Cformat&fit=scale&h=683&ixlib=php-3.3.1&w=1024&wpsize=large"),
        (LANDSCAPE, "auto=compress%2Cformat&ixlib=php-3.3.1"),
        (TURNED, "auto=format&crop=top%2Cright&fit=crop&h=150&w=150&ixlib=php-1.2.1"),
        (UPSIDE, "auto=format&w=768&h=0&ixlib=php-1.2.1"),
        (PORTRAIT, "auto=format&w=&h=120"),
        (PORTRAIT, "w=auto&h=120&utm_source=news&utm_medium=e-mail"),
        (FILM, "auto=format,compress&w=100"),
        (FILM, "fm=webp&w=100&h=100&fit=fill&bg=fff"),
        (FILM, "fm=jpg&w=40&h=80&fit=crop&crop=right"),
    ],
    "js-core, fluid": [
        *((PANORAMA, f"ixlib=js-3.8.0&auto=format&w={w}") for w in JS_WIDTHS),
        *((LANDSCAPE, f"ixlib=react-9.8.0&fit=max&auto=format%2Ccompress&w={w}") for w in JS_WIDTHS[3::4]),
        *((ODD, f"ixlib=js-3.8.0&ar=4%3A1&fit=crop&crop=entropy&w={w}") for w in JS_WIDTHS[1:22:5]),
    ],
    "js-core, fixed": [
        *((LANDSCAPE, f"ixlib=js-3.8.0&w=160&dpr={dpr}&q={q}") for dpr, q in JS_QUALITIES),
        *((UPSIDE, f"h=150&w=200&fit=crop&crop=faces&ixlib=vue-2.9.1&dpr={dpr}&q={q}") for dpr, q in JS_QUALITIES),
        *((PORTRAIT, f"ixlib=js-3.8.0&h=101&ar=3%3A4&fit=crop&dpr={dpr}&q={q}") for dpr, q in JS_QUALITIES),
        *((ODD, f"dpr={dpr}&h=97&ixlib=python-4.0.0&q={q}") for dpr, q in JS_QUALITIES),
        *((TINY, f"ixlib=rails-4.3.1&w=3&dpr={dpr}&q={q}") for dpr, q in JS_QUALITIES),
    ],
    "marks, blends, texts": [
        (
            LANDSCAPE,
            "w=1200&h=630&fit=crop&txt=A%20title%20of%20a%20post&txt-size=64&txt-color=fff&txt-align=middle,center",
        ),
        (
            LANDSCAPE,
            "blend=000000&blend-mode=normal&blend-alpha=40&fit=crop&h=630&w=1200&txt-font=serif,bold&txt=%C3%9Cber+uns",
        ),
        (LANDSCAPE, f"w=600&mark64={encoded('/logo.png')}&mark-align64={encoded('top,left')}&mark-scale=20"),
        (LANDSCAPE, "w=600&mark=%2Flogo.png&mark-w=0.25&mark-pad=20&mark-alpha=60"),
        (TURNED, "w=400&h=400&fit=crop&mark=logo.png&mark-x=10&mark-y=20&mark-w=100"),
        (UPSIDE, f"w=500&txt64={encoded('Über uns — 東京')}&txt-size=40&txt-pad=30&txt-align=bottom,left&txtclr=fff"),
        (PORTRAIT, f"w64={encoded('300')}&h64={encoded('200')}&fit64={encoded('crop')}&crop64={encoded('faces,top')}"),
        (PORTRAIT, "w=300&blend=%2Flogo.png&blend-mode=multiply&blend-fit=crop&blend-size=inherit"),
        (SQUARE, "w=300&mark=logo.png&mark-tile=grid&mark-alpha=15"),
        (SQUARE, f"w=300&txt64={encoded('© A & B')}&txt-fit=max&txt-width=200"),
        (ODD, "h=320&blend=ff8800&bm=color&balph=50&monochrome=80333333"),
        (LOGO, "w=200&h=200&fit=fill&bg=eee&mark=tiny.png&mark-align=center,middle&mark-scale=50"),
    ],
    "shops": [
        (LANDSCAPE, "w=500&h=500&fit=fill&fill=solid&fill-color=fff&pad=20&auto=format"),
        (LANDSCAPE, "w=500&h=500&fit=fill&fill=blur&auto=format,compress"),
        (PORTRAIT, "w=500&h=500&fit=fillmax&bg=f5f5f5&trim=color"),
        (PORTRAIT, "w=300&h=300&fit=clamp"),
        (ODD, "w=400&pad=20&bg=fff"),
        (ODD, "h=300&pad=10&border=5,cccccc"),
        (ODD, "w=400&h=300&fit=crop&border=10,000&border-radius=20"),
        (TURNED, "w=400&rot=90&rot-type=pivot"),
        (UPSIDE, "w=400&rot=90"),
        (TURNED, "w=400&h=200&fit=crop&rot=270&flip=v"),
        (TURNED, "w=300&orient=180"),
        (UPSIDE, "w=300&orient=6"),
        (LOGO, "w=120&transparency=grid&auto=format"),
        (LOGO, "w=512&h=512&fit=fill&bg=fff&fm=png8"),
        (LOGO, "w=0.5&dpr=2"),
        (LANDSCAPE, "w=0.5&h=0.25&fit=crop"),
        (LANDSCAPE, "w=0.333"),
        (LANDSCAPE, "w=1.0&h=0.1&fit=scale"),
        (PANORAMA, "w=10000&auto=format"),
        (PANORAMA, "h=2000&fm=jpg&q=20"),
        (PANORAMA, "w=9000&h=900&fit=crop&fm=jpg&q=20"),
        (TINY, "w=1&h=1&fit=crop"),
        (TINY, "w=1"),
        (TINY, "w=64&h=64&fit=clamp"),
        (FILM, "w=240&h=240&fit=fill&bg=fff&auto=format"),
        (FILM, "frame=2&fm=png&w=60"),
    ],
}
"""Queries by whose habit they are, each with the picture that it is asked of."""
