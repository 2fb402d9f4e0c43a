"""The shape of a tenant's policy.

A policy is facts (TOML) and words (one text file per language). It is loaded once, checked whole, and never
changed while the system runs. The names follow the W3C Data Privacy Vocabulary (DPV 2.3) and the Swiss DSG /
the GDPR; `dpv` always holds a term such as ``dpv:Consent``, ``pd:EmailAddress`` or ``eu-gdpr:A6-1-b``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from zusage.policy.plans import Account as Account
from zusage.policy.plans import Band as Band
from zusage.policy.plans import Currency as Currency
from zusage.policy.plans import Plans as Plans
from zusage.policy.plans import Terms as Terms

Language = Literal["de", "fr", "it", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "fr", "it", "en")
AUTHORITATIVE: Language = "de"

Unit = Literal["minutes", "days", "months", "years"]
Start = Literal["received", "closed", "financial-year-end", "given", "shown", "made"]
Then = Literal["delete", "block"]
Source = Literal["form", "mailbox", "rights", "creditor", "staff", "system", "connection"]
"""Where a purpose's data comes from: the person (form, mailbox, rights page), creditor, staff, the system itself, the
connection."""
Exemption = Literal["", "own-rights", "law", "defence"]
"""Why a purpose may open what is blocked, and what was collected for another: the person's own rights, a law's demand,
the defence of claims (DSG 32, Art. 18(2) GDPR). Empty: it may not."""
RecipientRole = Literal["own-staff", "processor", "creditor", "authority"]
Place = Literal["public", "mailbox", "office"]
INTERESTS = "interests"
"""The id of the cookie that remembers topics, the only one that public pages set. A tenant may do without it."""
Group = Literal["who", "what", "reach", "budget"]
Kind = Literal[
    "name",
    "line",
    "postcode",
    "email",
    "phone",
    "date-of-birth",
    "reference",
    "references",
    "amount",
    "amount-or-zero",
    "day-of-month",
    "text",
]


class PolicyError(Exception):
    """A policy that can't be used. `findings` says each hole: file, place, what is wrong, what to write."""

    def __init__(self, findings: list[Finding]):
        self.findings = findings
        super().__init__("\n".join(str(finding) for finding in findings))


@dataclass(frozen=True, slots=True)
class Finding:
    """One hole in a policy, in words a lawyer can act on."""

    file: str
    place: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.problem} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Controller:
    """Verantwortlicher (DSG 19(2)(a), GDPR 13(1)(a)), and where to reach whoever answers for data protection."""

    name: str
    street: str
    postcode: str
    town: str
    country: str
    region: str
    """Canton or Land (ISO 3166-2 without the country), for its holidays; empty: what is a holiday in most of them."""
    phone: str
    email: str
    website: str
    domains: tuple[str, ...]
    """The internet domains that are really the agency's, for the page that answers "is this letter from us?"."""
    register_entry: str
    privacy_email: str
    objection_email: str
    supervisor: str
    """The id of the authority one may complain to; its name is the text ``supervisor.<id>``."""
    dpv: str


@dataclass(frozen=True, slots=True)
class Basis:
    """Legal basis, with its article per regime: ``{"ch": "DSG 31 Abs. 2 lit. a", "de": "Art. 6(1)(b) DSGVO"}``."""

    id: str
    dpv: str
    articles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long, counted from when, on what ground (a citation or a reason), and what happens then.

    `confirmed` is False where nobody has compared the figure with the law yet ("to be confirmed"). `statutory`: the
    ground is a duty to keep, which binds even where the person wants the data deleted (DSG 31(1), Art. 17(3)(b) GDPR).
    """

    id: str
    length: int
    unit: Unit
    start: Start
    ground: str
    then: Then
    confirmed: bool
    dpv: str
    statutory: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A category of personal data (Datenkategorie)."""

    id: str
    sensitive: bool
    dpv: str


