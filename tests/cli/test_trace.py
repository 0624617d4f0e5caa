"""`derive trace --json`: the contract of the trace export, read back as any JSON reader would."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive.problem import example
from tests.cli.program import CLASSIC, faults, files, good, run
from tests.engine.oracle import Oracle, mp

KEYS = {
    "iteration", "sample", "parameters", "loss_terms", "loss", "optimizer",
    "net1", "out1", "net2", "out2", "dE/dout1", "dE/dout2", "dout1/dnet1", "dout2/dnet2",
    "delta1", "delta2", "dE/dW1", "dE/db1", "dE/dW2", "dE/db2",
}  # fmt: skip
"""Of a pass of a network with two layers after the input."""

SAMPLES = "0.1,0.2,0.3; 0.4,0.5,0.6; 0.7,0.8,0.9; 1,0,1; 0,1,0"
TARGETS = "1,0; 0,1; 1,0; 0,1; 1,0"
DEEP = ["--net", "3-4-2", "--inputs", SAMPLES, "--targets", TARGETS]


def traced(*words: str, at: Path) -> dict[str, Any]:
    """The trace that `derive trace` writes to its standard output."""
    found: dict[str, Any] = json.loads(good("trace", *words, "--json", "-", at=at).stdout)
    return found


def shape(value: Any) -> tuple[int, ...]:
    """The lengths of nested lists, all alike at each depth."""
    if not isinstance(value, list):
        assert isinstance(value, float), value
        return ()
    inner = {shape(part) for part in value}
    assert len(inner) == 1
    return (len(value), *inner.pop())


def test_the_classic_example_has_its_published_values(tmp_path: Path) -> None:
    """To the digits that were published, and where those are wrong the right ones."""
    found = traced("--net", "2-2-2", at=tmp_path)
    assert found["format"] == 1
    assert found["layers"] == [2, 2, 2]
    first, second, *_, last = found["passes"]
    assert f"{first['net1'][0][0]:.4f}" == "0.3775"
    assert f"{first['out1'][0][0]:.9f}" == "0.593269992"
    assert f"{first['out1'][0][1]:.9f}" == "0.596884378"
    assert f"{first['net2'][0][0]:.9f}" == "1.105905967"
    assert [f"{out:.9f}" for out in first["out2"][0]] == ["0.751365070", "0.772928465"]
    assert [f"{term:.9f}" for term in first["loss_terms"][0]] == ["0.274811083", "0.023560026"]
    assert f"{first['loss']:.9f}" == "0.298371109"
    assert f"{first['dE/dout2'][0][0]:.9f}" == "0.741365070"
    assert f"{first['dout2/dnet2'][0][0]:.9f}" == "0.186815602"
    assert f"{first['delta2'][0][0]:.9f}" == "0.138498562"
    assert f"{first['dE/dW2'][0][0]:.9f}" == "0.082167041"
    assert f"{first['dE/dW1'][0][0]:.9f}" == "0.000438568"
    weights = second["parameters"]["W2"][0] + second["parameters"]["W2"][1]
    shown = [f"{weight:.9f}" for weight in weights]
    assert shown == ["0.358916480", "0.408666186", "0.511301270", "0.561370121"]
    assert f"{second['parameters']['W1'][0][0]:.9f}" == "0.149780716"
    assert f"{second['loss']:.9f}" == "0.291027774"
    assert last["iteration"] == 10_000
    assert f"{last['loss']:.10f}" == "0.0000351019"
    assert [f"{out:.9f}" for out in last["out2"][0]] == ["0.015913620", "0.984064274"]


def test_a_pass_has_every_quantity_in_its_shape(tmp_path: Path) -> None:
    """Samples x neurons, or the parameter's own shape, and nothing that the format has not."""
    found = traced(*DEEP, "--iterations", "3", at=tmp_path)
    assert set(found) == {"format", "layers", "passes"}
    assert len(found["passes"]) == 4
    for number, one in enumerate(found["passes"]):
        assert set(one) == KEYS
        assert one["iteration"] == number
        assert one["sample"] is None
        for layer, size, before in ((1, 4, 3), (2, 2, 4)):
            for name in ("net{}", "out{}", "dE/dout{}", "dout{0}/dnet{0}", "delta{}"):
                assert shape(one[name.format(layer)]) == (5, size)
            for holder, lead in ((one["parameters"], ""), (one, "dE/d")):
                assert shape(holder[f"{lead}W{layer}"]) == (size, before)
                assert shape(holder[f"{lead}b{layer}"]) == (size,)
        assert shape(one["loss_terms"]) == (5, 2)
        assert one["optimizer"] == {}
        assert sum(map(sum, one["loss_terms"])) == pytest.approx(one["loss"], rel=1e-15)


