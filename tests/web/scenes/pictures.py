"""Faces, photographs and papers that nobody has rights to: drawn, the same each time."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = str
FINE = 2  # drawn so many times larger, then made smaller, which smooths edges


@dataclass(frozen=True)
class Face:
    """Colours, and how the hair falls: short, long, bun, bald or curls."""

    ground: Colour
    skin: Colour
    hair: Colour
    shirt: Colour
    cut: str
    beard: bool = False
    glasses: bool = False


FACES = {
    "alice": Face("#cfe3f5", "#f2c9a8", "#6b3f22", "#27587d", "long"),
    "bob": Face("#f5e3c4", "#e9b994", "#3b2a20", "#8a4b2a", "short", beard=True),
    "charlie": Face("#d9ead3", "#f4d3b5", "#c98b3c", "#3f6b45", "short", glasses=True),
    "dora": Face("#f6d5d5", "#f7d9bf", "#e2b85f", "#a13c4b", "bun"),
    "emma": Face("#e2d8f0", "#8d5a3b", "#1d1614", "#6a4c93", "curls"),
    "grace": Face("#fbe9b7", "#f0c8a0", "#17151a", "#b8860b", "long", glasses=True),
    "hugo": Face("#d3e0e6", "#efc3a0", "#9b9b9b", "#43525c", "bald", beard=True),
    "mira": Face("#d2efe9", "#b97a50", "#22160f", "#12756a", "bun"),
}


@cache
def portrait(name: str) -> bytes:
    """The face of that name, as a PNG of 256 × 256."""
    face, size = FACES[name], 256 * FINE
    image = Image.new("RGB", (size, size), face.ground)
    draw = ImageDraw.Draw(image)

    def oval(x: float, y: float, width: float, height: float, colour: Colour) -> None:
        box = [(x - width / 2) * size, (y - height / 2) * size, (x + width / 2) * size, (y + height / 2) * size]
        draw.ellipse(box, colour)

    _hair_behind(face, oval)
    oval(0.5, 1.08, 0.86, 0.66, face.shirt)
    oval(0.5, 0.76, 0.2, 0.26, face.skin)
    oval(0.5, 0.46, 0.38, 0.48, face.skin)
    if face.beard:
        _beard(face, draw, oval, size)
    _hair_before(face, draw, oval, size)
    _features(face, draw, oval, size)
    return _png(image.resize((256, 256), Image.Resampling.LANCZOS))


def _hair_behind(face: Face, oval) -> None:
    if face.cut == "long":
        oval(0.5, 0.52, 0.56, 0.72, face.hair)
    if face.cut == "bun":
        oval(0.5, 0.15, 0.2, 0.2, face.hair)
    if face.cut == "curls":
        for step in range(14):
            angle = pi * (0.85 + 1.3 * step / 13)
            oval(0.5 + 0.23 * cos(angle), 0.42 + 0.24 * sin(angle), 0.22, 0.22, face.hair)


def _beard(face: Face, draw, oval, size: int) -> None:
    draw.pieslice([0.31 * size, 0.22 * size, 0.69 * size, 0.73 * size], 8, 172, face.hair)
    oval(0.5, 0.46, 0.36, 0.2, face.skin)
    oval(0.5, 0.6, 0.12, 0.03, face.skin)


def _hair_before(face: Face, draw, oval, size: int) -> None:
    if face.cut == "bald":
        return
    draw.chord([0.298 * size, 0.195 * size, 0.702 * size, 0.72 * size], 206, 334, face.hair)
    if face.cut == "long":
        draw.chord([0.27 * size, 0.15 * size, 0.62 * size, 0.62 * size], 160, 305, face.hair)
    if face.cut == "short":
        oval(0.47, 0.235, 0.3, 0.11, face.hair)


def _features(face: Face, draw, oval, size: int) -> None:
    for x in (0.43, 0.57):
        oval(x, 0.47, 0.035, 0.04, "#2b211c")
        if face.glasses:
            edge = 0.062
            box = [(x - edge) * size, (0.47 - edge) * size, (x + edge) * size, (0.47 + edge) * size]
            draw.ellipse(box, outline="#2b211c", width=4 * FINE)
    if face.glasses:
        draw.line([0.49 * size, 0.46 * size, 0.51 * size, 0.46 * size], "#2b211c", 4 * FINE)
    draw.arc([0.44 * size, 0.52 * size, 0.56 * size, 0.61 * size], 20, 160, "#a3493d", 4 * FINE)


def _png(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _photograph(image: Image.Image, size: tuple[int, int], *, seed: int) -> bytes:
    """Smaller, with a little grain, as a JPEG."""
    image = image.resize(size, Image.Resampling.LANCZOS)
    grain = Image.frombytes("L", size, Random(seed).randbytes(size[0] * size[1])).point(lambda value: 118 + value // 12)
    image = ImageChops.overlay(image, Image.merge("RGB", [grain.filter(ImageFilter.GaussianBlur(0.7))] * 3))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def hall() -> bytes:
    """An empty hall with racks at both sides."""
    width, height = 1080 * FINE, 720 * FINE
    image = _gradient((width, height), "#c9d2d8", "#8f979b")
    draw, random = ImageDraw.Draw(image), Random(3)
    middle, horizon = 0.52 * width, 0.42 * height
    draw.polygon([(0, height), (width, height), (middle + 60, horizon), (middle - 60, horizon)], "#b9b3a6")
    draw.polygon([(0, 0), (width, 0), (middle + 60, horizon), (middle - 60, horizon)], "#dfe5e8")
    for side in (-1, 1):
        for bay in range(9, -1, -1):
            near, far = 1 / (1 + bay * 0.55), 1 / (1 + (bay + 1) * 0.55)
            _bay(draw, random, (middle, horizon, width, height), side, near, far)
    for lamp in range(8, 0, -1):
        depth = 1 / (1 + lamp * 0.7)
        y, half = horizon * (1 - depth * 1.1), 150 * FINE * depth
        draw.rectangle([middle - half, y, middle + half, y + 22 * FINE * depth], "#fffdf2")
    draw.line([(0.2 * width, height), (middle - 30, horizon)], "#e3c14b", 5 * FINE)
    draw.line([(0.86 * width, height), (middle + 30, horizon)], "#e3c14b", 5 * FINE)
    return _photograph(image.filter(ImageFilter.GaussianBlur(1.2)), (1080, 720), seed=1)


def _bay(draw, random: Random, room: tuple, side: int, near: float, far: float) -> None:
    """One bay of a rack with four boards and boxes on them, from `near` to `far` (1: at the eye, 0: at the horizon)."""
    middle, horizon, width, height = room

    def point(depth: float, level: float) -> tuple[float, float]:
        return middle + side * (30 + 0.62 * width * depth), horizon + (0.62 - level * 1.02) * height * depth

    for level in range(4):
        low, high = level / 4, (level + 1) / 4
        colours = ["#b98a56", "#a87846", "#c59a68", "#8f6a42", "#9db0bd", "#d0c3a8"]
        for part in range(3):
            start, end = far + (near - far) * part / 3, far + (near - far) * (part + 0.86) / 3
            if random.random() < 0.78:
                tall = low + (high - low) * random.uniform(0.5, 0.85)
                corners = [point(start, low), point(end, low), point(end, tall), point(start, tall)]
                draw.polygon(corners, random.choice(colours))
        draw.line([point(far, low), point(near, low)], "#d2622a", max(2, int(9 * FINE * near)))
    draw.line([point(near, 0), point(near, 1.05)], "#2f5f8f", max(2, int(11 * FINE * near)))


def hills() -> bytes:
    """Evening over hills."""
    width, height = 880 * FINE, 1100 * FINE
    image = _gradient((width, height), "#f7b267", "#fbe3c0")
    draw, random = ImageDraw.Draw(image), Random(8)
    draw.ellipse([0.6 * width, 0.24 * height, 0.75 * width, 0.36 * height], "#fff4d6")
    ranges = [("#d9a08b", 0.44), ("#b07f86", 0.52), ("#7f6a82", 0.61), ("#4f5a73", 0.7), ("#2f4858", 0.8)]
    for colour, level in ranges:
        a, b, c = (random.uniform(0, 2 * pi) for _ in range(3))
        points = [
            (
                x,
                height
                * (
                    level
                    + 0.05 * sin(a + 5 * x / width)
                    + 0.02 * sin(b + 13 * x / width)
                    + 0.006 * sin(c + 41 * x / width)
                ),
            )
            for x in range(0, width + 8, 8)
        ]
        draw.polygon([(0, height), *points, (width, height)], colour)
    return _photograph(image.filter(ImageFilter.GaussianBlur(1.5)), (880, 1100), seed=2)


def bicycle() -> bytes:
    """A red bicycle before a bright wall."""
    width, height = 1080 * FINE, 810 * FINE
    image = _gradient((width, height), "#eef1ee", "#dfe4e0")
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0.8 * height, width, height], "#c6bfb2")
    draw.ellipse([0.12 * width, 0.83 * height, 0.9 * width, 0.9 * height], "#aaa294")

    def at(x: float, y: float) -> tuple[float, float]:
        return x * width, y * height

    rear, front, crank, seat, head = at(0.28, 0.64), at(0.74, 0.64), at(0.47, 0.66), at(0.41, 0.34), at(0.66, 0.32)
    for x, y in (rear, front):
        _wheel(draw, x, y, 0.215 * height)
    for start, end in ((rear, crank), (crank, seat), (seat, rear), (seat, head), (head, crank)):
        draw.line([start, end], "#c62f35", 15 * FINE)
    low = at(0.672, 0.38)
    draw.line([head, low, front], "#c62f35", 13 * FINE, joint="curve")
    draw.line([seat, at(0.4, 0.28)], "#3c3f44", 10 * FINE)
    draw.rounded_rectangle([*at(0.35, 0.255), *at(0.45, 0.285)], 12 * FINE, "#5a3a24")
    draw.line([head, at(0.653, 0.26), at(0.71, 0.245)], "#3c3f44", 10 * FINE, joint="curve")
    draw.line([at(0.705, 0.247), at(0.728, 0.285)], "#5a3a24", 16 * FINE)
    x, y = crank
    draw.ellipse([x - 42 * FINE, y - 42 * FINE, x + 42 * FINE, y + 42 * FINE], outline="#3c3f44", width=9 * FINE)
    draw.line([(x - 34 * FINE, y - 66 * FINE), (x + 34 * FINE, y + 66 * FINE)], "#3c3f44", 9 * FINE)
    return _photograph(image, (1080, 810), seed=3)


def _wheel(draw, x: float, y: float, radius: float) -> None:
    for spoke in range(18):
        angle = 2 * pi * spoke / 18
        draw.line([(x, y), (x + radius * cos(angle), y + radius * sin(angle))], "#9aa0a6", FINE)
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], outline="#26282b", width=14 * FINE)
    inner = radius - 16 * FINE
    draw.ellipse([x - inner, y - inner, x + inner, y + inner], outline="#b7bcc2", width=4 * FINE)
    draw.ellipse([x - 10 * FINE, y - 10 * FINE, x + 10 * FINE, y + 10 * FINE], "#3c3f44")


def shelves() -> bytes:
    """The hall, as another one took it."""
    image = Image.open(BytesIO(hall())).crop((0, 100, 540, 660))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def chart() -> bytes:
    """Columns of red, green, blue and grey, week by week."""
    image = Image.new("RGB", (900 * FINE, 520 * FINE), "#ffffff")
    draw = ImageDraw.Draw(image)
    for line in range(5):
        y = (70 + 95 * line) * FINE
        draw.line([(60 * FINE, y), (860 * FINE, y)], "#e3e6ea", 2 * FINE)
    weeks = [(120, 90, 60, 40), (170, 95, 70, 45), (220, 110, 75, 40), (290, 120, 95, 60), (370, 130, 90, 55)]
    for week, columns in enumerate(weeks):
        for place, (size, colour) in enumerate(zip(columns, ("#c62f35", "#3f8f5b", "#2f6fb3", "#8a9099"), strict=True)):
            x = 85 + week * 158 + place * 32
            draw.rounded_rectangle([x * FINE, (450 - size) * FINE, (x + 25) * FINE, 450 * FINE], 5 * FINE, colour)
    draw.line([(60 * FINE, 450 * FINE), (860 * FINE, 450 * FINE)], "#5b6370", 3 * FINE)
    return _png(image.resize((900, 520), Image.Resampling.LANCZOS))


def paper() -> bytes:
    """What is a PDF by its first bytes, and as long as one of some pages."""
    return b"%PDF-1.7\n" + b"% nothing is on these pages\n" * 6_500


def colours() -> bytes:
    rows = [f"{model},{size},{colour}" for model in range(40) for size in "SML" for colour in ("red", "blue", "grey")]
    return "\n".join(["model,size,colour", *rows]).encode()


FILES = {
    "hall": hall,
    "hills": hills,
    "bicycle": bicycle,
    "shelves": shelves,
    "chart": chart,
    "prices": paper,
    "plan": paper,
    "colours": colours,
}
