"""How django-allauth behaves here: no sign-up, no mail, our own words, and secrets of second factors sealed."""

from __future__ import annotations

import base64
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import lazystr
from django.utils.translation import get_language

from zusage.actions import staff
from zusage.models import Staff
from zusage.papers import api as papers
from zusage.vault import api as vault
from zusage.vault import cipher
from zusage.web.words import say

FRESH_SECONDS = 300
"""How long a password or code just given counts as given, before a change to the account asks again."""

PLACE = b"second-factor"


class _Said(dict[str, Any]):
    """allauth's error codes, said in our own words and in the language of the page."""

    def __missing__(self, code: str) -> Any:
        known = code if code in KNOWN else "other"
        return lazystr(_Later(f"office.entrance.error.{known}"))


class _Later:
    def __init__(self, key: str):
        self.key = key

    def __str__(self) -> str:
        return say((get_language() or "de")[:2], self.key)


KNOWN = frozenset(
    {
        "cannot_delete_authenticator",
        "enter_current_password",
        "incorrect_code",
        "incorrect_password",
        "password_too_common",
        "password_too_short",
        "password_too_similar",
        "passwords_differ",
        "same_as_current",
        "username_password_mismatch",
    }
)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator or by ``zusage add-user``; they have no e-mail address."""

    error_messages = _Said()

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the pages themselves say what happened."""

    def is_ajax(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: no account has an address."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: no account has an address."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: tries are counted in memory, see `access.limited`; allauth would keep addresses."""

    def clean_password(self, password: str, user: Any = None) -> str:
        """As Django's validators want it, and not the one-time password once more."""
        try:
            validate_password(password, user)
        except ValidationError as found:
            # Django's words for it are not there in each of our languages.
            raise ValidationError([self.validation_error(one.code) for one in found.error_list]) from None
        if user is not None and user.check_password(password):
            raise self.validation_error("same_as_current")
        return password

    def set_password(self, user: Staff, password: str) -> None:
        staff.set_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("office-account") + "?said=password"

    def login(self, request: HttpRequest, user: Staff) -> None:
        super().login(request, user)
        staff.signed(user, "in")

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, Staff):
            staff.signed(request.user, "out")
        super().logout(request)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return redirect("account_login")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever proved who they are within the last minutes isn't asked again."""
        records = get_authentication_records(self.request, self.request.user)
        return not any(time.time() - record["at"] < FRESH_SECONDS for record in records)


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: secrets are sealed under a key of the house; the last one can't be taken away."""

    error_messages = _Said()

    def encrypt(self, text: str) -> str:
        return base64.b64encode(cipher.seal(vault.root_key("mfa"), text.encode(), PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher.unseal(vault.root_key("mfa"), base64.b64decode(encrypted_text), PLACE).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return second_factors(authenticator.user) > 1

    def build_totp_svg(self, url: str) -> str:
        return papers.qr_svg(url)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: no account has an address."""


def second_factors(person: Any) -> int:
    """How many second factors a person has; recovery codes only stand in for one."""
    own = Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return int(own.count())
