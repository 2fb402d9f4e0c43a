"""What differs between two policies, and what that does to the periods: a period is what people ask about first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from zusage.policy.export import facts
from zusage.policy.types import LANGUAGES, Policy, Purpose, Retention


def diff(a: Policy, b: Policy) -> list[str]:
    """What differs between two policies, a line each: where, what it was, what it is; then how long data is kept."""
    left, right = _flat(facts(a)), _flat(facts(b))
    left |= {f"{language}: {key}": text for language in LANGUAGES for key, text in a.words[language].items()}
    right |= {f"{language}: {key}": text for language in LANGUAGES for key, text in b.words[language].items()}
    found = []
    for key in [*left, *(one for one in right if one not in left)]:
        if key not in right:
            found.append(f"{key}: was {_quoted(left[key])}, is gone.")
        elif key not in left:
            found.append(f"{key}: is new, {_quoted(right[key])}.")
        elif left[key] != right[key]:
            found.append(f"{key}: was {_quoted(left[key])}, is {_quoted(right[key])}.")
    return found + list(periods(a, b))


def periods(a: Policy, b: Policy) -> Iterator[str]:
    """What is kept longer or shorter, or from another day on, however that came about."""
    for old in a.purposes.values():
        new = b.purposes.get(old.id)
        if new is None:
            continue
        changed: dict[tuple[str, str], list[str]] = defaultdict(list)
        for category in (one for one in old.keeps if one in new.keeps):
            was, now = _said(a.period(old.id, category)), _said(b.period(new.id, category))
            if was != now:
                changed[was, now].append(category)
        for (was, now), categories in changed.items():
            yield f"Purpose '{old.id}' keeps {', '.join(categories)}: was {was}, is {now}."
        was, now = _blocked(a, old), _blocked(b, new)
        if was != now:
            yield f"Purpose '{old.id}' is blocked: was {was}, is {now}."


def _said(retention: Retention) -> str:
    return f"{retention.length} {retention.unit} from {retention.start}"


def _blocked(policy: Policy, purpose: Purpose) -> str:
    return f"after {_said(policy.retentions[purpose.blocked_after])}" if purpose.blocked_after else "never"


def _flat(value: Any, before: str = "") -> dict[str, Any]:
    """Nested JSON data as one mapping from dotted key to value; lists of texts stay whole."""
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        inner = [(one.get("field") or one.get("iban") or str(at), one) for at, one in enumerate(value)]
    else:
        return {before: value}
    found: dict[str, Any] = {}
    for key, one in inner:
        found |= _flat(one, f"{before}.{key}" if before else key)
    return found


def _quoted(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return (
        f"«{value}»"
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
