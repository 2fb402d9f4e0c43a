"""The cast: a dozen invented people who appear in all tests.

What they send is long and unlike anything else, so that a search for its bytes means something. Their addresses end in
`.example`; their numbers look like numbers, and nothing ever calls them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, with what they would type into each form.

    `speaks` is the language of the pages they read; `born_as_typed` how they write their date of birth; the numbers and
    the amount stand as they write them; `…_e164` and `instalment` as the system keeps them.
    """

    id: str
    speaks: str
    first_name: str
    last_name: str
    street: str
    postcode: str
    town: str
    email: str
    phone_day: str
    phone_day_e164: str
    phone_evening: str
    phone_evening_e164: str
    born: date
    born_as_typed: str
    references: tuple[str, ...]
    message: str
    instalment_as_typed: str
    instalment: str
    payment_day: str
    company: str = ""

    @property
    def name(self) -> str:
        """First and last name, as the forms with one field for both ask for it."""
        return f"{self.first_name} {self.last_name}"

    def contact(self) -> dict[str, str]:
        """What they send by the contact form."""
        return _filled(
            first_name=self.first_name,
            last_name=self.last_name,
            company=self.company,
            street=self.street,
            postcode=self.postcode,
            town=self.town,
            email=self.email,
            phone=self.phone_day,
            case_reference=self.references[0] if self.references else "",
            message=self.message,
        )

    def enquiry(self) -> dict[str, str]:
        """What they send by the enquiry form; without a reference, they tick that they have none."""
        return _filled(
            case_reference=self.references[0] if self.references else "",
            no_reference="" if self.references else "on",
            **self._both(),
        )

    def payment(self) -> dict[str, str]:
        """What they send by the payment form: all their references, one per line."""
        return _filled(
            case_references="\r\n".join(self.references),
            no_reference="" if self.references else "on",
            monthly_instalment=self.instalment_as_typed,
            payment_day=self.payment_day,
            **self._both(),
        )

    def markers(self) -> tuple[str, ...]:
        """What must be found nowhere in plain once sealed, as typed and as kept; only what is too long to be chance."""
        lines = [line for line in self.message.splitlines() if len(line) >= 25]
        return tuple(
            value
            for value in (
                self.name,
                self.last_name,
                self.company,
                self.street,
                self.email,
                self.phone_day,
                self.phone_day_e164,
                self.phone_evening,
                self.phone_evening_e164,
                self.born_as_typed,
                self.born.isoformat(),
                *self.references,
                *lines,
            )
            if len(value) >= 8
        )

    def _both(self) -> dict[str, str]:
        """What the enquiry and the payment form share."""
        reachable = self.phone_day or self.phone_evening or self.email
        return {
            "name": self.name,
            "date_of_birth": self.born_as_typed,
            "phone_day": self.phone_day,
            "phone_evening": self.phone_evening,
            "email": self.email,
            "mailbox_only": "" if reachable else "on",
            "message": self.message,
        }


