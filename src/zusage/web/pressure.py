"""Against floods of forms: nothing is asked of anybody until the whole house is under pressure.

Under pressure every sender proves a little work (ALTCHA: find the number that hashes to a given digest), or waits,
which needs no script. Pressure makes both harder for all alike. Only a single source that sends more than the policy
allows is ever refused, so that few can't close the door for everyone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass
from datetime import timedelta

from altcha import v1 as altcha
from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone

from zusage.tenant import policy
from zusage.web.limits import COUNTERS, known, source_of

HARDEST = 8
VALID_MINUTES = 30
_EVERYBODY = b"everybody"
_WAIT_SALT = "zusage.wait"
_PAGE = re.compile(r"[A-Za-z0-9_-]{16,64}")  # as in forms.py


@dataclass(frozen=True, slots=True)
class Refusal:
    """This source has sent enough for now; `seconds` until it may send again."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Hurdle:
    """What a page under pressure asks for: a solved challenge (JSON, for the script), or `seconds` of patience.

    `wait_token` goes back with the form; it counts from the first time the hurdle was met.
    """

    challenge: str
    wait_token: str
    seconds: int


def check(request: HttpRequest) -> Refusal | Hurdle | None:
    """What stands between this valid form and being taken: nothing, most of the time."""
    limits = policy().limits
    who = source_of(request)
    if known(who):
        count = COUNTERS.look("forms", who)
        if count.times >= limits.submissions_per_source:
            return Refusal(count.seconds_left)
    level = min(COUNTERS.look("forms-of-all", _EVERYBODY).times // limits.pressure_per_minute, HARDEST)
    if level and not _solved(request, level) and not _waited(request, who, level):
        return _hurdle(request, who, level)
    return None


def count(request: HttpRequest) -> None:
    """A form of this source is being taken."""
    COUNTERS.add("forms", source_of(request), policy().limits.window_minutes * 60)
    COUNTERS.add("forms-of-all", _EVERYBODY, 60)


def _hurdle(request: HttpRequest, who: bytes, level: int) -> Hurdle:
    limits = policy().limits
    challenge = altcha.create_challenge(
        altcha.ChallengeOptions(
            max_number=limits.pow_difficulty * level,
            hmac_key=_key(),
            expires=timezone.now() + timedelta(minutes=VALID_MINUTES),
            params={"level": str(level)},
        )
    )
    started, token = _waiting_since(request, who)
    if not token:
        started = time.time()
        token = signing.dumps({"at": started, "who": _mark(who)}, salt=_WAIT_SALT)
    left = max(1, round(started + limits.wait_seconds * level - time.time()))
    return Hurdle(json.dumps(challenge.to_dict()), token, left)


def _solved(request: HttpRequest, level: int) -> bool:
    payload = request.POST.get("altcha", "")
    if not payload or len(payload) > 2000:
        return False
    try:
        good, _ = altcha.verify_solution(payload, _key())
        told = json.loads(base64.b64decode(payload))
        proved = int(altcha.extract_params(told)["level"][0])
    except Exception:  # the library meets whatever a stranger wrote
        return False
    # Pressure may have risen while an honest browser was at work; what was made ahead in easy times isn't enough.
    # The challenge alone is what makes a proof this one: the rest of the payload can be written in many ways.
    return good and proved * 2 >= level and _first_use(request, told["challenge"])


def _waited(request: HttpRequest, who: bytes, level: int) -> bool:
    started, token = _waiting_since(request, who)
    return (
        bool(token)
        and time.time() - started >= policy().limits.wait_seconds * level
        and _first_use(request, token)
    )


def _waiting_since(request: HttpRequest, who: bytes) -> tuple[float, str]:
    """When this source met the hurdle, and its token; (0, "") where it shows none that is its own and in time."""
    token = request.POST.get("wait_token", "")
    try:
        told = signing.loads(token[:500], salt=_WAIT_SALT, max_age=VALID_MINUTES * 60)
    except signing.BadSignature:
        return 0.0, ""
    return (told["at"], token) if told["who"] == _mark(who) else (0.0, "")


def _first_use(request: HttpRequest, proof: str) -> bool:
    """Each proof counts once; for a double click, which is one submission anyway, again with that very form."""
    form = json.dumps([proof, sorted(request.POST.lists())])
    same = hashlib.sha256(form.encode(errors="surrogatepass")).digest()
    if COUNTERS.add("used-proof", hashlib.sha256(proof.encode()).digest(), VALID_MINUTES * 60).times == 1:
        COUNTERS.add("used-proof-for", same, VALID_MINUTES * 60)
        return True
    # Without a page's token the same form would be another submission.
    return (
        bool(_PAGE.fullmatch(request.POST.get("form_token", "")))
        and COUNTERS.look("used-proof-for", same).times > 0
    )


def _mark(who: bytes) -> str:
    return hashlib.blake2b(who, key=_key().encode()[:64], digest_size=12).hexdigest()


def _key() -> str:
    return hashlib.sha256(f"zusage.pressure {settings.SECRET_KEY}".encode()).hexdigest()
