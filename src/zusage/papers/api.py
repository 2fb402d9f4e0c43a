"""What the other rooms use of the papers: ``from zusage.papers import api as papers``."""

from zusage.papers.press import generic, letter
from zusage.papers.shape import (
    Block,
    Code,
    Letter,
    Listing,
    Note,
    Pairs,
    Paper,
    Paragraph,
    Section,
    Sender,
    Table,
    sections,
)

__all__ = [
    "Block",
    "Code",
    "Letter",
    "Listing",
    "Note",
    "Pairs",
    "Paper",
    "Paragraph",
    "Section",
    "Sender",
    "Table",
    "generic",
    "letter",
    "sections",
]
