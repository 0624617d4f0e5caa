"""What happens where a tool that a test needs is not there."""

from __future__ import annotations

import pytest

from tests.conftest import needs


def test_a_tool_that_is_there_is_found() -> None:
    """The path of a program is given."""
    assert needs("python3").endswith("python3")


def test_a_tool_that_is_not_there_skips_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test is skipped, but where nothing may be left out it fails; the tool is named."""
    monkeypatch.delenv("DERIVE_NOTHING_LEFT_OUT", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-tool is not installed"):
        needs("no-such-tool")
    monkeypatch.setenv("DERIVE_NOTHING_LEFT_OUT", "1")
    with pytest.raises(pytest.fail.Exception, match="nothing may be left out"):
        needs("no-such-tool")