def test_gradients_are_of_the_whole_loss(tmp_path: Path) -> None:
    """After the mean over the samples, and with the penalty on the weights."""
    words = [*DEEP, "--over-samples", "mean", "--l2", "0.25", "--iterations", "1"]
    before, after = traced(*words, "--learning-rate", "0.5", at=tmp_path)["passes"]
    for name, old in before["parameters"].items():
        new, gradient = after["parameters"][name], before[f"dE/d{name}"]
        if name.startswith("b"):
            old, new, gradient = [old], [new], [gradient]
            sums = [sum(row[i] for row in before[f"delta{name[1]}"]) for i in range(len(old[0]))]
            assert gradient[0] == pytest.approx(sums, rel=1e-12)
        for row, fresh, slope in zip(old, new, gradient, strict=True):
            for a, b, c in zip(row, fresh, slope, strict=True):
                assert b == pytest.approx(a - 0.5 * c, rel=1e-14)
    squares = sum(w * w for n in ("W1", "W2") for row in before["parameters"][n] for w in row)
    terms = sum(map(sum, before["loss_terms"]))
    assert before["loss"] == pytest.approx((terms + 0.25 / 2 * squares) / 5, rel=1e-14)


def test_one_by_one_shows_the_sample_of_the_next_update(tmp_path: Path) -> None:
    """One row a pass; pass k has sample k modulo their number, and the last the one to come."""
    found = traced(*DEEP, "--samples", "one-by-one", "--iterations", "7", at=tmp_path)
    assert [one["iteration"] for one in found["passes"]] == list(range(8))
    assert [one["sample"] for one in found["passes"]] == [0, 1, 2, 3, 4, 0, 1, 2]
    for one in found["passes"]:
        assert shape(one["out2"]) == (1, 2)
        out, target = one["out2"][0], [[1, 0], [0, 1]][one["sample"] % 2]
        assert one["loss"] == pytest.approx(
            sum((t - o) ** 2 / 2 for t, o in zip(target, out, strict=True)), rel=1e-14
        )


def test_every_keeps_each_kth_pass_and_the_last(tmp_path: Path) -> None:
    """Of ten updates by fours: 0, 4, 8, 10; the same values as when all are kept."""
    words = [*DEEP, "--iterations", "10"]
    some = traced(*words, "--every", "4", at=tmp_path)["passes"]
    assert [one["iteration"] for one in some] == [0, 4, 8, 10]
    whole = traced(*words, at=tmp_path)["passes"]
    assert some == [whole[0], whole[4], whole[8], whole[10]]


def test_a_softmax_layer_has_a_jacobian(tmp_path: Path) -> None:
    """[s][i][j] = d out_i / d net_j: out_i (1 - out_i) on the diagonal, -out_i out_j elsewhere."""
    words = [*DEEP, "--activation", "tanh,softmax", "--loss", "cross-entropy", "--iterations", "0"]
    (one,) = traced(*words, at=tmp_path)["passes"]
    assert shape(one["dout2/dnet2"]) == (5, 2, 2)
    for row, out in zip(one["dout2/dnet2"], one["out2"], strict=True):
        for i in range(2):
            for j in range(2):
                assert row[i][j] == pytest.approx(out[i] * ((i == j) - out[j]), abs=1e-15)


def test_a_shared_bias_is_one_number_and_so_is_its_gradient(tmp_path: Path) -> None:
    """And it has one though it is not trained."""
    (tmp_path / "problem.toml").write_text(CLASSIC)
    first, *_, last = traced("problem.toml", at=tmp_path)["passes"]
    assert first["parameters"]["b1"] == last["parameters"]["b1"] == 0.35
    assert first["dE/db2"] == pytest.approx(sum(first["delta2"][0]), rel=1e-15)


def test_without_biases_there_are_none(tmp_path: Path) -> None:
    """Neither in the parameters nor in the gradients."""
    (one, _) = traced("--net", "2-2-1", "--bias", "none", "--iterations", "1", at=tmp_path)[
        "passes"
    ]
    assert set(one["parameters"]) == {"W1", "W2"}
    assert "dE/db1" not in one


def test_the_optimizers_state_stands_beside_the_parameters(tmp_path: Path) -> None:
    """Adam's moments are 0 before the first update and have the parameters' shapes."""
    words = ["--net", "2-2-1", "--optimizer", "adam", "--iterations", "1"]
    first, second = traced(*words, at=tmp_path)["passes"]
    assert set(first["optimizer"]) == {f"{s}{p}{n}" for s in "mv" for p in "Wb" for n in "12"}
    assert first["optimizer"]["mW1"] == [[0.0, 0.0], [0.0, 0.0]]
    gradient = first["dE/dW1"][0][0]
    assert second["optimizer"]["mW1"][0][0] == pytest.approx(0.1 * gradient, rel=1e-12)
    assert second["optimizer"]["vW1"][0][0] == pytest.approx(0.001 * gradient**2, rel=1e-12)