@dataclass(frozen=True, slots=True)
class Persons:
    """A category of persons (Kategorie betroffener Personen, DSG 12(2)(c), Art. 30(1)(c) GDPR)."""

    id: str
    dpv: str


@dataclass(frozen=True, slots=True)
class Field:
    """A piece of data a form may ask for. `id` names the form field; `category` is an id of `Policy.categories`."""

    id: str
    kind: Kind
    category: str
    dpv: str


@dataclass(frozen=True, slots=True)
class FormField:
    """A field as one form asks for it. `group` is the legend it stands under; budget is folded at the form's end."""

    field: str
    required: bool
    group: Group


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a purpose, in the order of its fields.

    `one_of`: field ids of which at least one is needed, unless the person ticks `unless`
    (``mailbox_only``: "I read the answer in the mailbox alone"). `way_out`: field id -> the checkbox that
    stands in for it (``{"case_reference": "no_reference"}``: "I don't have it").
    """

    path: str
    fields: tuple[FormField, ...]
    one_of: tuple[str, ...]
    unless: str
    way_out: Mapping[str, str]
    warn_open_network: bool


@dataclass(frozen=True, slots=True)
class Purpose:
    """Zweck. What is not declared here can't be collected, and can't be opened.

    `of` names the purposes that this one is a further purpose to: it then opens their `fields`, and only with the
    person's own consent (`basis` is consent, asked by an unticked box in their form). Without `of`, `fields` are what
    the purpose gets from its `source` other than a form of its own. `keeps` lists the categories this purpose stores,
    `persons` those of the persons it stores them of. `form` is None where nothing is asked for by a form.

    `periods`: category -> the id of a period of its own, where that category isn't kept as long as the rest.
    `blocked_after`: the id of a period after which the rest is kept, and opened by nobody but for an exception.
    `exception` says why it opens what else stays shut: then only for a subject about whom something is on record that
    demands it (`vault.models.Warrant`). `automated`: a computer alone decides about the person (DSG 21, Art. 22 GDPR);
    then the text ``purpose.<id>.automated`` says by which logic.
    """

    id: str
    dpv: str
    source: Source
    basis: str
    retention: str
    recipients: tuple[str, ...]
    persons: tuple[str, ...]
    keeps: tuple[str, ...]
    form: Form | None
    of: tuple[str, ...]
    fields: tuple[str, ...]
    periods: Mapping[str, str]
    blocked_after: str
    exception: Exemption
    automated: bool


@dataclass(frozen=True, slots=True)
class Contract:
    """What binds a processor (Auftragsbearbeitung, DSG 9, Art. 28 GDPR). `until` None: until somebody ends it.

    `document` names a file in the tenant's folder.
    """

    title: str
    concluded: date
    until: date | None
    document: str

    def valid(self, today: date) -> bool:
        """Whether it binds on `today`."""
        return self.concluded <= today and (self.until is None or today <= self.until)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets data: in which role, in which country, under which safeguard and contract.

    `country` is ISO 3166-1 alpha-2. `safeguard` is needed where the country is neither the controller's nor on the
    list of adequate ones (DSV Annex 1). `contract` is what binds a processor.
    """

    id: str
    role: RecipientRole
    country: str
    safeguard: str
    contract: Contract | None
    fields: tuple[str, ...]
    """Ids of fields: what may reach this recipient of what forms ask for."""
    categories: tuple[str, ...]
    """Ids of categories: what may reach it of data that no form asks for."""
    dpv: str


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie the site can set. `life_minutes` 0 means until the browser closes."""

    id: str
    name: str
    where: Place
    necessary: bool
    life_minutes: int
    dpv: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that the interest cookie may name, and the public pages that speak of it.

    A page is its path beneath the language, ``privacy/rights``, or a form about something: ``contact?about=jobs``.
    """

    id: str
    pages: tuple[str, ...]
    dpv: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A technical or organisational measure."""

    id: str
    kind: Literal["technical", "organisational"]
    dpv: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of the public notice. `clause` names the section of the notice it stands in.

    `enforcers`: dotted names of the code that keeps it. `probes`: of the functions that look whether it is kept.
    """

    id: str
    clause: str
    dpv: str
    enforcers: tuple[str, ...]
    probes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A role of staff and the purposes it may open values for."""

    id: str
    opens: tuple[str, ...]
    dpv: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Against abuse. Counts are per `window_minutes`; the address lives that long, in memory, as a keyed hash.

    The code of a letter takes `letter_code_tries` wrong tries. A proof of identity has at most `proof_megabytes`. A
    copy of the keys store is worth restoring for `keys_copy_days`. Statistics name nothing that came less often than
    `smallest_cell` times.
    """

    window_minutes: int
    receipt_tries: int
    submissions_per_source: int
    pressure_per_minute: int
    pow_difficulty: int
    wait_seconds: int
    mailbox_idle_minutes: int
    ticket_hours: int
    letter_code_tries: int
    proof_megabytes: int
    keys_copy_days: int
    smallest_cell: int


