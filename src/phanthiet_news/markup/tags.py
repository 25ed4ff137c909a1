"""HTML as text → its tags, told as browsers tell them.

Knows the grammar of HTML; must not know which tags may stand where.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

VALUES = r"(?:[\s/]+[^\s=>/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*+"
"""The attributes of a tag, in any form that browsers read."""

ATTRIBUTE = re.compile(r"([^\s=>/\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?")

# What stands in comments, and in these elements, is no tag, whatever it looks like.
_TAG = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(iframe|script|style|textarea|title)\b({VALUES})[\s/]*>.*?(?:</\1\s*>|\Z)"
    rf"|<(/?[a-z][^\s/>]*)({VALUES})[\s/]*>",
    re.DOTALL | re.IGNORECASE,
)


def changed(text: str, change: Callable[[str, str, str], str]) -> str:
    """The text with `change(name, values, tag)` in the place of each tag; the name of one that closes begins with `/`.

    Of an element that holds no tags, a frame or a script, `tag` is the whole.
    """

    def each(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        return change(name.lower(), found[2] or found[4] or "", found[0]) if name else found[0]

    return _TAG.sub(each, text)


def attributes(values: str) -> dict[str, str]:
    """Attributes by name, their values as they are meant; of one that is given twice the first counts."""
    found = ((name.lower(), html.unescape("".join(value))) for name, *value in ATTRIBUTE.findall(values))
    return dict(reversed(list(found)))
