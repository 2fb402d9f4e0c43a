"""What can be wrong with an entry, as codes. The words for `code` are `problem.<code>` in each language."""

from __future__ import annotations

from typing import Literal, get_args

Code = Literal[
    # any field
    "missing",  # nothing was entered
    "value-same",  # a correction that changes nothing
    "digits-other",  # digits of another script, where 0 to 9 are needed
    # text; {limit}: characters allowed
    "text-too-long",
    "text-control",  # NUL, escape, line break in a one-line field, …
    "text-direction",  # marks that turn the direction of writing round and can hide what is really written
    "text-invisible",  # other characters that nobody can see
    "text-broken",  # the characters got lost on the way (wrong encoding)
    "text-marks",  # more accents on one letter than any language has
    # date of birth; {year}: first year accepted
    "date-unclear",
    "moment-unclear",
    "date-impossible",
    "date-century",  # two digits for the year fit both centuries
    "date-future",
    "date-too-early",
    "date-past",  # a day that has to be ahead
    # telephone
    "phone-unclear",
    "phone-impossible",  # written like a number, but there is no such one
    # amount of money; {limit}: largest amount accepted, as people here write it
    "amount-unclear",
    "amount-ambiguous",  # 1.250: is it a thousand or one?
    "amount-decimals",
    "amount-zero",
    "amount-negative",
    "amount-too-large",
    # day of the month
    "day-unclear",
    "day-range",
    # case references; {limit}
    "reference-characters",
    "reference-too-long",
    "reference-too-many",
    # e-mail
    "email-unclear",
    "email-several",
    "email-domain",
    "email-too-long",
    # postcode
    "postcode-unclear",
    "postcode-length",  # {country} has postcodes of {digits} digits
    # receipt; {count}: characters a receipt has
    "receipt-characters",
    "receipt-length",
    # proof of identity: a file; {limit}: megabytes, or millions of pixels
    "proof-empty",
    "proof-too-large",
    "proof-kind",  # neither PDF nor JPEG nor PNG
    "proof-damaged",
    "proof-too-fine",  # more pixels than {limit} millions
    "proof-locked",  # a PDF with a password
    "proof-active",  # a PDF with a program, another file or a form in it
    "proof-mixed",  # something else is hidden behind the picture or document
    # putting off an answer; {due}, {latest}: days, as people here write them
    "extension-late",  # the first term is over: nothing can be put off any more
    "extension-not-later",  # the named day is within the first term
    "extension-far",  # later than the law allows
]
CODES: tuple[Code, ...] = get_args(Code)


class Problem(ValueError):
    """An entry that can't be taken as it is. `params` fill the words' placeholders.

    `params` hold limits and the like, never the entry itself or a part of it: a problem may end up in a log.
    """

    def __init__(self, code: Code, **params: str | int):
        self.code: Code = code
        self.params: dict[str, str] = {name: str(value) for name, value in params.items()}
        super().__init__(code)
