"""What elements and attributes mean, beyond the sizes that Chromium judges."""

from __future__ import annotations

import logging
from xml.etree import ElementTree

import pytest

from derive.typeset.box import Box, Glyphs, Rule, Stroke
from derive.typeset.breaking import display_lines
from derive.typeset.font import MathFont
from derive.typeset.layout import MathLayout
from derive.typeset.letters import plain, variant
from derive.typeset.operators import properties
from derive.typeset.shaping import in_order
from tests.typeset.compare import font
from tests.typeset.fonts import DEJAVU, HAN, MATH


def set_box(inner: str, attributes: str = "") -> Box:
    """A formula laid out on one line."""
    tree = ElementTree.fromstring(f"<math {attributes}>{inner}</math>")  # noqa: S314
    return MathLayout(font()).formula(tree)


def runs(box: Box) -> list[tuple[float, float, Glyphs]]:
    """The glyphs of a box with their places."""
    return [(x, y, item) for x, y, item in box.flat() if isinstance(item, Glyphs)]


def rules(box: Box) -> list[tuple[float, float, Rule]]:
    """The rules of a box with their places."""
    return [(x, y, item) for x, y, item in box.flat() if isinstance(item, Rule)]


def read(box: Box) -> str:
    """What a box is copied as."""
    return "".join("".join(run.text) for _, _, run in runs(box))


@pytest.mark.parametrize(
    ("which", "letters", "expected"),
    [
        ("bold", "aZ0α", "𝐚𝐙𝟎𝛂"),
        ("italic", "ahZ∂", "𝑎ℎ𝑍𝜕"),
        ("bold-italic", "aZ", "𝒂𝒁"),
        ("script", "aBZ", "𝒶ℬ𝒵"),
        ("fraktur", "aCZ", "𝔞ℭℨ"),
        ("double-struck", "aR1", "𝕒ℝ𝟙"),
        ("sans-serif", "aZ9", "𝖺𝖹𝟫"),
        ("sans-serif-bold-italic", "aα", "𝙖𝞪"),
        ("monospace", "aZ9", "𝚊𝚉𝟿"),
        ("stretched", "ج", "𞹢"),
        ("normal", "aZ", "aZ"),
        ("no such", "aZ", "aZ"),
    ],
)
def test_mathvariant_chooses_an_alphabet(which: str, letters: str, expected: str) -> None:
    """Each `mathvariant` has its letters and figures of Unicode."""
    assert variant(letters, which) == expected
    box = set_box(f'<mi mathvariant="{which}">{letters}</mi>')
    drawn = [font().find(one) for one in expected]
    (_, _, first), *_ = runs(box)
    assert (first.font, first.glyphs[0]) == drawn[0]


def test_letters_are_copied_as_they_are_meant() -> None:
    """Slant and weight are not copied; letters that are signs of their own stay."""
    assert "".join(map(plain, "𝑛𝑒𝑡𝐖𝟎ℎ𝜕−ℝℒ")) == "netW0h∂-ℝℒ"


def test_single_letters_are_italic_and_words_upright() -> None:
    """`mi` slants a letter, not a word, unless told otherwise."""
    (_, _, letter), (_, _, word), (_, _, upright) = runs(
        set_box('<mi>x</mi><mi>net</mi><mi mathvariant="normal">x</mi>')
    )
    assert letter.glyphs == [font().glyph("𝑥")]
    assert word.glyphs == [font().glyph(one) for one in "net"]
    assert upright.glyphs == [font().glyph("x")]


def test_script_letters_are_those_drawn_for_their_size() -> None:
    """Scripts take the font's `ssty` alternates: a prime is a tall one, set small."""
    (_, _, _), (_, _, prime) = runs(set_box("<msup><mi>f</mi><mo>′</mo></msup>"))
    assert prime.glyphs == [font().glyph("′", 1)]
    assert font().glyph("′", 1) != font().glyph("′")


