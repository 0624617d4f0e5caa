"""Formulas drawn from the grammar: each is worked out, or refused in a line."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

import derive
from derive.errors import DeriveError
from derive.formula import FUNCTIONS
from derive.problem import problem_from_fields

ONE_ARGUMENT = sorted(name for name, row in FUNCTIONS.items() if row.arguments == 1)
NUMBERS = ("0", "1", "2", "3", "0.5", "0.1", "7", "10", "1e-9", "1000", "1e-300", "3.7", "pi", "e")
SEEDS = range(10)
FORMULAS = 30


def drawn(chance: random.Random, deep: int, names: Sequence[str]) -> str:
    """A formula of `names`, no deeper than `deep`."""
    if deep == 0 or chance.random() < 0.2:
        return chance.choice([*names, *names, chance.choice(NUMBERS)])

    def part() -> str:
        return drawn(chance, deep - 1, names)

    match chance.randrange(8):
        case 0:
            return f"({part()}) {chance.choice('+-*/')} ({part()})"
        case 1:
            return "*".join(f"({part()})" for _ in range(chance.randint(2, 4)))
        case 2:
            return f"({part()})^({part()})"
        case 3:
            return f"({part()})^{chance.choice(NUMBERS)}"
        case 4:
            return f"-({part()})"
        case 5:
            return f"{chance.choice(('max', 'min'))}({part()}, {part()})"
        case 6:
            relation = chance.choice(("<", "<=", ">", ">="))
            return f"where({part()} {relation} {part()}, {part()}, {part()})"
    return f"{chance.choice(ONE_ARGUMENT)}({part()})"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("field", ["activation", "loss"])
def test_a_formula_is_worked_out_or_refused(field: str, seed: int) -> None:
    """No other exception leaves reading, training and deriving, whatever the formula."""
    chance = random.Random(f"{field} {seed}")  # noqa: S311
    done = 0
    for _ in range(FORMULAS // 2):
        text = drawn(chance, chance.randint(1, 3), ["x"] if field == "activation" else ["t", "o"])
        fields: dict[str, Any] = {
            "network": {"layers": [1, 1]},
            "data": {"inputs": [[0.7]], "targets": [[0.3]]},
            "start": {"seed": 1},
        }
        if field == "activation":
            fields["network"]["activation"] = {"formula": text}
        else:
            fields["loss"] = {"formula": text}
        try:
            problem = problem_from_fields(fields, "f")
            derive.worked_solution(problem, derive.train(problem), languages=["en"])
            done += 1
        except DeriveError:
            pass
        except Exception as error:
            raise AssertionError(f"{text}: {error!r}") from error
    assert done
