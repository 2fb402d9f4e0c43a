from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from bench.plain.models import Payment


class PaymentForm(forms.ModelForm):
    class Meta:
        model = Payment
        exclude = ["received_at"]


@csrf_exempt
def payment(request: HttpRequest) -> HttpResponse:
    form = PaymentForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.as_p(), status=422)
    saved = form.save()
    answer = HttpResponseRedirect(f"/thanks/{saved.pk}/")
    answer.status_code = 303
    return answer


urlpatterns = [path("de/payment/", payment)]
