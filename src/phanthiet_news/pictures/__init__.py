"""Pictures: what they are, what is made of them, and how a page offers it. Bytes in, bytes out, and a cache.

Knows nothing of articles and sites. The modules of this room say what each of them knows; this is what others use.
"""

from __future__ import annotations

from phanthiet_news.pictures.cache import Cache
from phanthiet_news.pictures.credit import Credit
from phanthiet_news.pictures.icons import ICONS, Icon, Logo, icons
from phanthiet_news.pictures.info import Info, Seen, inspect
from phanthiet_news.pictures.jobs import Job, Look, icon_chunk, inspect_chunk, make_chunk, social_chunk
from phanthiet_news.pictures.make import make, make_all
from phanthiet_news.pictures.social import Card, Style, social
from phanthiet_news.pictures.variants import Policy, Variant, of_format, srcset, variants

__all__ = [
    "ICONS",
    "Cache",
    "Card",
    "Credit",
    "Icon",
    "Info",
    "Job",
    "Logo",
    "Look",
    "Policy",
    "Seen",
    "Style",
    "Variant",
    "icon_chunk",
    "icons",
    "inspect",
    "inspect_chunk",
    "make",
    "make_all",
    "make_chunk",
    "of_format",
    "social",
    "social_chunk",
    "srcset",
    "variants",
]
