"""Payment references: what a payment bears, so that it finds its instalment.

Two kinds. QRR, the reference of the Swiss QR-bill: 27 digits, the last a check digit (mod 10 recursive), for a QR-IBAN
and for no other account. SCOR, the creditor reference of ISO 11649: RF, two check digits (mod 97), up to 21 letters or
digits; for any other account, and for SEPA. A reference is kept compact (no spaces, capitals) and shown in its groups.
"""

from __future__ import annotations

import secrets
from typing import Final, Literal

from stdnum import iso11649
from stdnum.ch import esr
from stdnum.iso7064 import mod_97_10

from zusage.policy.plans import Account

Kind = Literal["QRR", "SCOR", "NON"]

QRR_LENGTH: Final = 27
SCOR_OWN: Final = 20
"""Digits of a SCOR reference of ours after its RF and check digits: digits alone can be typed on any keypad and told on
the telephone, and make six groups of four."""
FEWEST_RANDOM: Final = 14
"""Digits that stay random whatever the bank wants in front: 10^14, of which nobody guesses a neighbour's."""


def new_reference(account: Account) -> str:
    """A reference for one instalment paid to `account`, compact: QRR for a QR-IBAN, SCOR for any other.

    Random throughout, so that it tells neither how many plans there are nor which instalments belong together.
    ValueError for a prefix that is not of digits or leaves too few of them.
    """
    prefix = account.reference_prefix
    own = QRR_LENGTH - 1 if account.qr else SCOR_OWN
    free = own - len(prefix)
    if prefix and not (prefix.isascii() and prefix.isdecimal()):
        raise ValueError("The beginning of a reference is made of digits.")
    if free < FEWEST_RANDOM:
        raise ValueError(f"The beginning of a reference has at most {own - FEWEST_RANDOM} digits.")
    digits = prefix + f"{secrets.randbelow(10**free):0{free}d}"
    return qrr(digits) if account.qr else scor(digits)


def qrr(digits: str) -> str:
    """The QRR reference of at most 26 `digits`, not all zero: zeros in front, check digit behind. Else ValueError."""
    if not (digits.isascii() and digits.isdecimal() and digits.strip("0") and len(digits) < QRR_LENGTH):
        raise ValueError("A QRR reference is made of 1 to 26 digits, not all of them zero.")
    return digits.zfill(QRR_LENGTH - 1) + esr.calc_check_digit(digits)


def scor(body: str) -> str:
    """The SCOR reference of 1 to 21 letters or digits. ValueError for anything else."""
    body = body.upper()
    if not (body.isascii() and body.isalnum() and len(body) <= 21):
        raise ValueError("A SCOR reference is made of 1 to 21 letters or digits.")
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def kind(reference: str) -> Kind:
    """Which kind of reference `reference` is, as typed or compact; NON where it is neither or a check digit is wrong.

    A QRR reference needs all of its 27 digits: banks write the zeros in front, too.
    """
    compact = normal(reference)
    if not compact.isascii():  # the libraries below would take other scripts' digits for ours
        return "NON"
    if compact.startswith("RF"):
        return "SCOR" if compact.isalnum() and iso11649.is_valid(compact) else "NON"
    whole = len(compact) == QRR_LENGTH and compact.isdecimal() and compact.strip("0")
    return "QRR" if whole and esr.is_valid(compact) else "NON"


def normal(reference: str) -> str:
    """`reference` compact: capitals, without white space. That form is kept, compared and indexed."""
    return "".join(reference.split()).upper()


def grouped(reference: str) -> str:
    """`reference` as it is printed: QRR in groups of five after the first two, SCOR in fours; any other as it is."""
    compact = normal(reference)
    match kind(compact):
        case "QRR":
            return compact[:2] + " " + " ".join(compact[at : at + 5] for at in range(2, QRR_LENGTH, 5))
        case "SCOR":
            return fours(compact)
        case _:
            return reference


def fours(compact: str) -> str:
    """`compact` in groups of four, as IBANs are printed."""
    return " ".join(compact[at : at + 4] for at in range(0, len(compact), 4))