def test_accent_stands_over_the_middle_that_the_font_names() -> None:
    """A keyboard's circumflex becomes the font's accent, over the letter's own middle."""
    box = set_box('<mover accent="true"><mi>A</mi><mo>^</mo></mover>')
    (x, _, base), (at, y, hat) = runs(box)
    assert hat.glyphs == [font().glyph("ˆ")]
    metrics = font().metrics(hat.glyphs[0])
    assert at + metrics.advance / 2 == pytest.approx(x + font().accent_at(base.glyphs[0]))
    assert y - metrics.depth > font().metrics(base.glyphs[0]).height


HAT = "<mover accent='true'><mi>{}</mi><mo>^</mo></mover>"


@pytest.mark.parametrize("deep", ["<mi>y</mi>", "<mi>β</mi>", "<mi>γ</mi>", HAT.format("y")])
def test_scripts_of_single_letters_stand_at_one_height(deep: str) -> None:
    """As TeX has it (The TeXbook, appendix G, rule 18a): y₁ − t₁ has its figures on one line."""
    for element, script in (("msub", "<mn>1</mn>"), ("msubsup", "<mn>1</mn><mn>2</mn>")):
        heights = [
            {(run.text[0], y) for _, y, run in runs(box) if run.text[0] in "12"}
            for box in (
                set_box(f"<{element}>{base}{script}</{element}>") for base in ("<mi>t</mi>", deep)
            )
        ]
        assert heights[0] == heights[1] != set()


def test_scripts_of_what_is_no_letter_heed_its_height() -> None:
    """Those of a fraction stand further out."""
    letter, fraction = (
        [y for _, y, run in runs(set_box(f"<msub>{base}<mn>9</mn></msub>")) if run.text == ["9"]]
        for base in ("<mi>t</mi>", "<mfrac><mi>a</mi><mi>b</mi></mfrac>")
    )
    assert fraction < letter


def test_scripts_move_into_the_cut_ins_of_their_base() -> None:
    """A subscript of a V stands further left than one of an H beside their widths."""
    gaps = {}
    for letter in "VH":
        box = set_box(f"<msub><mi>{letter}</mi><mn>2</mn></msub>")
        (_, _, base), (x, _, _) = runs(box)
        gaps[letter] = x - font().metrics(base.glyphs[0]).advance
    assert gaps["V"] < gaps["H"] - 0.02


def test_chinese_comes_from_the_fallback_font() -> None:
    """Characters that the maths font has not are drawn from the next font that has them."""
    box = set_box("<mtext>学习率η</mtext>")
    assert [(run.font, "".join(run.text)) for _, _, run in runs(box)] == [(1, "学习率"), (0, "η")]


def test_color_and_background() -> None:
    """`mathcolor` and `style` colour the glyphs and rules inside; a background lies behind them."""
    box = set_box(
        '<mstyle mathcolor="#a00" mathbackground="#ffd"><mfrac><mi>a</mi>'
        '<mi style="color: blue">b</mi></mfrac></mstyle>'
    )
    items = [item for _, _, item in box.flat()]
    assert [item.color for item in items] == ["#ffd", "#a00", "#a00", "blue"]
    assert isinstance(items[0], Rule)
    assert items[0].width == pytest.approx(box.width)
    assert items[0].height == pytest.approx(box.height + box.depth)


@pytest.mark.parametrize(
    ("notation", "count"),
    [("box", 4), ("top", 1), ("left right", 2), ("actuarial", 2), ("horizontalstrike", 1),
     ("updiagonalstrike", 0), ("box top", 4), ("radical", 1)],
)  # fmt: skip
def test_menclose_draws_its_sides(notation: str, count: int) -> None:
    """A notation draws its rules around the content, and leaves room between."""
    plain_box = set_box("<mi>x</mi>")
    box = set_box(f'<menclose notation="{notation}"><mi>x</mi></menclose>')
    assert len(rules(box)) == count
    if notation == "box":
        assert box.width > plain_box.width
        assert box.height > plain_box.height
        assert box.depth > plain_box.depth


