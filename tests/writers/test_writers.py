"""What holds for every writer in the table."""

from __future__ import annotations

import pytest

from derive.derivation import VIEWS
from derive.writers import WRITERS, Options
from tests.documents import drawn, solution


@pytest.mark.parametrize("name", WRITERS)
def test_a_whole_document_has_a_layout_in_every_format(name: str) -> None:
    """All views, several samples, an optimizer, both languages: no block or tree is refused."""
    problem = drawn(
        [2, 2, 2],
        network={"activation": ["relu", "softmax"]},
        loss={"name": "cross-entropy"},
        optimizer={"name": "adam"},
        data={"inputs": [[0.1, 0.9], [0.4, 0.2]], "targets": [[1, 0], [0, 1]]},
        training={"iterations": 2},
    )
    document = solution(problem, views=VIEWS, languages=["zh-Hans", "en"])
    files = WRITERS[name].render(document, Options())
    assert files
    assert all(files.values())
