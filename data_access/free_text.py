"""What a user writes in words: on one line, not too long, and nobody's CPR number."""

import re

_CPR = re.compile(r"(?<!\d)(?:\d{2}[ ./-]?\d{2}[ ./-]?(?:\d{2}){1,2}[ ./_–—‑−-]{0,3}\d{4}|\d{2}(?: \d{2}){4})(?!\d)")
"""Wider than a valid number: one with a slip of the pen still points to somebody. Also ten digits in pairs."""


def like_cpr(text: str) -> bool:
    """Whether a text holds something that looks like a CPR number."""
    return bool(_CPR.search(text))


def one_line(written: str, what: str, longest: int, refused: type[Exception]) -> str:
    """What a user wrote, on one line and without what cannot be seen. `what` names the field, in Danish.

    Raises:
        refused: it is longer than `longest` characters, or may hold a CPR number; the message is Danish.
    """
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in written).split())
    if len(line) > longest:
        raise refused(f"{what} må højst fylde {longest} tegn, og den fylder {len(line)}. Gør den kortere.")
    if like_cpr(line):
        raise refused(f"{what} indeholder noget, der ligner et CPR-nummer. Fjern det, og gem igen.")
    return line
