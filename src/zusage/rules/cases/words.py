"""Why a row isn't taken, in plain words: the column and what to do. Never the value: the result may end up in a log."""

from __future__ import annotations

from zusage.rules.problems import Code, Problem


class Rejected(Exception):
    """A row that can't be taken; its text says why, without anything personal."""


DATE = "write it as year-month-day, such as 1984-03-17"
_REMEDIES: dict[Code, str] = {
    "missing": "is empty; fill it in",
    "digits-other": "has digits of another script; write 0 to 9",
    "text-too-long": "is too long; at most {limit} characters",
    "text-control": "has control characters (such as NUL, or a line end within a line); take them out",
    "text-direction": "has marks that turn the direction of writing round; take them out",
    "text-invisible": "has characters that nobody can see; take them out",
    "text-broken": "has broken characters; save the file as UTF-8",
    "text-marks": "has more accents on one letter than any language has; take them out",
    "date-unclear": f"isn't a date that we can read; {DATE}",
    "date-impossible": f"is a day that doesn't exist; {DATE}",
    "date-century": f"leaves the century open; {DATE}",
    "date-future": f"lies in the future; {DATE}",
    "date-too-early": "lies before {year}; correct it or leave it empty",
    "phone-unclear": "isn't a telephone number; write digits, with + and the country's code if it is abroad",
    "phone-impossible": "is no telephone number that can exist; correct it or leave it empty",
    "amount-unclear": "isn't an amount; write it as 1250.50",
    "amount-ambiguous": "could mean a thousand or one; write it as 1250.00 or 1.25",
    "amount-decimals": "has more than two decimals; write it as 1250.50",
    "amount-negative": "is negative; amounts owed are positive, and leave out what was overpaid",
    "amount-too-large": "is larger than {limit}; correct it",
    "reference-characters": "has characters that no reference has; use letters, digits, spaces and . / -",
    "reference-too-long": "is too long; at most {limit} characters",
    "email-unclear": "isn't an e-mail address; write it as name@domain.ch or leave it empty",
    "email-several": "has several addresses; part them by |",
    "email-domain": "has a domain that can't be; write it as name@domain.ch or leave it empty",
    "email-too-long": "is too long; at most {limit} characters",
    "postcode-unclear": "isn't a postcode; write it as 8400",
    "postcode-length": "has the wrong number of digits: {country} has {digits}",
}


def rejected(column: str, problem: Problem) -> Rejected:
    """What is wrong with the value of `column`, and the remedy."""
    said = _REMEDIES.get(problem.code, "can't be read; correct it")
    return Rejected(f"{column} {said.format(**problem.params)}.")
