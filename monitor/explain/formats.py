"""Numbers, shares, days and telephone numbers as people of a language read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from monitor.number import pretty

_MONTHS = {
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def _number(value: float, language: str) -> str:
    """Three significant digits at most behind the comma, none for whole numbers."""
    digits = 0 if value == round(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    if digits:
        text = text.rstrip("0").rstrip(".")
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def _share(value: float, language: str) -> str:
    percent = value * 100
    text = _number(round(percent, 0 if percent >= 10 else 1), language)
    return f"{text}%" if language == "en" else f"{text} %"


def _day(value: date | datetime, language: str) -> str:
    return f"{value.day} {_MONTHS[language][value.month - 1]} {value.year}"


def _phone(value: str, language: str) -> str:
    return pretty(int(value.lstrip("+")))


def _formats(language: str) -> Mapping[str, Callable[..., str]]:
    return {
        name: lambda value, form=form: form(value, language)
        for name, form in {"number": _number, "share": _share, "day": _day, "phone": _phone}.items()
    }


#: Jinja filters by language.
FORMATS = {language: _formats(language) for language in _MONTHS}
