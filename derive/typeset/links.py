"""Where elements of formulas lead (MathML 3, section 2.1.6)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_OUTSIDE = re.compile("https?:|mailto:", re.IGNORECASE)
"""Where a formula may lead, beside places of its own document."""
_KEPT = "/:?#[]@!$&'()*+,;=~%"
"""What an address has as it is, beside letters, digits and -._ (RFC 3986)."""


def target(href: str) -> tuple[str, str] | None:
    """What an address leads to: ("internal", name), ("external", address), or nothing."""
    if href[:1] == "#" and href != "#":
        return "internal", unquote(href[1:])
    return ("external", quote(href, safe=_KEPT)) if _OUTSIDE.match(href) else None
