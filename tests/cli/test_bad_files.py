"""Problem files that do not fit: one line for each fault, all of them, and nothing written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.program import CLASSIC, faults, files, run


def changed(old: str, new: str) -> bytes:
    """The classic problem file with one thing changed."""
    assert CLASSIC.count(old) == 1
    return CLASSIC.replace(old, new).encode()


FILES: dict[str, tuple[bytes, list[str]]] = {
    "a key with a slip": (
        changed("layers =", "layrs ="),
        [
            r"network\.layrs: unknown key; did you mean layers\?",
            r"network\.layers: missing; write the neurons per layer, .*\[2, 2, 2\]",
        ],
    ),
    "a key like no other": (
        changed('bias = "layer"', 'bias = "layer"\nq = 1'),
        [r"network\.q: unknown key; known: layers, activation, bias"],
    ),
    "a table with a slip": (
        changed("[training]", "[trainig]"),
        [r"trainig: unknown table; did you mean training\?"],
    ),
    "a parameter that the network has not": (
        changed("b2 = 0.60", "b2 = 0.60\nW3 = [[1]]"),
        [r"start\.W3: unknown key; known: W1, b1, W2, b2, seed"],
    ),
    "a name with a slip": (
        changed('bias = "layer"', 'activation = "sigmod"\nbias = "layer"'),
        [r"network\.activation: one of .* expected, not 'sigmod'; did you mean sigmoid\?"],
    ),
    "softmax on a hidden layer": (
        changed('bias = "layer"', 'activation = ["softmax", "sigmoid"]\nbias = "layer"'),
        [
            r"network\.activation\[0\]: softmax stands on the output layer alone; "
            r"choose another for this layer"
        ],
    ),
    "too few activations": (
        changed('bias = "layer"', 'activation = ["tanh"]\nbias = "layer"'),
        [r"network\.activation: 2 activations expected, .*not 1"],
    ),
    "a layer of no neurons": (
        changed("[2, 2, 2]", "[2, 0, 2]"),
        [r"network\.layers\[1\]: a whole number from 1 to 100000 expected, not 0"],
    ),
    "a layer of half a neuron, and one below nothing": (
        changed("[2, 2, 2]", "[2, 2.5, -2]"),
        [r"network\.layers\[1\]: a whole .* not 2\.5", r"network\.layers\[2\]: a whole .* not -2"],
    ),
    "a comma from a Chinese keyboard": (
        changed("[2, 2, 2]", "[2，2，2]"),
        [r"not TOML: line \d+, column 12: write , in place of the full-width ，"],
    ),
    "quotation marks from a Chinese keyboard": (
        changed('bias = "layer"', "bias = “layer”"),
        [r'not TOML: line \d+, column 8: write " in place of the full-width “'],
    ),
    "a colon from a Chinese keyboard": (
        changed("layers =", "layers："),
        [r"not TOML: line \d+, column 7: write = in place of the full-width ："],
    ),
    "parentheses from a Chinese keyboard": (
        changed("[2, 2, 2]", "（2, 2, 2）"),
        [r"not TOML: line \d+, column 10: write \[ in place of the full-width （"],
    ),
    "a minus as it is printed": (
        changed("b1 = 0.35", "b1 = −0.35"),
        [r"not TOML: line \d+, column 6: write - in place of the long −"],
    ),
    "an equals sign from a Chinese keyboard": (
        changed("layers =", "layers ＝"),
        [r"not TOML: line \d+, column 8: write = in place of the full-width ＝"],
    ),
    "true for a number": (
        changed("[2, 2, 2]", "[2, true, 2]"),
        [r"network\.layers\[1\]: a whole number .* expected, not true"],
    ),
    "one layer": (
        changed("[2, 2, 2]", "[2]"),
        [r"network\.layers: a list of two or more numbers expected; .*"],
    ),
    "more weights than can be traced": (
        changed("[2, 2, 2]", "[100000, 100000]"),
        [
            r"network\.layers: at most 10000000 weights can be traced, these are 10000000000; .*",
        ],
    ),
    "text for layers": (
        changed("[2, 2, 2]", '"2-2-2"'),
        [r"network\.layers: a list of two or more numbers expected; .*"],
    ),
    "a weight that is not a number": (
        changed("0.15", "nan"),
        [r"start\.W1\[0\]\[0\]: one finite number expected, not nan"],
    ),
    "an infinite weight": (
        changed("0.15", "-inf"),
        [r"start\.W1\[0\]\[0\]: one finite number expected, not -inf"],
    ),
    "an input beyond float64": (
        changed("0.05", "1e999"),
        [r"data\.inputs\[0\]\[0\]: one finite number expected, not inf"],
    ),
    "a whole number beyond float64": (
        changed("0.05", "1" + "0" * 400),
        [r"data\.inputs\[0\]\[0\]: one finite number expected, not 10000.*…"],
    ),
    "a number of more digits than Python reads": (
        changed("0.05", "1" + "0" * 5000),
        [r"not a problem file: a number has more digits than can be read"],
    ),
    "text for a weight": (
        changed("0.15", '"0.15"'),
        [r"start\.W1\[0\]\[0\]: one finite number expected, not '0\.15'"],
    ),
    "a date for a rate": (
        changed("[training]", "[optimizer]\nlearning_rate = 2020-02-20\n[training]"),
        [r"optimizer\.learning_rate: a finite number expected, not 2020-02-20"],
    ),
    "a negative penalty": (
        changed("[training]", "[optimizer]\nl2 = -1\n[training]"),
        [r"optimizer\.l2: a finite number of at least 0 expected, not -1"],
    ),
    "a field of another optimizer": (
        changed("[training]", "[optimizer]\nbeta1 = 0.9\n[training]"),
        [r"optimizer\.beta1: belongs to adam and adamw, not to gradient-descent; remove it"],
    ),
    "a matrix short of a row": (
        changed("[[0.15, 0.20], [0.25, 0.30]]", "[[0.15, 0.20]]"),
        [r"start\.W1: 2 lists of 2 numbers expected, one a neuron of layer 1, not 1"],
    ),
    "a ragged matrix": (
        changed("[0.25, 0.30]", "[0.25]"),
        [r"start\.W1\[1\]: 2 numbers expected, one a neuron of layer 0, not 1"],
    ),
    "a list for a shared bias": (
        changed("b1 = 0.35", "b1 = [0.35, 0.35]"),
        [r"start\.b1: one finite number expected, not a list"],
    ),
    "a missing parameter": (
        changed("b2 = 0.60", ""),
        [r"start\.b2: missing; give every parameter, or a seed alone"],
    ),
    "a seed beside parameters": (
        changed("b2 = 0.60", "seed = 7"),
        [r"start\.seed: either every parameter or a seed expected; remove one"],
    ),
    "more targets than samples": (
        changed("[[0.01, 0.99]]", "[[0.01, 0.99], [0.5, 0.5]]"),
        [r"data\.targets: 1 list of targets expected, one a sample of data\.inputs, not 2"],
    ),
    "a sample short of a number": (
        changed("[[0.05, 0.10]]", "[[0.05]]"),
        [r"data\.inputs\[0\]: 2 numbers expected, one an input neuron, not 1"],
    ),
    "no samples": (
        changed("[[0.05, 0.10]]", "[]"),
        [r"data\.inputs: a list of samples expected, such as \[\[0\.05, 0\.10\]\]"],
    ),
    "fewer than no iterations": (
        changed("iterations = 2", "iterations = -1"),
        [r"training\.iterations: a whole number from 0 to 1000000000 expected, not -1"],
    ),
    "a word for true": (
        changed("train_biases = false", 'train_biases = "no"'),
        [r"training\.train_biases: true or false expected, not 'no'"],
    ),
    "targets that are no probabilities": (
        changed("[data]", '[loss]\nname = "cross-entropy"\n[data]').replace(b"0.99", b"1.99"),
        [r"data\.targets: numbers from 0 to 1 expected, as cross-entropy needs them"],
    ),
    "Python for a formula": (
        changed(
            'bias = "layer"',
            "bias = \"layer\"\nactivation = { formula = \"__import__('os').system('true')\" }",
        ),
        [r"network\.activation\.formula: at character 12: \"'\" is not part of a formula"],
    ),
    "an attribute in a formula": (
        changed('bias = "layer"', 'bias = "layer"\nactivation = { formula = "x.real" }'),
        [r"network\.activation\.formula: at character 2: '\.' is not part of a formula"],
    ),
    "a formula with another field": (
        changed('bias = "layer"', 'bias = "layer"\nactivation = { formula = "x", a = 1 }'),
        [r"network\.activation: a table such as .* expected"],
    ),
    "formulas whose derivatives explode": (
        changed(
            'bias = "layer"',
            'bias = "layer"\nactivation = ["tanh", { formula = "' + "*".join("x" * 250) + '" }]'
            '\n[loss]\nformula = "o^o^o^o^o^o^o^o^o^o^o^o"',
        ),
        [
            r"network\.activation\[1\]\.formula: its differentiation .*; write it shorter, .*",
            r"loss\.formula: its differentiation .*; write it shorter, .*",
        ],
    ),
    "a formula too deep": (
        changed(
            'bias = "layer"',
            'bias = "layer"\nactivation = { formula = "' + "(" * 200 + "x" + ")" * 200 + '" }',
        ),
        [r"network\.activation\.formula: at character \d+: .*nested more than 40 deep"],
    ),
    "a formula of a number that there is not": (
        changed('bias = "layer"', 'bias = "layer"\nactivation = { formula = "x + 0^-1" }'),
        [r"network\.activation\.formula: at character 5: this part has no finite real value"],
    ),
    "an optimizer with a slip, whose fields may be right": (
        changed(
            "[training]", '[optimizer]\nname = "adm"\nbeta1 = 0.9\nform = "average"\n[training]'
        ),
        [r"optimizer\.name: one of .* expected, not 'adm'; did you mean adam\?"],
    ),
    "a loss by name and by formula": (
        changed("[data]", '[loss]\nname = "squared-error"\nformula = "(t - o)^2"\n[data]'),
        [r"loss\.formula: a name or a formula expected, not both; remove one"],
    ),
    "a value where a table belongs": (
        b"network = 3\n" + changed('[network]\nlayers = [2, 2, 2]\nbias = "layer"\n', ""),
        [r"network: a table \[network\] expected, not a number", r"network\.layers: missing; .*"],
    ),
    "control characters": (
        changed('bias = "layer"', 'bias = "\\u001b[31m\\nred"\n"\\u001b[2J" = 1'),
        [
            r"network\.\\x1b\[2J: unknown key; known: .*",
            r"network\.bias: one of .* expected, not '\\x1b\[31m\\nred'.*",
        ],
    ),
    "many faults of many kinds": (
        changed("0.15", "nan")
        .replace(b"iterations = 2", b"iterations = 1.5")
        .replace(b'bias = "layer"', b'bias = "layers"')
        .replace(b"0.99", b"inf"),
        [
            r"network\.bias: .* not 'layers'; did you mean layer\?",
            r"training\.iterations: .* not 1\.5",
            r"data\.targets\[0\]\[1\]: .* not inf",
            r"start\.W1\[0\]\[0\]: .* not nan",
        ],
    ),
    "keys that go on and on": (
        changed('bias = "layer"', f'{"k" * 5000} = 1\nbias = "{"v" * 5000}"'),
        [
            r"network\.k{37}…: unknown key; known: .*",
            r"network\.bias: one of .* expected, not 'v{36}…",
        ],
    ),
    "more faults than one mends": (
        CLASSIC.encode() + b"\n".join(b"k%d = 1" % n for n in range(1000)),
        [
            *(rf"start\.k{n}: unknown key; known: W1, .*" for n in range(50)),
            r"there may be more faults than these; mend them first",
        ],
    ),
    "a key in a thousand parts": (
        b".".join([b"a"] * 1000) + b" = 1",
        [r"not a problem file: nested too deep"],
    ),
    "not TOML": (b"layers: [2, 2, 2]\n", [r"not TOML: expected '=' .*line 1, column 7.*"]),
    "a key twice": (
        changed("b2 = 0.60", "b2 = 0.60\nb2 = 0.61"),
        [r"not TOML: cannot overwrite a value .*line 18.*"],
    ),
    "a list without an end": (CLASSIC.encode() + b"W3 = [[1,", [r"not TOML: .*"]),
    "nested too deep": (
        b"a = " + b"[" * 100_000,
        [r"not a problem file: nested too deep"],
    ),
    "Latin-1": (
        CLASSIC.encode() + "# Größe\n".encode("latin-1"),
        [r"not UTF-8 text at byte \d+; save the file as UTF-8"],
    ),
    "UTF-16": (CLASSIC.encode("utf-16"), [r"not UTF-8 text at byte 0; save the file as UTF-8"]),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", [r"not UTF-8 text at byte 0; .*"]),
    "NUL": (b"\0" * 10, [r"not TOML: .*"]),
    "nothing": (
        b"",
        [
            r"network\.layers: missing; .*",
            r"data\.inputs: missing; .*",
            r"data\.targets: missing; .*",
        ],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_does_not_fit_is_told_in_one_line_a_fault(name: str, tmp_path: Path) -> None:
    """Each fault with the file, the field and what was expected; status 2; nothing written."""
    content, expected = FILES[name]
    (tmp_path / "problem.toml").write_bytes(content)
    found = faults(run("report", "problem.toml", at=tmp_path))
    wanted = [rf"problem\.toml: {line}" for line in expected]
    for line, pattern in zip(found, wanted, strict=False):
        assert re.fullmatch(pattern, line), (line, pattern)
    assert len(found) == len(expected), found
    assert files(tmp_path) == ["problem.toml"]


@pytest.mark.parametrize("command", ["report", "trace", "new copy.toml"])
def test_every_command_reads_problems_alike(command: str, tmp_path: Path) -> None:
    """The same fault in the same words, whatever was to be done."""
    (tmp_path / "problem.toml").write_bytes(changed("0.15", "nan"))
    words = command.split()
    expected = ["problem.toml: start.W1[0][0]: one finite number expected, not nan"]
    assert faults(run(*words, "problem.toml", at=tmp_path)) == expected
    assert files(tmp_path) == ["problem.toml"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The line says how to make one."""
    found = faults(run("report", "a b.toml", at=tmp_path))
    assert found == ["a b.toml: no such file; `derive new a b.toml` writes one to fill in"]
    assert files(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/zero").is_char_device(), reason="no /dev/zero")
def test_a_file_without_an_end(tmp_path: Path) -> None:
    """It is not read to the end."""
    found = faults(run("trace", "/dev/zero", at=tmp_path))
    assert found == ["/dev/zero: more than 128 MiB, which no problem file needs"]


def test_a_long_word_is_not_told_at_length(tmp_path: Path) -> None:
    """The line begins with it and ends with the remedy."""
    (found,) = faults(run("compare", "a" * 5000, "b.toml", at=tmp_path))
    assert len(found) < 700
    (found,) = faults(run("report", "--net", "2-2", "--lang", "x" * 5000, at=tmp_path))
    assert found.startswith("--lang: languages of zh, en expected")
    assert len(found) < 700


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    """A folder is not read."""
    assert faults(run("trace", ".", at=tmp_path)) == [".: is a folder; name a problem file in it"]


def test_a_path_through_a_file(tmp_path: Path) -> None:
    """A file has no files in it."""
    (tmp_path / "problem.toml").write_text(CLASSIC)
    found = faults(run("trace", "problem.toml/other.toml", at=tmp_path))
    assert len(found) == 1
    assert "problem.toml/other.toml: cannot be read: Not a directory" in found[0]


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """The system's reason is given."""
    path = tmp_path / "problem.toml"
    path.write_text(CLASSIC)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert faults(run("trace", path, at=tmp_path)) == [f"{path}: cannot be read: Permission denied"]


def test_a_file_name_of_two_lines_is_told_in_one(tmp_path: Path) -> None:
    """A name with a line break, or with bytes that are no text, does not break the line."""
    found = faults(run("trace", "two\nlines.toml", at=tmp_path))
    assert len(found) == 1
    assert found[0].startswith("two\\nlines.toml: no such file")
    found = faults(run("trace", b"byte-\xff.toml", at=tmp_path))
    assert len(found) == 1
    assert found[0].startswith("byte-\\udcff.toml: no such file")


def test_a_file_whose_name_is_no_text_is_solved(tmp_path: Path) -> None:
    """The result takes the same name, and the command in the document stands in ASCII."""
    name = os.fsdecode(b"byte-\xff.toml")
    (tmp_path / name).write_text(CLASSIC)
    done = run("report", name, "--to", "html", at=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"output/byte-\\udcff.html\n"
    assert (tmp_path / "output" / os.fsdecode(b"byte-\xff.html")).is_file()


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.csv"])
def test_a_file_of_another_format_is_answered_with_how_to_begin(name: str, tmp_path: Path) -> None:
    """Many programs take JSON, YAML or tables; here a problem is TOML."""
    (tmp_path / name).write_text('{"network": {"layers": [2, 2, 2]}}')
    (found,) = faults(run("report", name, at=tmp_path))
    assert found.startswith(f"{name}: not TOML: ")
    assert found.endswith("; a problem is a TOML file, and `derive new a.toml` writes one")
