"""What readers draw of a formula: the pixels of its characters."""

from __future__ import annotations

import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps, ImageStat

from derive.typeset import write_pdf
from tests.conftest import needs
from tests.typeset.fonts import HAN, MATH

DOTS = 200
"""Per inch."""
SIDE = 32
"""Pixels of a character's picture, whatever its size on the page."""
WORDS = "学习率误差梯度"


@cache
def page() -> bytes:
    """A page with Chinese in a formula, and nowhere else."""
    formula = f"<math><mtext>{WORDS}</mtext><mo>=</mo><mn>0.5</mn></math>"
    return write_pdf(
        f'<html lang="zh"><title>T</title><body style="font-size:30px"><p>{formula}</p></html>',
        math_font=MATH, family="Test Math", measure=30, fallback_fonts={"Test Han": HAN},
    )  # fmt: skip


def by_poppler(source: Path, target: Path) -> None:
    """Draw the first page as pdftoppm does."""
    program = needs("pdftoppm")
    command = [program, "-r", str(DOTS), "-png", "-singlefile", source, target.with_suffix("")]
    subprocess.run(command, check=True, capture_output=True)


def by_mupdf(source: Path, target: Path) -> None:
    """Draw the first page as mutool does, which forgives no wrong glyph number."""
    command = [needs("mutool"), "draw", "-r", str(DOTS), "-o", target, source, "1"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "glyph" not in run.stderr


def by_pdfium(source: Path, target: Path) -> None:
    """Draw the first page as Chromium's viewer does."""
    pypdfium2.PdfDocument(source)[0].render(scale=DOTS / 72).to_pil().save(target)


READERS = {"poppler": by_poppler, "mupdf": by_mupdf, "pdfium": by_pdfium}


def ink(picture: Image.Image) -> Image.Image:
    """What is dark of a picture, at a fixed size and of full contrast."""
    negative = ImageOps.autocontrast(ImageChops.invert(picture.convert("L")))
    box = negative.point(lambda level: 255 * (level > 100)).getbbox()
    assert box is not None, "nothing is drawn"
    return negative.crop(box).resize((SIDE, SIDE), Image.Resampling.BOX)


def as_drawn_by_freetype(character: str) -> Image.Image:
    """The character straight from the font's file."""
    canvas = Image.new("L", (300, 300), 255)
    font = ImageFont.truetype(str(HAN), 160)
    ImageDraw.Draw(canvas).text((40, 40), character, fill=0, font=font)
    return ink(canvas)


def unlike(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, from 0 to 1."""
    return ImageStat.Stat(ImageChops.difference(one, other)).mean[0] / 255


@pytest.mark.parametrize("reader", READERS)
def test_chinese_in_a_formula_is_drawn(reader: str, tmp_path: Path) -> None:
    """Each character has the ink of its own glyph, in readers that take fonts at their word."""
    source, target = tmp_path / "page.pdf", tmp_path / "page.png"
    source.write_bytes(page())
    READERS[reader](source, target)
    whole = Image.open(target)
    first = pypdfium2.PdfDocument(source)[0]
    text = first.get_textpage()
    height = first.get_height()
    known = {character: as_drawn_by_freetype(character) for character in WORDS}
    for n, character in enumerate(WORDS, text.get_text_range().index(WORDS)):
        left, bottom, right, top = text.get_charbox(n)
        points = (left - 0.5, height - top - 0.5, right + 0.5, height - bottom + 0.5)
        drawn = ink(whole.crop(tuple(round(one * DOTS / 72) for one in points)))
        differences = {other: unlike(drawn, picture) for other, picture in known.items()}
        assert min(differences, key=differences.__getitem__) == character
        assert differences[character] < 0.1


def test_only_the_characters_of_formulas_are_embedded() -> None:
    """Seven Chinese characters take a few kilobytes."""
    fonts = {}
    pdf = pikepdf.open(BytesIO(page()))
    for font in pdf.pages[0].resources.Font.values():
        descriptor = font.DescendantFonts[0].FontDescriptor
        file = descriptor.get("/FontFile2") or descriptor.get("/FontFile3")
        fonts[str(font.BaseFont).partition("+")[2]] = len(file.read_raw_bytes())
    assert fonts["Test-Han"] < 600 * len(WORDS)
    assert fonts["Test-Math"] < 3000


REPEATED = (
    "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><msup><mi>c</mi><mn>2</mn></msup></mfrac>"
)


def repeated(times: int) -> bytes:
    """A page of lines with one formula, `times` of them the same, the last one green."""
    same = "".join(f"<p>Same {n} <math>{REPEATED}</math>.</p>" for n in range(times))
    green = f'<math><mstyle mathcolor="green">{REPEATED}</mstyle></math>'
    other = f'<p style="color: red">Other {times} <math>{REPEATED}</math>, {green}.</p>'
    return write_pdf(
        f'<html lang="en"><title>T</title><body style="font-size:20px">{same}{other}</html>',
        math_font=MATH, family="Test Math", measure=30,
    )  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_a_repeated_formula_is_written_once_and_drawn_everywhere(
    reader: str, tmp_path: Path
) -> None:
    """It has the colour of the text around it, or its own, as where it stands alone."""
    source, target = tmp_path / "page.pdf", tmp_path / "page.png"
    source.write_bytes(repeated(5))
    with pikepdf.open(source) as pdf:
        assert pdf.pages[0].Contents.read_bytes().count(b" Do") == 6
    READERS[reader](source, target)
    whole = Image.open(target).convert("RGB")
    first = pypdfium2.PdfDocument(source)[0]
    text = first.get_textpage()
    words, height = text.get_text_range(), first.get_height()
    pictures = []
    for n, character in enumerate(words):
        if character == "c":
            left, bottom, right, top = text.get_charbox(n)
            box = (left - 0.5, height - top - 0.5, right + 0.5, height - bottom + 0.5)
            crop = whole.crop(tuple(round(one * DOTS / 72) for one in box))
            pictures.append((ink(crop), crop.getpixel(_darkest(crop))))
    assert len(pictures) == 7
    blacks, (red, green, blue) = pictures[:5], pictures[5][1]
    assert all(unlike(picture, pictures[0][0]) < 0.05 for picture, _ in blacks)
    assert all(max(color) < 80 for _, color in blacks)
    assert red > 150 > max(green, blue)
    red, green, blue = pictures[6][1]
    assert green > 80 > max(red, blue)


def _darkest(picture: Image.Image) -> tuple[int, int]:
    """Where a picture is darkest."""
    grey = picture.convert("L")
    places = ((x, y) for x in range(grey.width) for y in range(grey.height))
    return min(places, key=grey.getpixel)
