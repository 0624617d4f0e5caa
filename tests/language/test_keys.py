"""Keys of the catalogues are found by searching: where one is said, it is written out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import derive
from derive.language.catalogues import catalogue

ROOT = Path(derive.__file__).parent
FAMILIES = {
    "derivation/setting/wording.py": {
        "activation.", "loss.", "optimizer.", "update.", "compare.first_step.", "rule.",
        "notation.", "letters.note.", "letters.optimizer.", "published.short.", "published.cause.",
    },
    "writers/texts.py": {"page."},
    "maths/speech.py": {"speech."},
}  # fmt: skip
"""Where the key of a table's entry is made of its name: each family in one place."""
ELSEWHERE = ("problem/", "cli/")
"""Where such texts name fields of problem files."""


def joined(tree: ast.AST) -> Iterator[str]:
    """What each text that is put together begins with: f-strings, and sums of texts."""
    for node in ast.walk(tree):
        parts = node.values if isinstance(node, ast.JoinedStr) else []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left]
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            parts = [node.value]
        if parts and isinstance(parts[0], ast.Constant) and isinstance(parts[0].value, str):
            yield parts[0].value


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module, by its path in the package."""
    for path in sorted(ROOT.rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def test_a_key_is_put_together_only_for_the_entries_of_a_table() -> None:
    """Each family stands once, and no other text begins as the keys of a table do."""
    keys = list(catalogue("en").words)
    made: dict[str, list[str]] = {}
    for path, tree in sources():
        for start in joined(tree):
            key = re.fullmatch(r"[a-z_]+\.[a-z_.]*", start)
            if key and any(known.startswith(start) for known in keys):
                made.setdefault(path, []).append(start)
    families = {path: sorted(starts) for path, starts in FAMILIES.items()}
    assert {
        path: sorted(starts) for path, starts in made.items() if not path.startswith(ELSEWHERE)
    } == families


def test_every_other_key_is_written_out() -> None:
    """One search finds where it is said."""
    written = {
        node.value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    families = tuple({start for starts in FAMILIES.values() for start in starts})
    for key in catalogue("en").words:
        assert key in written or key.startswith(families), key