def test_numbers_are_the_shortest_that_read_back(tmp_path: Path) -> None:
    """0.1 is written 0.1, and every number as Python's shortest form of its float64."""
    good("trace", "--net", "2-2-2", "--iterations", "1", "--json", "t.json", at=tmp_path)
    text = (tmp_path / "t.json").read_text("utf-8")
    written: list[str] = []
    json.loads(text, parse_float=lambda number: written.append(number) or float(number))
    assert written
    assert all(repr(float(number)) == number for number in written)
    assert '"W1": [[0.15, 0.2], [0.25, 0.3]]' in text


def test_an_infinite_loss_is_still_json(tmp_path: Path) -> None:
    """-ln 0 reads back as an infinity, by the letter of JSON, which has no such word."""
    words = ["--net", "1-1", "--activation", "relu", "--loss", "binary-cross-entropy"]
    words += ["--inputs", "-1", "--targets", "1", "--start", "W1=[[1]]", "--start", "b1=[0]"]
    done = run("trace", *words, "--iterations", "0", "--json", "-", at=tmp_path)
    assert done.returncode == 0, "that relu's outputs are no probabilities is a warning"

    def strange(word: str) -> float:
        raise AssertionError(word)

    found = json.loads(done.stdout, parse_constant=strange)
    assert math.isinf(found["passes"][0]["loss"])


def test_without_json_the_error_is_printed_as_training_goes_on(tmp_path: Path) -> None:
    """Two columns: the first ten, then ever fewer, and the last."""
    lines = good("trace", "--net", "2-2-2", at=tmp_path).stdout.decode().splitlines()
    assert lines[0] == "updates\terror"
    rows = [line.split("\t") for line in lines[1:]]
    assert [int(row[0]) for row in rows[8:14]] == [8, 9, 10, 20, 50, 100]
    assert rows[-1][0] == "10000"
    assert f"{float(rows[0][1]):.9f}" == "0.298371109"
    assert files(tmp_path) == []


def test_a_certified_trace_has_decimals_that_are_certain(tmp_path: Path) -> None:
    """Thirty digits of each value against plain loops in 400; what is exact stands in full."""
    good(
        "trace", "--net", "2-2-2", "--iterations", "3", "--certified", "--digits", "30",
        "--json", "trace.json", at=tmp_path,
    )  # fmt: skip
    found = json.loads((tmp_path / "trace.json").read_text())
    assert (found["format"], found["digits"]) == (1, 30)
    problem = replace(example("mazur-2015").problem, iterations=3)
    count = 0
    for iteration, true in Oracle(problem).passes(range(4)):
        quantities = found["passes"][iteration]
        quantities |= quantities.pop("parameters")
        for name, expected in true.items():
            if name not in quantities:
                continue
            pairs = zip(np.ravel(quantities[name]), np.ravel(np.array(expected)), strict=True)
            for text, value in pairs:
                assert abs(mp.mpf(text) - value) <= abs(value) * mp.mpf("5.1e-30"), (name, text)
                count += 1
    assert count > 100
    assert found["passes"][0]["net1"] == [["0.3775", "0.3925"]]


def test_digits_belong_to_the_certified_trace(tmp_path: Path) -> None:
    """And that to a file."""
    asked = ("trace", "--net", "2-2-2")
    for words, named in (
        (("--digits", "9", "--json", "-"), "--certified"),
        (("--certified",), "--json"),
        (("--certified", "--digits", "5000", "--json", "-"), "1 to 1000"),
    ):
        (line,) = faults(run(*asked, *words, at=tmp_path))
        assert named in line


def test_what_is_hardly_meant_is_told_before(tmp_path: Path) -> None:
    """A line on the standard error, and the trace all the same; --quiet leaves it out."""
    words = ["trace", "--net", "2-1", "--targets", "3", "--inputs", "1,2", "--json", "t.json"]
    told = faults(run(*words, "--learning-rate=-1", at=tmp_path), status=0)
    assert [line.partition(": ")[0] for line in told] == [
        "optimizer.learning_rate", "data.targets[0][0]",
    ]  # fmt: skip
    assert (tmp_path / "t.json").is_file()
    good(*words, "--quiet", at=tmp_path)


def test_numbers_that_know_their_equals_may_leave_the_range(tmp_path: Path) -> None:
    """Why the training ended is told of whatever the exact pass computed with."""
    words = ["--net", "2-2-2", "--activation", "sigmoid, erf(x)/erfc(x)", "--iterations", "4"]
    loss = "min(t, o) - max(o, t)"
    (told,) = faults(run("trace", *words, "--loss", loss, "--json", "-", at=tmp_path), status=0)
    assert told.startswith("training left the range of numbers at update ")
