"""Why a record could not be read: a closed list, since each is a label of a metric."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A record has one reason; where several hold, the first that was found."""

    TOMBSTONE = "tombstone"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    LONE_SURROGATE = "lone_surrogate"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    NOT_CSV = "not_csv"
    NOT_ARROW = "not_arrow"
    WRONG_COLUMNS = "wrong_columns"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    BAD_VALUE = "bad_value"
    BAD_TIME = "bad_time"
    TOO_EARLY = "too_early"
    IN_FUTURE = "in_future"
    BAD_NUMBER = "bad_number"
    TOO_LONG = "too_long"
    DIALECT_FAILED = "dialect_failed"

    @property
    def says(self) -> str:
        """What it means, for the manual."""
        return _SAYS[self]


_SAYS = {
    Reason.TOMBSTONE: "the Kafka record has no value",
    Reason.EMPTY: "the value is empty or blank",
    Reason.TOO_LARGE: "the value is larger than the feed's `max_value_bytes`",
    Reason.NOT_UTF8: "the value is no UTF-8 text; of CSV, what is none is read as Latin-1",
    Reason.LONE_SURROGATE: "a JSON string holds half a character (an unpaired surrogate)",
    Reason.NOT_JSON: "the value is no JSON, or was cut off",
    Reason.NOT_AN_OBJECT: "the JSON is no object",
    Reason.NOT_CSV: "the value is no line of CSV",
    Reason.NOT_ARROW: "the value is no Arrow IPC stream",
    Reason.WRONG_COLUMNS: "the line or frame does not have the columns of its dialect",
    Reason.MISSING_FIELD: "a field that the call needs is missing or empty",
    Reason.WRONG_TYPE: "a field has another type than it should",
    Reason.BAD_VALUE: "a field has a value that is not among those it can have",
    Reason.BAD_TIME: "a time can't be read, or there is no start",
    Reason.TOO_EARLY: "the call begins before the feed's `earliest`: 0, 1970, a switch without a clock",
    Reason.IN_FUTURE: "the call begins later after its arrival than the feed's `future_tolerance`",
    Reason.BAD_NUMBER: "a number has more digits than any number can have",
    Reason.TOO_LONG: "an organisation, account, trunk or bureau has more than 1,000 bytes",
    Reason.DIALECT_FAILED: "the dialect itself failed on this record; a bug, please report it",
}
assert set(_SAYS) == set(Reason)

#: Why a record that could be read is no call of its own, by the label of its metric.
LEFT_OUT = {
    "leg": "part of a call that another record stands for",
    "rating_run": "the same call, rated once more",
    "not_voice": "no call but a message or data",
    "inside": "a call that stays inside the exchange",
    "filtered": "not among what the mapping keeps",
}
