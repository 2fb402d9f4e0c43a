"""Somebody who goes through the portal with a browser: keeps its cookies, sends its forms back as they came."""

from __future__ import annotations

from dataclasses import dataclass, field

from zusage.promises.look import CouldNotLook
from zusage.promises.page import Page, read
from zusage.promises.plant import LANGUAGE, Planted
from zusage.promises.portal import Answer, Portal

STEPS = 5


@dataclass
class Visitor:
    """Sends what the pages hold, follows where they lead. `sent` counts the forms."""

    portal: Portal
    cookies: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    def get(self, path: str) -> Page:
        """The page at `path`, or where it leads to. Raises CouldNotLook where there is none."""
        return self._page(path, self._keep(self.portal.get(path, self._headers())))

    def send(self, path: str, page: Page, fields: dict[str, str]) -> Page:
        """Send a form of `page` to `path`; the page that comes of it. Raises CouldNotLook."""
        self.sent += 1
        given = {
            name: value
            for name, value in page.hidden().items()
            if name in ("csrfmiddlewaretoken", "form_token")
        }
        return self._page(path, self._keep(self.portal.post(path, {**given, **fields}, self._headers())))

    def _headers(self) -> dict[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": kept} if kept else {}

    def _keep(self, answer: Answer) -> Answer:
        for name, cookie in answer.cookies.items():
            self.cookies[name] = cookie.partition(";")[0].partition("=")[2]
        return answer

    def _page(self, path: str, answer: Answer) -> Page:
        for _ in range(STEPS):
            if answer.status not in (302, 303):
                break
            path = answer.headers["location"]
            answer = self._keep(self.portal.get(path, self._headers()))
        if answer.status != 200:
            raise CouldNotLook(f"{path.partition('?')[0]} answers {answer.status}")
        return read(answer.text)


def in_mailbox(portal: Portal, person: Planted) -> Visitor:
    """The planted person, with their mailbox open."""
    visitor = Visitor(portal)
    door = f"/{LANGUAGE}/mailbox/"
    visitor.send(door, visitor.get(door), {"receipt": person.receipt})
    visitor.sent = 0
    return visitor