CheckDigits = Literal["none", "luhn", "mod10-recursive", "mod11", "mod97"]


@dataclass(frozen=True, slots=True)
class Matching:
    """How a message finds its file. `automatic`: a computer may assign where it is sure; else a human does always.

    It is sure where it expects to be wrong at most once in `one_wrong_in` times. `check_digits`: the rule by which the
    last digits of a case reference follow from the others.
    """

    automatic: bool
    one_wrong_in: int
    check_digits: CheckDigits

    @property
    def threshold(self) -> float:
        """The probability from which on an assignment needs no human."""
        return 1 - 1 / self.one_wrong_in


@dataclass(frozen=True, slots=True)
class Look:
    """What of the look is the tenant's."""

    accent: str
    accent_dark: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole, checked policy. Look words up with `text`; everything else is by id."""

    id: str
    regimes: tuple[str, ...]
    adequate: tuple[str, ...]
    """Countries (ISO 3166-1 alpha-2) that every regime of the policy holds adequate: see `law.toml`."""
    promised: tuple[str, ...]
    """The promises that this tenant's published notice makes: each must stand in `promises`."""
    controller: Controller
    bases: Mapping[str, Basis]
    retentions: Mapping[str, Retention]
    categories: Mapping[str, Category]
    persons: Mapping[str, Persons]
    fields: Mapping[str, Field]
    purposes: Mapping[str, Purpose]
    recipients: Mapping[str, Recipient]
    cookies: Mapping[str, Cookie]
    topics: Mapping[str, Topic]
    measures: Mapping[str, Measure]
    promises: Mapping[str, Promise]
    roles: Mapping[str, Role]
    limits: Limits
    matching: Matching
    look: Look
    plans: Plans | None
    """The rules of instalments. None: plans are made by hand."""
    accounts: tuple[Account, ...]
    """Where money is paid to; the first of a currency is the one that plans name."""
    words: Mapping[Language, Mapping[str, str]]
    """Language -> dotted key -> text, e.g. ``words["de"]["purpose.enquiry.title"]``."""

    def text(self, language: str, key: str) -> str:
        """The text of `key` in `language`. KeyError if it is missing: the check at start has excluded that."""
        return self.words[language][key]  # type: ignore[index]

    def account(self, currency: str) -> Account | None:
        """The account that plans in `currency` are paid to."""
        return next((one for one in self.accounts if one.currency == currency), None)

    def form_purposes(self) -> tuple[Purpose, ...]:
        """The purposes that have a form, in the order of the policy."""
        return tuple(purpose for purpose in self.purposes.values() if purpose.form is not None)

    def period(self, purpose: str, category: str = "") -> Retention:
        """How long `purpose` keeps what is of `category`."""
        declared = self.purposes[purpose]
        return self.retentions[declared.periods.get(category, declared.retention)]

    def further_purposes(self, purpose: str) -> tuple[Purpose, ...]:
        """The purposes that `purpose`'s form asks a separate consent for."""
        return tuple(other for other in self.purposes.values() if purpose in other.of)
