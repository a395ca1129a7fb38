"""A site as small as one can be: the pages of ``mfakit.django``, the admin, and two views that ask for more."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import include, path
from mfakit.django.admin import MfaAdminMixin
from mfakit.django.decorators import mfa_required
from mfakit.django.views import login_url

admin.site.unregister(User)


@admin.register(User)
class UserAdmin(MfaAdminMixin, BaseUserAdmin):
    """With the action."""


@login_required(login_url="mfakit:login")
def home(request):
    """Says who it is, and on what the session rests."""
    return HttpResponse(f"{request.user.username} {request.mfa.basis}")


@mfa_required("fresh")
def danger(request):
    """For fresh sessions."""
    return HttpResponse("done")


urlpatterns = [
    path("", home),
    path("danger/", danger),
    path("account/", include("mfakit.django.urls")),
    path("admin/login/", login_url),
    path("admin/", admin.site.urls),
]
