"""A language that declines and has a decimal comma is a catalogue and an entry in one table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import tinyhtml5

from derive.document import Message
from derive.errors import MissingWordError
from derive.language import catalogues
from derive.language.catalogues import Catalogue, catalogue
from derive.language.languages import LANGUAGES, Language
from derive.maths.speech import speech
from derive.maths.tree import Operator, Row, Text
from derive.writers import WRITERS, Options
from derive.writers.html import PALETTE, paint
from derive.writers.page import Page
from tests.language.german import HIDDEN, LOSS, OUTPUT, SIGMOID, THREE, document, german, number


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    with german():
        yield


def said(message: Message) -> str:
    """A message in German."""
    return "".join(str(piece) for piece in catalogue("de").inlines(message))


BOTH = Message("list.and", {"left": HIDDEN, "right": OUTPUT})
DECLINED = {
    "Rückwärts durch die verborgene Schicht": Message("backward.title", {"layer": HIDDEN}),
    "Alle Neuronen der verborgenen Schicht": Message("table.neurons", {"layer": HIDDEN}),
    "Gewicht in die Ausgabeschicht": Message("given.weight", {"layer": OUTPUT}),
    "Der Verlust einer Stichprobe ist der halbe quadratische Fehler.": Message(
        "conventions.loss", {"loss": LOSS}
    ),
    "Wie weit die Ausgaben von ihren Zielwerten entfernt sind, wird mit dem halben quadratischen "
    "Fehler gemessen:": Message("loss.intro", {"loss": LOSS}),
    # A list hands the case on to what stands in it.
    "Schwellenwert der verborgenen Schicht und der Ausgabeschicht": Message(
        "given.bias", {"layer": BOTH}
    ),
    "Gewicht in die verborgene Schicht und die Ausgabeschicht": Message(
        "given.weight", {"layer": BOTH}
    ),
    "die verborgene Schicht und die Ausgabeschicht": BOTH,
    # The sentence is in no case: what it does not ask for in one is in the first.
    "Aktivierungsfunktion der Ausgabeschicht ist die logistische Funktion.": Message(
        "conventions.activation", {"layer": OUTPUT, "activation": SIGMOID}
    ),
    # Names have one form.
    "Jeder Parameter wird von Adam angepasst; + bezeichnet neue Werte. Alle Gradienten sind die "
    "oben gefundenen.": Message(
        "update.intro_optimizer",
        {"each": Message("update.parameter"), "name": Message("optimizer.adam")},
    ),
}


@pytest.mark.parametrize("text", DECLINED)
def test_a_gap_says_the_case_of_what_fills_it(text: str) -> None:
    """As a German would write it."""
    assert said(DECLINED[text]) == text


def test_every_case_has_the_gaps_of_the_first_and_of_the_other_languages() -> None:
    """The keys are some of theirs."""
    found = catalogue("de")
    for key, text in found.words.items():
        gaps = {name for name, _ in catalogues._GAP.findall(text)}
        for form in found.declined.get(key, {}).values():
            assert {name for name, _ in catalogues._GAP.findall(form)} == gaps
        assert {name for name, _ in catalogues._GAP.findall(catalogue("en").phrase(key))} == gaps
    assert len(found.words) > 40


@pytest.mark.parametrize(
    ("text", "said_of_it"),
    [
        ('a = "{x:dat}"', "'a' wants a case 'dat'"),
        ('a = "{x:gen}"\nb = {nom = "der Wert", acc = "den Wert"}', "'b' in the case 'gen'"),
        ('a = "{x}"', "no words for 'b'"),
        ('a = "{x}"\nb = {nom = "der Wert", dativ = "dem Wert"}', "no words for 'b'"),
    ],
)
def test_a_case_that_is_missing_is_an_error(
    text: str, said_of_it: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never another form in its place."""
    monkeypatch.setitem(LANGUAGES, "xx", Language("xx", cases=("nom", "gen", "acc")))  # type: ignore[arg-type]
    monkeypatch.setattr(catalogues, "_text", lambda _: text)
    with pytest.raises(MissingWordError, match=said_of_it):
        list(catalogue("xx").inlines(Message("a", {"x": Message("b")})))


