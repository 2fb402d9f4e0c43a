"""What the other rooms use of the papers: ``from zusage.papers import api as papers``."""

from zusage.papers.press import generic, letter, schedule
from zusage.papers.qr import svg as qr_svg
from zusage.papers.schedule import Line, Schedule, Scheme, Slip
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
    "Line",
    "Listing",
    "Note",
    "Pairs",
    "Paper",
    "Paragraph",
    "Schedule",
    "Scheme",
    "Section",
    "Sender",
    "Slip",
    "Table",
    "generic",
    "letter",
    "qr_svg",
    "schedule",
    "sections",
]
