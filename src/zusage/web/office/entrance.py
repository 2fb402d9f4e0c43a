"""Signing in and out, the password and the second factor: django-allauth's views behind our own guards.

Only these of its views exist: nobody signs up, nothing goes by mail.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as account_views
from allauth.account.forms import ChangePasswordForm
from allauth.account.stages import LoginStageController
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as key_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt

from zusage.actions import staff
from zusage.web.answers import with_own_scripts
from zusage.web.limits import COUNTERS
from zusage.web.office.access import ENROLLED, StaffRequest, View, account, by_source, limited
from zusage.web.office.adapter import AccountAdapter, second_factors
from zusage.web.security import csrf_protect

CODE_LIFE_SECONDS = 60
"""A TOTP code is valid for 30 seconds; none is taken twice within this time (RFC 6238, 5.2)."""


def _name_and_source(request: HttpRequest) -> list[tuple[str, bytes]]:
    """Per source and per name. The name's wait ends with the window, so that nobody can be locked out for good."""
    name = request.POST.get("login", "")[:200].strip().casefold()
    return [*by_source(request, "office-login"), ("office-login-name", name.encode("utf-8", "replace"))]


def _whose_code(request: HttpRequest) -> list[tuple[str, bytes]]:
    return [("office-code", _person(request).encode())]


def _person(request: HttpRequest) -> str:
    """Whose second factor or password is being tried: who is signed in, or has got as far as the second step."""
    if request.user.is_authenticated:
        return str(request.user.pk)
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    return str(stage.login.user.pk) if stage else ""


def _each_code_once(view: View) -> View:
    """A code that was tried is used up, in whichever of the server's processes: allauth remembers it in one only."""

    def guarded(request: HttpRequest) -> HttpResponse:
        code = "".join(request.POST.get("code", "")[:20].split())
        if code:
            tag = f"{_person(request)} {code}".encode("utf-8", "replace")
            if COUNTERS.add("office-used-code", tag, CODE_LIFE_SECONDS).times > 1:
                fields = request.POST.copy()
                fields["code"] = "used"
                request.POST = fields  # type: ignore[assignment]
        return view(request)

    return guarded


def _recorded(view: View) -> View:
    """A change of the second factors is in the protocol; enrolling one counts as having shown it."""

    def guarded(request: StaffRequest, **kwargs: object) -> HttpResponse:
        if request.method != "POST":
            return view(request, **kwargs)
        response, enrolled = staff.changing_second_factor(request.user, lambda: view(request, **kwargs))
        if enrolled:
            request.session[ENROLLED] = str(request.user.pk)
        return response

    return guarded


def _not_the_last(view: View) -> View:
    """The last second factor stays: it is compulsory. Whoever lost it asks an administrator."""

    def guarded(request: StaffRequest, **kwargs: object) -> HttpResponse:
        return view(request, **kwargs) if second_factors(request.user) > 1 else redirect("mfa_index")

    return guarded


class PasswordForm(ChangePasswordForm):
    """allauth's form; two new passwords that differ are told in our words."""

    def clean(self) -> dict[str, Any]:
        first, second = (self.cleaned_data.get(name) for name in ("password1", "password2"))
        if first and second and first != second:
            self.add_error("password2", AccountAdapter().validation_error("passwords_differ"))
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class PasswordView(account_views.PasswordChangeView):
    def get_form_class(self) -> type[PasswordForm]:
        return PasswordForm


@csrf_exempt
def login(request: HttpRequest) -> HttpResponse:
    """Name and password. In a second tab, whoever has signed in meanwhile is simply taken in."""
    if request.user.is_authenticated:
        return redirect("office")
    return with_own_scripts(_login(request))


_login = csrf_protect(limited(account_views.login, _name_and_source))


def authenticate(request: HttpRequest) -> HttpResponse:
    """The second factor, after the password."""
    return with_own_scripts(_authenticate(request))


_authenticate = limited(_each_code_once(mfa_views.authenticate), _whose_code)
logout = account_views.logout
password = account(limited(PasswordView.as_view(), _whose_code), fresh_password=False)
reauthenticate = account(limited(account_views.reauthenticate, _whose_code))
second_factor = account(mfa_views.index)
show_second_factor = account(limited(_each_code_once(mfa_views.reauthenticate), _whose_code))
show_key = account(limited(key_views.reauthenticate_webauthn, _whose_code))
add_app = account(limited(_recorded(totp_views.activate_totp), _whose_code))
remove_app = account(_recorded(totp_views.deactivate_totp))
codes = account(code_views.view_recovery_codes)
new_codes = account(_recorded(code_views.generate_recovery_codes))
add_key = account(_recorded(key_views.add_webauthn))
remove_key = account(_recorded(_not_the_last(key_views.remove_webauthn)))