@pytest.mark.parametrize(
    ("notation", "rising"),
    [("updiagonalstrike", [True]), ("downdiagonalstrike", [False]),
     ("updiagonalstrike downdiagonalstrike", [True, False])],
)  # fmt: skip
def test_menclose_strikes_from_corner_to_corner(notation: str, rising: list[bool]) -> None:
    """A diagonal goes from one corner of the content's ink to the opposite one, in its colour."""
    box = set_box(
        f'<menclose notation="{notation}" mathcolor="red"><mfrac><mi>a</mi><mi>b</mi></mfrac>'
        "</menclose>"
    )
    strokes = [(x, y, item) for x, y, item in box.flat() if isinstance(item, Stroke)]
    assert [item.rising for _, _, item in strokes] == rising
    for x, y, item in strokes:
        assert (x, y, item.color) == (0.0, -box.depth, "red")
        assert item.width == pytest.approx(box.width)
        assert item.height == pytest.approx(box.height + box.depth)


@pytest.mark.parametrize(
    ("fenced", "row"),
    [
        ("<mfenced><mi>x</mi><mi>y</mi></mfenced>",
         '<mo form="prefix">(</mo><mrow><mi>x</mi><mo>,</mo><mi>y</mi></mrow>'
         '<mo form="postfix">)</mo>'),
        ('<mfenced open="[" close="" separators="; |"><mi>x</mi><mi>y</mi><mi>z</mi><mi>t</mi>'
         "</mfenced>",
         '<mo form="prefix">[</mo><mrow><mi>x</mi><mo>;</mo><mi>y</mi><mo>|</mo><mi>z</mi>'
         "<mo>|</mo><mi>t</mi></mrow>"),
        ('<mfenced separators=""><mfrac><mi>a</mi><mi>b</mi></mfrac><mi>y</mi></mfenced>',
         '<mo form="prefix">(</mo><mrow><mfrac><mi>a</mi><mi>b</mi></mfrac><mi>y</mi></mrow>'
         '<mo form="postfix">)</mo>'),
    ],
)  # fmt: skip
def test_mfenced_is_short_for_a_row(fenced: str, row: str) -> None:
    """Brackets that grow, and separators, the last of which is repeated (MathML 3, 3.3.8)."""
    short, long = set_box(f"<mi>f</mi>{fenced}"), set_box(f"<mi>f</mi><mrow>{row}</mrow>")
    assert read(short) == read(long)
    assert (short.width, short.height, short.depth) == (long.width, long.height, long.depth)


def test_arabic_letters_are_joined_and_hebrew_ones_turned_round() -> None:
    """Text that the maths font has not is shaped by the font that has it, from the right."""
    fonts = MathFont(MATH, (HAN, DEJAVU))
    text = "\u0633\u0644\u0627\u0645 x \u05d0\u05d1"
    tree = ElementTree.fromstring(f"<math><mtext>{text}</mtext></math>")  # noqa: S314
    (_, _, arabic), (_, _, latin), (_, _, hebrew) = runs(MathLayout(fonts).formula(tree))
    assert (arabic.font, latin.font, hebrew.font) == (2, 0, 2)
    # سلام is drawn as م, the ligature لا and the initial form of س.
    assert arabic.text == ["\u0645", "\u0644\u0627", "\u0633"]
    nominal = [fonts.fonts[2].glyph(one) for one in "\u0645\u0644\u0633"]
    assert arabic.glyphs[0] == nominal[0]
    assert arabic.glyphs[2] not in (0, nominal[2])
    assert "".join(latin.text) == " x "
    assert hebrew.text == ["\u05d1", "\u05d0"]


def test_marks_stand_on_their_letters() -> None:
    """A vowel sign takes no room of its own, and is drawn where the font anchors it."""
    fonts = MathFont(MATH, (DEJAVU,))
    layout = MathLayout(fonts)
    bare, marked = (
        layout.formula(ElementTree.fromstring(f"<math><mtext>{text}</mtext></math>"))  # noqa: S314
        for text in ("\u0628", "\u0628\u064e")
    )
    assert marked.width == pytest.approx(bare.width)
    places = {"".join(run.text): x for x, _, run in runs(marked)}
    assert 0 < places["\u064e"] < marked.width


