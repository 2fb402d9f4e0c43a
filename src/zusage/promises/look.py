"""What probes look with: the portal over HTTP, the stores, and somebody planted to be followed through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from django.db import connections
from django.utils import timezone

from zusage.policy.types import Policy
from zusage.promises.plant import Planted, planted
from zusage.promises.portal import Answer, Portal, portal
from zusage.tenant import policy

T = TypeVar("T")


class CouldNotLook(Exception):
    """A probe that can't see what it should look at; the text says why, and nothing personal."""


@dataclass
class Look:
    """One run's view of the house. What is costly is made when the first probe asks for it, and put away at the end."""

    now: datetime = field(default_factory=timezone.now)
    _stack: ExitStack = field(default_factory=ExitStack)
    _seen: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def policy(self) -> Policy:
        return policy()

    @cached_property
    def portal(self) -> Portal:
        """The portal, spoken to over HTTP."""
        return self._stack.enter_context(portal())

    @cached_property
    def person(self) -> Planted:
        """Somebody invented, who has sent a form with marked values through the portal."""
        return self._stack.enter_context(planted(self.portal))

    def rows(self, store: str, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        """What `statement` finds in a store (`default`, `keys`, `protocol`, `visits`), by plain SQL."""
        with connections[store].cursor() as cursor:
            cursor.execute(statement, params)
            return list(cursor.fetchall())

    def number(self, store: str, statement: str, *params: Any) -> int:
        """The one number that `statement` finds."""
        return int(self.rows(store, statement, *params)[0][0] or 0)

    def page(self, path: str) -> Answer:
        """What the portal answers to whoever asks for `path`; asked once for all probes of a run."""
        return self.once(f"GET {path}", lambda: self.portal.get(path))

    def once(self, name: str, work: Callable[[], T]) -> T:
        """What `work` gives, done once for all probes of a run that ask for `name`."""
        if name not in self._seen:
            self._seen[name] = work()
        found: T = self._seen[name]
        return found

    def close(self) -> None:
        self._stack.close()


@contextmanager
def looking() -> Iterator[Look]:
    """A look that cleans up after itself."""
    look = Look()
    try:
        yield look
    finally:
        look.close()


def marks_in(text: str, marks: Mapping[str, str]) -> list[str]:
    """The names of the marked values that `text` holds."""
    return [name for name, value in marks.items() if re.search(re.escape(value), text)]