def _filled(**fields: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


# The usual case: one file, everything filled in.
VRENI = Person(
    id="vreni",
    speaks="de",
    first_name="Vreni",
    last_name="Grünenfelder",
    street="Hinterwiesliweg 17a",
    postcode="8762",
    town="Schwanden",
    email="vreni.gruenenfelder@bergpost.example",
    phone_day="079 000 01 07",
    phone_day_e164="+41790000107",
    phone_evening="(044) 000 01 08",
    phone_evening_e164="+41440000108",
    born=date(1957, 3, 14),
    born_as_typed="14.3.1957",
    references=("AG-2024-771903.4",),
    message="Grüezi\n\nDie Rechnung vom Murmeltierverlag habe ich schon im Mai bezahlt.\nFreundliche Grüsse",
    instalment_as_typed="1'250.50",
    instalment="1250.50",
    payment_day="25.",
)
# A long double name with particles, a firm, and three files at once.
THEODORA = Person(
    id="theodora",
    speaks="de",
    first_name="Maximiliane-Theodora",
    last_name="von Schnurrenberger-Oetikofer",
    street="Zum Alten Pfarrhaus am Rebhang 112b",
    postcode="CH-8706",
    town="Obermeilen",
    email="m.t.von.schnurrenberger@zahnradschmiede.example",
    phone_day="+41 (0)43 000 01 12",
    phone_day_e164="+41430000112",
    phone_evening="0041 78 000 01 13",
    phone_evening_e164="+41780000113",
    born=date(1969, 11, 30),
    born_as_typed="30. November 1969",
    references=("AG-2023-118840.1", "AG-2024-118841.9", "AG-2025-118842.7"),
    message="Unsere Zahnradschmiede hat drei Mahnungen vom Kupferhammerwerk bekommen.",
    instalment_as_typed="CHF 400.–",
    instalment="400.00",
    payment_day="1",
    company="Zahnradschmiede Oetikofer & Töchter GmbH",
)
# A twin: LIA has her surname, address and date of birth.
LEA = Person(
    id="lea",
    speaks="de",
    first_name="Lea",
    last_name="Kuratli-Wyssenbach",
    street="Eichhörnliweg 44",
    postcode="9650",
    town="Nesslau",
    email="lea.kuratli@zwillinge.example",
    phone_day="077 000 01 21",
    phone_day_e164="+41770000121",
    phone_evening="",
    phone_evening_e164="",
    born=date(2001, 2, 28),
    born_as_typed="28.02.01",
    references=("AG-2025-440017.2",),
    message="Bitte schreiben Sie mir und nicht meiner Zwillingsschwester Lia.",
    instalment_as_typed="80",
    instalment="80.00",
    payment_day="15",
)
# The other twin.
LIA = Person(
    id="lia",
    speaks="de",
    first_name="Lia",
    last_name="Kuratli-Wyssenbach",
    street="Eichhörnliweg 44",
    postcode="9650",
    town="Nesslau",
    email="lia.kuratli@zwillinge.example",
    phone_day="077 000 01 22",
    phone_day_e164="+41770000122",
    phone_evening="",
    phone_evening_e164="",
    born=date(2001, 2, 28),
    born_as_typed="28.02.2001",
    references=("AG-2025-440018.0",),
    message="Den Vertrag mit dem Fitnessklettergarten hat meine Schwester Lea.",
    instalment_as_typed="80.-",
    instalment="80.00",
    payment_day="15.",
)
# German, with ß in his name, German numbers and German commas.
JOERG = Person(
    id="joerg",
    speaks="de",
    first_name="Jörg",
    last_name="Weißflogsdorf",
    street="Böhmische Straße 9 c",
    postcode="D-02826",
    town="Görlitz",
    email="joerg.weissflogsdorf@neissepost.example",
    phone_day="0171/3920013",
    phone_day_e164="+491713920013",
    phone_evening="+49 (0)30 23125013",
    phone_evening_e164="+493023125013",
    born=date(1984, 7, 9),
    born_as_typed="09.07.1984",
    references=("D/24/330012-8",),
    message="Ich möchte in Raten zahlen, weil die Kurzarbeit im Waggonbau noch dauert.",
    instalment_as_typed="1.150,00 €",
    instalment="1150.00",
    payment_day="28",
)
# Serbian, with letters of its own in both names.
DRAGANA = Person(
    id="dragana",
    speaks="de",
    first_name="Dragana",
    last_name="Stojiljković-Đurđević",
    street="Champs-de-Boujean 31",
    postcode="2504",
    town="Biel/Bienne",
    email="dragana.stojiljkovic@uhrenstadt.example",
    phone_day="076 000 01 31",
    phone_day_e164="+41760000131",
    phone_evening="032 000 01 32",
    phone_evening_e164="+41320000132",
    born=date(1990, 1, 6),
    born_as_typed="6/1/1990",
    references=("AG 2024 552310 6",),
    message="Ich bin umgezogen und habe den Brief vom Jurawindkraftwerk erst heute bekommen.",
    instalment_as_typed="150.5",
    instalment="150.50",
    payment_day="5",
)
# Albanian, reads French.
BESNIK = Person(
    id="besnik",
    speaks="fr",
    first_name="Besnik",
    last_name="Hoxhallarëve",
    street="Chemin des Grandes-Roches 8bis",
    postcode="1700",
    town="Fribourg",
    email="besnik.hoxhallareve@sarine.example",
    phone_day="+41 79 000 01 41",
    phone_day_e164="+41790000141",
    phone_evening="026.000.01.42",
    phone_evening_e164="+41260000142",
    born=date(1978, 12, 1),
    born_as_typed="1er décembre 1978",
    references=("AG-2022-903377.5", "ag-2022-903378.3"),
    message="Bonjour, cette facture de la Fromagerie des Vanils ne me concerne pas du tout.",
    instalment_as_typed="200 francs",
    instalment="200.00",
    payment_day="1er",
)
# Portuguese: four names, accents, reads French.
CONCEICAO = Person(
    id="conceicao",
    speaks="fr",
    first_name="Maria da Conceição",
    last_name="Figueiredo Magalhães",
    street="Rue de la Vieille-Forge 63",
    postcode="1214",
    town="Vernier",
    email="conceicao.figueiredo@lusitania.example",
    phone_day="0041 76 000 01 51",
    phone_day_e164="+41760000151",
    phone_evening="+351 912 345 051",
    phone_evening_e164="+351912345051",
    born=date(1963, 8, 22),
    born_as_typed="22 août 1963",
    references=("AG-2021-660045.2",),
    message="Bonjour, je gagne peu à la Blanchisserie des Eaux-Vives et je veux payer par mois.",
    instalment_as_typed="60,00",
    instalment="60.00",
    payment_day="30",
)
# Tamil, names of many letters, reads English.
SIVA = Person(
    id="siva",
    speaks="en",
    first_name="Thirunavukkarasu",
    last_name="Sivapathasundaram",
    street="Unterer Quai 207",
    postcode="3012",
    town="Bern",
    email="thiru.sivapathasundaram@palmyrah.example",
    phone_day="031 000 01 61",
    phone_day_e164="+41310000161",
    phone_evening="",
    phone_evening_e164="",
    born=date(1972, 4, 17),
    born_as_typed="April 17, 1972",
    references=("AG-2024-284466.0",),
    message="I never ordered anything from the Lighthouse Tapestry Company, please check.",
    instalment_as_typed="100.00",
    instalment="100.00",
    payment_day="17th",
)
# Turkish: dotless ı and dotted İ, which change under lower().
ISIL = Person(
    id="isil",
    speaks="de",
    first_name="Işıl",
    last_name="Çağlayangiloğlu",
    street="Rosengartenhalde 5",
    postcode="4058",
    town="Basel",
    email="isil.caglayangiloglu@rheinknie.example",
    phone_day="061 000 01 71",
    phone_day_e164="+41610000171",
    phone_evening="079-000-01-72",
    phone_evening_e164="+41790000172",
    born=date(1995, 5, 19),
    born_as_typed="1995-05-19",
    references=("OIL-2023-10101.1",),
    message="Meine Krankenkasse hätte die Rechnung vom Dreiländerlabor bezahlen müssen.",
    instalment_as_typed="Fr. 95.50",
    instalment="95.50",
    payment_day="19",
)
# From the Ticino, reads Italian.
GIANLUCA = Person(
    id="gianluca",
    speaks="it",
    first_name="Gianluca",
    last_name="Scacciabarozzi",
    street="Via ai Grotti Vecchi 26",
    postcode="6673",
    town="Maggia",
    email="gianluca.scacciabarozzi@vallemaggia.example",
    phone_day="091 000 01 81",
    phone_day_e164="+41910000181",
    phone_evening="",
    phone_evening_e164="",
    born=date(1988, 9, 3),
    born_as_typed="3 settembre 1988",
    references=("AG-2025-707172.8",),
    message="Buongiorno, ho già pagato questa fattura della Segheria Ponte Brolla in aprile.",
    instalment_as_typed="300.--",
    instalment="300.00",
    payment_day="3",
)
# Has no reference and wants nobody to call or write: the mailbox alone.
MAELLE = Person(
    id="maelle",
    speaks="fr",
    first_name="Maëlle",
    last_name="Jeanrichard-dit-Bressel",
    street="Ruelle de l'Horloger 2",
    postcode="2300",
    town="La Chaux-de-Fonds",
    email="",
    phone_day="",
    phone_day_e164="",
    phone_evening="",
    phone_evening_e164="",
    born=date(1999, 10, 31),
    born_as_typed="31.10.99",
    references=(),
    message="J'ai perdu la lettre de l'Observatoire chronométrique, que dois-je faire maintenant ?",
    instalment_as_typed="50",
    instalment="50.00",
    payment_day="31",
)
# Writes her name from right to left.
DALAL = Person(
    id="dalal",
    speaks="en",
    first_name="دلال",
    last_name="الخطيب الزهراوي",
    street="Seestrasse am Bootshafen 301",
    postcode="8038",
    town="Zürich",
    email="dalal.alkhatib@zedernhain.example",
    phone_day="+41 78 000 01 91",
    phone_day_e164="+41780000191",
    phone_evening="",
    phone_evening_e164="",
    born=date(1981, 6, 25),
    born_as_typed="25 June 1981",
    references=("AG-2024-995511.3",),
    message="Please explain the fee of the Cedarwood Moving Agency in simple words.",
    instalment_as_typed="75",
    instalment="75.00",
    payment_day="25",
)

CAST = (VRENI, THEODORA, LEA, LIA, JOERG, DRAGANA, BESNIK, CONCEICAO, SIVA, ISIL, GIANLUCA, MAELLE, DALAL)