@pytest.mark.parametrize(
    ("text", "rtl", "expected"),
    [
        ("abc", False, [(False, "abc")]),
        ("ab \u05d0\u05d1 c", False, [(False, "ab "), (True, "\u05d0\u05d1"), (False, " c")]),
        ("ab \u05d0\u05d1 c", True, [(False, "c"), (True, " \u05d0\u05d1 "), (False, "ab")]),
        ("\u05d0 \u05d1 ", False, [(True, "\u05d0 \u05d1"), (False, " ")]),
        ("\u05d0 12", True, [(False, "12"), (True, "\u05d0 ")]),
    ],
)
def test_runs_of_a_direction_stand_in_order(
    text: str,
    rtl: bool,  # noqa: FBT001
    expected: list[tuple[bool, str]],
) -> None:
    """Space between two directions runs as the whole does (Unicode's UAX 9, N2)."""
    assert in_order(text, rtl=rtl) == expected


def test_error_is_framed() -> None:
    """`merror` shows its content on a light ground in a frame."""
    box = set_box("<merror><mi>x</mi></merror>")
    assert len(rules(box)) == 5
    assert read(box) == "x"


@pytest.mark.parametrize(
    ("attribute", "side", "expected"),
    [
        ("width=\"3em\"", "width", lambda own: 3.0),
        ("width=\"+1em\"", "width", lambda own: own + 1),
        ("width=\"-0.25em\"", "width", lambda own: own - 0.25),
        ("width=\"200%\"", "width", lambda own: 2 * own),
        ("width=\"2width\"", "width", lambda own: 2 * own),
        ("height=\"50%\"", "height", lambda own: own / 2),
        ("height=\"+100%\"", "height", lambda own: own * 2),
        ("width=\"nonsense\"", "width", lambda own: own),
        ("width=\"-99em\"", "width", lambda own: 0.0),
        ("width=\"16px\"", "width", lambda own: 1.0),
    ],
)  # fmt: skip
def test_mpadded_sizes(attribute: str, side: str, expected: object) -> None:
    """A dimension is said whole, as a change, or as a share of the content's."""
    own = getattr(set_box("<mi>M</mi>"), side)
    box = set_box(f"<mpadded {attribute}><mi>M</mi></mpadded>")
    assert callable(expected)
    assert getattr(box, side) == pytest.approx(expected(own))


def test_phantom_is_empty_and_as_large() -> None:
    """A phantom takes the room of what it hides, and draws and says nothing."""
    inner = "<mfrac><mi>a</mi><mi>b</mi></mfrac>"
    shown, hidden = set_box(inner), set_box(f"<mphantom>{inner}</mphantom>")
    assert (hidden.width, hidden.height, hidden.depth) == (shown.width, shown.height, shown.depth)
    assert read(hidden) == ""


def test_annotations_are_not_set() -> None:
    """Of `semantics` only the first child is shown."""
    inner = "<mi>x</mi><annotation>\\xi</annotation><annotation-xml><mi>y</mi></annotation-xml>"
    assert read(set_box(f"<semantics>{inner}</semantics>")) == "x"


def test_unknown_elements_are_rows_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """What is not known shows its content; a layout says so once."""
    with caplog.at_level(logging.WARNING, "derive.typeset"):
        box = set_box("<mglow><mi>x</mi><mo>+</mo></mglow><mglow>words</mglow><mi>y</mi>")
    assert read(box) == "x+wordsy"
    assert [one.message for one in caplog.records] == ["<mglow> is not known and set as a row"]


