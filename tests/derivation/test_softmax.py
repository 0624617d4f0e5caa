"""The general derivation behind softmax: each line of letters holds for numbers put in."""

from __future__ import annotations

from typing import Any

import pytest

from derive.derivation import letters_of
from derive.notation import TEXTBOOKS, minus, partial
from derive.reference import Ref
from tests.derivation.mathml_value import NotNumericError, mp, value
from tests.derivation.test_notations import Letters, close, key, xml
from tests.derivation.test_numbers import segments
from tests.documents import drawn, equations, solution

ENTROPY = {
    "network": {"activation": "softmax"},
    "loss": {"name": "cross-entropy"},
    "data": {"inputs": [[0.1, 0.2]], "targets": [[0.5, 0.2, 0.3]]},
}
NETS = [mp.mpf("0.3"), mp.mpf("-0.7"), mp.mpf("1.1")]


@pytest.mark.parametrize("notation", TEXTBOOKS)
def test_each_line_of_the_general_derivation_holds(notation: str) -> None:
    """For j = 1, k = 2 of three outputs, and for a loss of theirs, computed by themselves."""
    problem = drawn([2, 3], **ENTROPY)
    document = solution(problem, notation=notation, full=True)
    book = letters_of(problem, notation)
    powers = [mp.exp(net) for net in NETS]
    total = sum(powers)
    outs = [power / total for power in powers]
    targets = [mp.mpf(str(t)) for t in problem.targets[0]]
    letters = Letters()

    def learn(tree: Any, number: Any) -> None:
        letters.learn(list(xml(tree)), number)

    threshold = mp.mpf("0.25") if TEXTBOOKS[notation].threshold else mp.mpf(0)
    for n, index in enumerate("jk"):
        learn(book.any_neuron("out", 1, index), outs[n])
        learn(book.any_neuron("net", 1, index), NETS[n] + threshold)
        learn(book.any_neuron("target", 1, index), targets[n])
        if threshold:
            learn(book.any_neuron("b", 1, index), threshold)
    letters.known["<m>S</>"] = total
    out_j, out_k = (book.any_neuron("out", 1, index) for index in "jk")
    net_k = book.any_neuron("net", 1, "k")
    loss = partial(book.symbol(Ref("loss")), net_k)
    sign = -1 if TEXTBOOKS[notation].minus_gradient else 1
    heads = {
        key(list(xml(partial(out_k, net_k)))): outs[1] * (1 - outs[1]),
        key(list(xml(partial(out_j, net_k)))): -outs[0] * outs[1],
        key(list(xml(loss if sign > 0 else minus(loss)))): sign * (outs[1] - targets[1]),
    }
    seen: dict[str, int] = {}
    for equation in equations(document):
        (_, head), *forms = segments(equation.tree)
        expected = heads.get(key(head))
        for _, form in forms if expected is not None else ():
            try:
                computed = value(letters.put_in(form))
            except NotNumericError:
                continue
            assert close(computed, expected), key(form)
            seen[key(head)] = seen.get(key(head), 0) + 1
    assert sorted(seen.values()) == [1, 2, 3]
