"""The addresses of the office. The names that begin with account_ and mfa_ are those that allauth looks for."""

from __future__ import annotations

from django.urls import path

from zusage.models import BREACH, DEFENCE, LEGAL_DUTY, RIGHTS
from zusage.web.listed import pages_of
from zusage.web.office import (
    breaches,
    decide,
    demands,
    desk,
    disclosures,
    entrance,
    holds,
    inbox,
    people,
    rights,
    submission,
)
from zusage.web.office.panels import erase, restrict

urlpatterns = [
    path("", inbox.start, name="office"),
    path("login/", entrance.login, name="account_login"),
    path("logout/", entrance.logout, name="account_logout"),
    path("password/", entrance.password, name="account_change_password"),
    path("confirm/", entrance.reauthenticate, name="account_reauthenticate"),
    path("second-factor/", entrance.second_factor, name="mfa_index"),
    path("second-factor/authenticate/", entrance.authenticate, name="mfa_authenticate"),
    path("second-factor/confirm/", entrance.show_second_factor, name="mfa_reauthenticate"),
    path("second-factor/app/", entrance.add_app, name="mfa_activate_totp"),
    path("second-factor/app/remove/", entrance.remove_app, name="mfa_deactivate_totp"),
    path("second-factor/codes/", entrance.codes, name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", entrance.new_codes, name="mfa_generate_recovery_codes"),
    path("second-factor/keys/", entrance.second_factor, name="mfa_list_webauthn"),
    path("second-factor/keys/add/", entrance.add_key, name="mfa_add_webauthn"),
    path("second-factor/keys/confirm/", entrance.show_key, name="mfa_reauthenticate_webauthn"),
    path("second-factor/keys/<int:pk>/remove/", entrance.remove_key, name="mfa_remove_webauthn"),
    path("submissions/<uuid:submission_id>/", submission.show, name="office-submission"),
    path("submissions/<uuid:submission_id>/answer/", submission.answer, name="office-answer"),
    path("submissions/<uuid:submission_id>/note/", submission.note, name="office-note"),
    path("submissions/<uuid:submission_id>/assign/", submission.assign, name="office-assign"),
    path("submissions/<uuid:submission_id>/case/", submission.case, name="office-case"),
    path("submissions/<uuid:submission_id>/close/", submission.close, name="office-close"),
    path("submissions/<uuid:submission_id>/reopen/", submission.reopen, name="office-reopen"),
    *pages_of(
        RIGHTS,
        path("rights/", rights.queue, name="office-rights"),
        path("rights/<uuid:request_id>/", rights.show, name="office-request"),
        path("rights/<uuid:request_id>/proof/", decide.proof, name="office-request-proof"),
        path("rights/<uuid:request_id>/assign/", decide.assign, name="office-request-assign"),
        path("rights/<uuid:request_id>/identity/", decide.identity, name="office-request-identity"),
        path("rights/<uuid:request_id>/regime/", decide.regime, name="office-request-regime"),
        path("rights/<uuid:request_id>/extend/", decide.extend, name="office-request-extend"),
        path("rights/<uuid:request_id>/look/", decide.look, name="office-request-look"),
        path("rights/<uuid:request_id>/concern/", decide.concern, name="office-request-concern"),
        path("rights/<uuid:request_id>/write/", decide.write, name="office-request-write"),
        path("rights/<uuid:request_id>/answer/", decide.answer, name="office-request-answer"),
        path("rights/<uuid:request_id>/refuse/", decide.refuse, name="office-request-refuse"),
        path("rights/<uuid:request_id>/settle/", decide.settle, name="office-request-settle"),
        # The panels bring theirs.
        *erase.urls,
        *restrict.urls,
    ),
    *pages_of(DEFENCE, *holds.urls),
    path("submissions/<uuid:submission_id>/pass-on/", disclosures.pass_on, name="office-pass-on"),
    path("disclosures/", disclosures.log, name="office-disclosures"),
    *pages_of(
        LEGAL_DUTY,
        path("demands/", demands.demands, name="office-demands"),
        path("demands/new/", demands.new, name="office-demand-new"),
        path("demands/<uuid:batch>/", demands.show, name="office-demand"),
        path("demands/<uuid:batch>/hand-over/", demands.hand_over, name="office-demand-hand-over"),
        path("demands/<uuid:batch>/close/", demands.close, name="office-demand-close"),
    ),
    *pages_of(
        BREACH,
        path("breaches/", breaches.register, name="office-breaches"),
        path("breaches/new/", breaches.new, name="office-breach-new"),
        path("breaches/<uuid:breach_id>/", breaches.show, name="office-breach"),
        path("breaches/<uuid:breach_id>/close/", breaches.close, name="office-breach-close"),
        path("breaches/<uuid:breach_id>/paper/", breaches.paper, name="office-breach-paper"),
    ),
    path("overview/", desk.overview, name="office-overview"),
    path("account/", desk.account_page, name="office-account"),
    path("keys/", desk.keys, name="office-keys"),
    path("staff/", people.staff_list, name="office-staff"),
    path("staff/add/", people.add, name="office-staff-add"),
    path("staff/<uuid:person_id>/deactivate/", people.deactivate, name="office-staff-deactivate"),
    path("staff/<uuid:person_id>/reactivate/", people.reactivate, name="office-staff-reactivate"),
    path("staff/<uuid:person_id>/reset/", people.reset, name="office-staff-reset"),
]
