"""The pages, under a prefix of the site's choice: ``path("account/", include("mfakit.django.urls"))``."""

from django.urls import path

from . import views

app_name = "mfakit"
urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("code/", views.CodeView.as_view(), name="code"),
    path("setup/", views.SetupView.as_view(), name="setup"),
    path("backup-codes/", views.BackupCodesView.as_view(), name="backup_codes"),
    path("step-up/", views.StepUpView.as_view(), name="step_up"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
]
