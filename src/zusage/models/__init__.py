"""The tables of the data store. Every column is classified in `inventory.py`, or the system doesn't start."""

from zusage.models.cases import COLLECTION, DEBTOR_INDEX, REFERENCE_INDEX, Case
from zusage.models.disclosures import BREACH, LEGAL_DUTY, Breach, Demand, Disclosure
from zusage.models.letters import Mailbox, Message, Note, Submission, SubmissionValue
from zusage.models.matching import ApiToken, Assignment, ImportRun, Link, MatchTally, TermFrequency
from zusage.models.notices import NoticeVersion
from zusage.models.people import Staff, Subject
from zusage.models.plans import (
    PAYMENT_REFERENCE_INDEX,
    PLAN,
    Instalment,
    Payment,
    PaymentFile,
    Plan,
    PlanShare,
    PlanStep,
)
from zusage.models.proofs import Finding, ProbePerson, ProofDay
from zusage.models.rights import (
    DEFENCE,
    RIGHTS,
    Concern,
    Correction,
    Document,
    Hold,
    LetterCode,
    Proof,
    RightsRequest,
    Step,
)

__all__ = [
    "BREACH",
    "COLLECTION",
    "DEBTOR_INDEX",
    "DEFENCE",
    "LEGAL_DUTY",
    "PAYMENT_REFERENCE_INDEX",
    "PLAN",
    "REFERENCE_INDEX",
    "RIGHTS",
    "ApiToken",
    "Assignment",
    "Breach",
    "Case",
    "Concern",
    "Correction",
    "Demand",
    "Disclosure",
    "Document",
    "Finding",
    "Hold",
    "ImportRun",
    "Instalment",
    "LetterCode",
    "Link",
    "Mailbox",
    "MatchTally",
    "Message",
    "Note",
    "NoticeVersion",
    "Payment",
    "PaymentFile",
    "Plan",
    "PlanShare",
    "PlanStep",
    "ProbePerson",
    "Proof",
    "ProofDay",
    "RightsRequest",
    "Staff",
    "Step",
    "Subject",
    "Submission",
    "SubmissionValue",
    "TermFrequency",
]
