"""The tables of the data store. Every column is classified in `inventory.py`, or the system doesn't start."""

from zusage.models.cases import REFERENCE_INDEX, Case
from zusage.models.letters import Mailbox, Message, Note, Submission, SubmissionValue
from zusage.models.notices import NoticeVersion
from zusage.models.people import Staff, Subject

__all__ = [
    "REFERENCE_INDEX",
    "Case",
    "Mailbox",
    "Message",
    "Note",
    "NoticeVersion",
    "Staff",
    "Subject",
    "Submission",
    "SubmissionValue",
]
