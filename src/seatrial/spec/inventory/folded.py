"""Names that people wrote in a table, told apart only by what they mean to differ in."""

import unicodedata
from functools import lru_cache


@lru_cache(4096)
def folded(text: str) -> str:
    """The same without blanks, in one width and case: ``中 继`` and ``中继`` are one name.

    Width is folded by NFKC (Unicode Standard Annex 15), case by the default case folding of Unicode.
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
