"""The processing that this code does: each for a purpose, which the policy, and so the public record, has to list.

Whatever a form brings is done for the purpose that the policy gives the form, so it can't lack there. All else is
listed here. What runs `always` stops the start where the policy doesn't list it (`checks.py`); the rest can't begin:
its pages aren't there (`web/listed.py`), and the vault keeps nothing for it (`vault.Undeclared`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from zusage.policy.types import Policy, Source
from zusage.tenant import policy


@dataclass(frozen=True, slots=True)
class Processing:
    """Something that the code does with personal data: `what`, for which `purpose`, and `where` in this package.

    `always`: no setting and no missing declaration keeps it from running. `source`: what the policy would say of it.
    """

    purpose: str
    what: str
    where: tuple[str, ...]
    source: Source
    always: bool = False


PROCESSING: Mapping[str, Processing] = MappingProxyType(
    {
        one.purpose: one
        for one in (
            Processing(
                "staff",
                "keeps accounts of those who work here",
                ("models/people.py", "actions/staff.py", "web/office/entrance.py"),
                "staff",
                always=True,
            ),
            Processing(
                "protocol",
                "writes down who did what with whose data",
                ("protocol/outbox.py", "models/disclosures.py"),
                "system",
                always=True,
            ),
            Processing(
                "abuse",
                "counts what comes from an address",
                ("web/limits.py", "web/pressure.py"),
                "connection",
                always=True,
            ),
            Processing(
                "mailbox-notice",
                "tells people by e-mail that a letter lies in their mailbox",
                ("models/letters.py", "actions/mailbox.py", "actions/disclose.py"),
                "mailbox",
            ),
            Processing(
                "collection",
                "keeps the files of cases",
                (
                    "models/cases.py",
                    "actions/cases.py",
                    "actions/cases_import.py",
                    "actions/cases_update.py",
                    "web/api/cases.py",
                    "actions/rights/letter_codes.py",
                    "queries/matching.py",
                    "actions/linking/opening.py",
                    "queries/office.py",
                ),
                "creditor",
            ),
            Processing(
                "plan",
                "keeps plans of instalments, and payments as the bank reports them",
                ("models/plans.py", "actions/plans/offer.py", "queries/plans.py"),
                "staff",
            ),
            Processing(
                "rights",
                "answers what people demand about their data",
                (
                    "models/rights.py",
                    "actions/rights/steps.py",
                    "actions/rights/requests.py",
                    "web/public/rights.py",
                ),
                "rights",
            ),
            Processing(
                "legal-duty",
                "answers what an authority demands",
                ("models/disclosures.py", "actions/demands.py"),
                "staff",
            ),
            Processing(
                "claims-defence",
                "keeps what is due for deletion while claims are at stake",
                ("models/rights.py",),
                "staff",
            ),
            Processing(
                "breach",
                "keeps a register of breaches of data security",
                ("models/disclosures.py", "actions/breaches.py"),
                "staff",
            ),
        )
    }
)

MIDDLEWARE: Mapping[str, str] = MappingProxyType(
    {
        "zusage.web.security.headers": "nothing; believes the web server in front where the operator named it",
        "django.middleware.security.SecurityMiddleware": "nothing",
        "csp.middleware.CSPMiddleware": "nothing",
        "whitenoise.middleware.WhiteNoiseMiddleware": "nothing",
        "zusage.web.language.middleware": "nothing",
        "zusage.web.boundary.middleware": "nothing",
        "zusage.visits.counting.middleware": "which page was shown, to which kind of browser, until it is counted",
        "zusage.web.sessions.DoorSessionMiddleware": "a session behind the two doors, sealed, by a random key",
        "zusage.web.interests.middleware": "nothing; reads a cookie of topics, where somebody chose one",
        "django.middleware.common.CommonMiddleware": "nothing",
        "zusage.web.security.CsrfMiddleware": "a secret in the session behind the two doors",
        "django.contrib.auth.middleware.AuthenticationMiddleware": "nothing",
        "django.contrib.messages.middleware.MessageMiddleware": "nothing outside a session",
        "django.middleware.clickjacking.XFrameOptionsMiddleware": "nothing",
        "allauth.account.middleware.AccountMiddleware": "nothing",
    }
)
"""What every request passes, and what that keeps of it. Whatever else a request passes breaks `data-when-given`."""
APPS = frozenset(
    {
        "zusage.apps.ZusageConfig", "zusage.protocol.apps.ProtocolConfig", "zusage.vault.apps.VaultConfig",
        "zusage.visits.apps.VisitsConfig", "django.contrib.auth", "django.contrib.contenttypes",
        "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles", "allauth",
        "allauth.account", "allauth.mfa", "csp", "django_tasks", "django_tasks_db",
    }
)  # fmt: skip
"""The code that runs here beside Django's own: whatever else did would be a stranger."""


def listed(purpose: str) -> bool:
    """Whether the policy lists `purpose`: what isn't listed can't be done."""
    return purpose in policy().purposes


def missing(declared: Policy) -> list[str]:
    """What runs always and isn't listed: the place, and what to write."""
    return [
        f"{one.where[0]} {one.what}, always, and the policy doesn't list it: nobody could read of it in the record. "
        f'Write [purpose.{one.purpose}] with source = "{one.source}" in purposes.toml.'
        for one in PROCESSING.values()
        if one.always and one.purpose not in declared.purposes
    ]


def unknown(named: Mapping[str, str]) -> list[str]:
    """What code does for a purpose that isn't in `PROCESSING`. `named`: where a purpose is named -> the purpose."""
    return [
        f"{place} is for the purpose '{purpose}', which the registry of processing doesn't know. "
        "Add it to processing.py, and to the policy."
        for place, purpose in named.items()
        if purpose not in PROCESSING
    ]