@pytest.mark.parametrize(
    "wrong",
    ["mfrac", "msub", "msup", "mroot", "munder", "mover", "mmultiscripts/"],
)
def test_children_too_many_or_few_are_set_as_a_row(wrong: str) -> None:
    """Invalid markup shows all that is in it, side by side."""
    last = "<mi/>" if wrong.endswith("/") else ""
    tag = wrong.rstrip("/")
    box = set_box(f"<{tag}><mi>x</mi><mi>y</mi><mi>z</mi>{last}</{tag}>")
    assert read(box) == "xyz"
    assert {y for _, y, _ in runs(box)} == {0.0}


def test_cells_are_placed_by_their_columns() -> None:
    """Alignment puts each cell at its column's side; a span covers the columns that it names."""
    wide, narrow = "<mtext>wide words</mtext>", "<mi>x</mi>"
    for align, expected in (("left", 0.0), ("right", 1.0), ("center", 0.5)):
        box = set_box(
            f'<mtable columnalign="{align}"><mtr><mtd>{wide}</mtd></mtr>'
            f"<mtr><mtd>{narrow}</mtd></mtr></mtable>"
        )
        (_, _, _), (x, _, _) = runs(box)
        free = set_box(wide).width - set_box(narrow).width
        assert x == pytest.approx(expected * free)
    box = set_box(
        f'<mtable><mtr><mtd columnspan="2">{wide}</mtd><mtd>{narrow}</mtd></mtr>'
        f"<mtr><mtd>{narrow}</mtd><mtd>{narrow}</mtd><mtd>{narrow}</mtd></mtr></mtable>"
    )
    last = [x for x, _, run in runs(box) if run.text == ["x"]]
    assert last[0] == pytest.approx(last[3])


def test_signs_keep_their_forms_when_a_display_is_broken() -> None:
    """A minus at the start of an inner row stays a sign, with no space, also in display style."""
    inner = "<mi>y</mi><mo>=</mo><mrow><mo>−</mo><mi>x</mi></mrow>"
    tree = ElementTree.fromstring(f'<math display="block">{inner}</math>')  # noqa: S314
    (line,) = display_lines(MathLayout(font()), tree, 40.0)
    assert line.width == pytest.approx(set_box(inner).width)


def test_long_display_breaks_before_a_relation_and_hangs() -> None:
    """Lines are no wider than the measure; those after the first stand under the relation."""
    terms = "<mo>+</mo>".join("<mi>alpha</mi>" for _ in range(12))
    tree = ElementTree.fromstring(  # noqa: S314
        f'<math display="block"><mi>y</mi><mo>=</mo>{terms}<mo>=</mo><mn>1</mn></math>'
    )
    lines = display_lines(MathLayout(font()), tree, 15.0)
    assert len(lines) > 2
    assert all(line.width <= 15.0 for line in lines)
    assert "".join(map(read, lines)) == f"y={'+'.join(['alpha'] * 12)}=1"
    hang = [runs(line)[0][0] for line in lines[1:]]
    assert hang == pytest.approx([hang[0]] * len(hang))
    assert hang[0] > 0


@pytest.mark.parametrize(
    ("sign", "form", "spaces"),
    [("+", "infix", (4, 4)), ("+", "prefix", (0, 0)), ("=", "infix", (5, 5)),
     (",", "infix", (0, 3)), ("×", "infix", (3, 3)), ("(", "prefix", (0, 0)),
     ("∑", "prefix", (3, 3)), ("∂", "prefix", (3, 0)), ("→", "infix", (5, 5)),
     ("!", "postfix", (0, 0)), ("≠", "infix", (5, 5)), ("+\u0338", "infix", (4, 4)),
     ("lim", "infix", (5, 5))],
)  # fmt: skip
def test_operator_dictionary(sign: str, form: str, spaces: tuple[int, int]) -> None:
    """Spaces in eighteenths of an em, as MathML Core's appendix B lists them."""
    assert form in ("prefix", "infix", "postfix")
    found = properties(sign, form)  # type: ignore[arg-type]
    assert (round(found.lspace * 18), round(found.rspace * 18)) == spaces
