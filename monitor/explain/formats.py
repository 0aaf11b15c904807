"""Numbers, shares, days and telephone numbers as people of a language read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from monitor.fleet.survival import CONFIDENCE
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


_WITHIN = {"nl": "{}-interval {} tot {}", "en": "{} interval {} to {}"}


def _digits(value: float) -> int:
    """Behind the comma: three significant ones at most, none for whole numbers."""
    return 0 if value == round(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2


def printed(value: float) -> float:
    """A figure as it is read: whether one or several are meant is a matter of what stands there.

    >>> printed(1.0604), printed(144.4)
    (1.06, 144.0)
    """
    return round(value, _digits(value))


def times(interval: Sequence[float] | None, factor: float) -> list[float] | None:
    """An interval of something so many times as large."""
    return interval and [bound * factor for bound in interval]


def later(value: datetime, days: float) -> datetime:
    """So many days after an instant."""
    return value + timedelta(days=days)


def whole(interval: Sequence[float] | None) -> list[float] | None:
    """An interval of what is given in whole numbers."""
    return interval and [float(round(bound)) for bound in interval]


def _number(value: float, language: str) -> str:
    """A figure with the signs of its language."""
    return _figure(value, _digits(value), language)


def _figure(value: float, digits: int, language: str) -> str:
    text = f"{value:,.{digits}f}"
    if digits:
        text = text.rstrip("0").rstrip(".")
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def _share(value: float, language: str) -> str:
    """To a tenth of a percent; what is not all, or not nothing, does not read as that."""
    percent = min(max(value * 100, 0.01), 99.99) if 0 < value < 1 else value * 100
    digits = 2 if round(value, 3) in (0, 1) else 1
    # Without a blank in either: a line must not end between the figure and its sign.
    return f"{_figure(percent, digits, language)}%"


def _within(interval: Sequence[float] | None, language: str, form: str = "share") -> str:
    """An interval between brackets, with the blank before it; nothing where there is none."""
    if interval is None:
        return ""
    bounds = (_FORMS[form](bound, language) for bound in interval)
    return f" ({_WITHIN[language].format(_share(CONFIDENCE, language), *bounds)})"


def _day(value: date | datetime, language: str) -> str:
    return f"{value.day} {_MONTHS[language][value.month - 1]} {value.year}"


def _month(value: date | datetime, language: str) -> str:
    """A month, short enough for an axis."""
    return f"{_short(value, language)} {value.year}"


def _date(value: date | datetime, language: str) -> str:
    """A day, short enough for a table."""
    return f"{value.day} {_short(value, language)} {value.year}"


def _short(value: date | datetime, language: str) -> str:
    name = _MONTHS[language][value.month - 1]
    return "mrt" if name == "maart" else name[:3]


def _local(value: datetime, language: str, zone: tzinfo) -> str:
    """The day of an instant where the reader is."""
    return _day(value.astimezone(zone), language)


def _until(value: datetime, language: str) -> str:
    """The last day of a time that ends at an instant: at midnight, the day before."""
    return _day(value - timedelta(microseconds=1), language)


def _until_date(value: datetime, language: str) -> str:
    """The same, short enough for a table."""
    return _date(value - timedelta(microseconds=1), language)


def _count(value: float, language: str, one: str, many: str) -> str:
    """A figure with what is counted: 1 day, 2 days."""
    return f"{_number(value, language)} {one if value == 1 else many}"


def _phone(value: str, language: str) -> str:
    return pretty(int(value.lstrip("+")))


_FORMS = {
    "number": _number,
    "count": _count,
    "share": _share,
    "within": _within,
    "day": _day,
    "date": _date,
    "month": _month,
    "local": _local,
    "until": _until,
    "until_date": _until_date,
    "phone": _phone,
}


def _formats(language: str) -> Mapping[str, Callable[..., str]]:
    return {
        name: lambda value, *words, form=form: form(value, language, *words) for name, form in _FORMS.items()
    }


#: Jinja filters by language.
FORMATS = {
    language: {**_formats(language), "printed": printed, "times": times, "whole": whole, "later": later}
    for language in _MONTHS
}
