"""The forms of the sign-in."""

from django import forms
from django.contrib.auth import get_user_model


class LoginForm(forms.Form):
    """Name and password; what is wrong with them is never said apart."""

    username = forms.CharField(max_length=254, widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        strip=False, max_length=4096, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def user(self):
        """Whose name it is, if anybody's."""
        try:
            return get_user_model()._default_manager.get_by_natural_key(self.cleaned_data["username"])
        except get_user_model().DoesNotExist:
            return None


class CodeForm(forms.Form):
    """A code or a backup code; a second one where one is not enough."""

    code = forms.CharField(
        max_length=128,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )
    second = forms.CharField(
        max_length=128, strip=False, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    remember = forms.BooleanField(required=False)