def test_decimals_are_spoken_as_they_are_written() -> None:
    """With the sign of the language; 0,35 is read, and what is no decimal sign stays."""
    tree = Row((number("-0.35"), Text("x.y")))
    assert speech(tree, catalogue("de")) == "minus 0,35 x.y"
    assert speech(tree, catalogue("en")) == "minus 0.35 x.y"


def html(*languages: str) -> str:
    """The page without its fonts."""
    page = WRITERS["html"].render(document(*languages), Options())[".html"].decode()
    return re.sub(r"url\(data:font[^)]*\)", "url()", page)


def test_a_page_in_german_has_decimal_commas() -> None:
    """In formulas, in the text, in tables and in both drawings; nowhere a point in a number."""
    page = html("de")
    body = page[page.index("<main>") :]
    assert 'html lang="de"' in page
    assert set(re.findall(r' lang="([^"]+)"', page)) == {"de"}
    numbers = re.findall(r"<mn[^>]*>([^<]*)</mn>", body)
    assert {"0,35", "1,5", "1,25", "0,525000", "0,751365", "2,5"} <= set(numbers)
    labels = re.findall(r"<t(?:span|ext)[^>]*>([^<]*)</t", body)
    assert {"0,05", "0,15", "−0,35", "0,01", "0,2", "0,4"} <= set(labels)
    assert not [text for text in (*numbers, *labels) if re.search(r"\d\.\d", text)]
    assert not re.search(r'(?:alttext|aria-label)="[^"]*\d\.\d', body)
    assert "minus 0,52" in body


def test_without_a_second_sign_there_is_none_to_choose() -> None:
    """Points in English, and no markup for another."""
    body = re.sub(r' points="[^"]*"', "", html("en").partition("<main>")[2])
    assert not re.search(r"\d,\d", body)
    assert "0.35" in body
    assert 'class="decimal' not in html("zh-Hans", "en")


def test_what_stands_once_for_all_languages_has_each_sign() -> None:
    """A number a sign, each with its languages; the text of one language has its own alone."""
    page = html(*THREE)
    each = (
        '<span class="decimal of-zh-Hans of-en">0.35</span><span class="decimal of-de">0,35</span>'
    )
    assert f"<mn>{each}</mn>" in page
    assert each.replace("span", "tspan").replace("0.35", "−0.35").replace("0,35", "−0,35") in page
    assert "<mn>10</mn>" in page
    root = tinyhtml5.parse(page, namespace_html_elements=False)
    paragraphs = {
        tag: " ".join("".join(p.itertext()) for p in root.iter("p") if p.get("lang") == tag)
        for tag in THREE
    }
    assert "2,5" in paragraphs["de"]
    assert "2.5" in paragraphs["en"]
    assert "2.5" in paragraphs["zh-Hans"]


@pytest.mark.parametrize(("languages", "shown"), [(("de",), "0,35"), (("en", "de"), "0.35")])
def test_paper_has_the_sign_of_its_first_language(languages: tuple[str, ...], shown: str) -> None:
    """In formulas and drawings, which stand once; each says its language."""
    data = WRITERS["pdf"].render(document(*languages), Options())[".pdf"]
    pdf = pikepdf.open(BytesIO(data))
    assert str(pdf.Root.Lang) == languages[0]
    pages = pypdfium2.PdfDocument(data)
    text = "".join(pages[n].get_textpage().get_text_range() for n in range(len(pages)))
    assert text.count(shown) == 2
    assert text.count("0.35") + text.count("0,35") == 2
    assert "Rückwärts durch die verborgene Schicht" in text


@pytest.mark.parametrize(
    ("text", "gaps"),
    [("取{x}与{x}之和", 4), ("取 {x}，", 1), ("カ{x}", 1), ("wäre{x}", 0), ("取{y}即{z}", 3)],
)
def test_characters_are_parted_from_formulas_in_scripts_of_characters_alone(
    text: str, gaps: int
) -> None:
    """And from Latin words and signs; a German text that cites Chinese is set as it is."""
    page = Page(document(*THREE), paint, PALETTE)
    gap = '<span class="gap"></span>'
    pieces = {"x": number("0.5"), "y": "Adam", "z": Operator("=")}
    message = Message("a", {key: piece for key, piece in pieces.items() if f"{{{key}}}" in text})
    for tag, short, wanted in (("zh-Hans", "zh", gaps), ("de", "de", 0)):
        page.texts.catalogues[tag] = Catalogue(short, {"a": text})
        assert page.words(message, tag).count(gap) == wanted
