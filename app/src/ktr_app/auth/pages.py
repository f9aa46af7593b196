"""The two pages outside Streamlit: sign in and sign out."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

_LOGIN_FIELDS = """<input type="hidden" name="next" value="{next}">
<label for="username">User name</label>
<input type="text" id="username" name="username" autocomplete="username" required autofocus maxlength="100">
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password"
       required maxlength="1000">"""


@cache
def _template() -> Template:
    return Template((files("ktr_app.auth") / "templates" / "page.html").read_text(encoding="utf-8"))


def login_page(*, csrf: str, next_path: str, footer: str, fault: str = "") -> str:
    """Return the sign-in form."""
    return _page(
        title="Sign in",
        heading="Sign in to your data flows",
        action="/auth/login",
        fields=_LOGIN_FIELDS.format(next=escape(next_path)),
        button="Sign in",
        csrf=csrf,
        footer=footer,
        fault=fault,
    )


def logout_page(*, csrf: str, footer: str) -> str:
    """Return the form that ends a session."""
    return _page(
        title="Sign out",
        heading="Sign out of KTR? Runs in progress go on.",
        action="/auth/logout",
        fields="",
        button="Sign out",
        csrf=csrf,
        footer=footer,
        fault="",
    )


def _page(*, fields: str, fault: str, **texts: str) -> str:
    alert = f'<p class="fault" role="alert">{escape(fault)}</p>' if fault else ""
    safe = {name: escape(value) for name, value in texts.items()}
    return _template().substitute(fields=fields, fault=alert, **safe)
