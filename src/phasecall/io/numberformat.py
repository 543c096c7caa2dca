"""Number formats: what a workbook shows a number as, where that is a date or a time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

# What the built-in formats of numbers show; those that are not here show numbers.
_DATES = {14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)}
_CLOCKS = {18, 19, 20, 21, 45, 47}
_ELAPSED = {46}
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]')
BUILT_IN = {
    **dict.fromkeys(_DATES, "date"),
    **dict.fromkeys(_CLOCKS, "clock"),
    **dict.fromkeys(_ELAPSED, "elapsed"),
}
"""What the built-in formats make of a number, by their number; those that are not here leave it one."""


def kind_of(code: str) -> str:
    """Return what a format makes of a number.

    Examples
    --------
    >>> [kind_of(code) for code in ("0.00E+00", '0 "days"', "[Red]0.0", "d-mmm", "h:mm", "[h]:mm")]
    ['', '', '', 'date', 'clock', 'elapsed']
    """
    code = _LITERAL.sub("", code.lower().replace("general", ""))
    if "[" in code:
        return "elapsed"
    if "d" in code or "y" in code:
        return "date"
    return "clock" if "h" in code or "s" in code else "date" if "m" in code else ""


def show(raw: str, style: str, epoch: datetime) -> str:
    """Return a number that is shown as a date, a time of day or a duration.

    Parameters
    ----------
    raw
        Days since the epoch.
    style
        `date`, `clock` or `elapsed`.
    epoch
        The day that is 0.

    Examples
    --------
    >>> excel = datetime(1899, 12, 30)
    >>> show("45171", "date", excel), show("0.5", "clock", excel), show("1.5", "elapsed", excel)
    ('2023-09-02', '12:00', '2160min')
    """
    days = float(raw)
    if style == "elapsed":
        return f"{round(1440 * days, 6):.10g}min"
    minutes = round(1440 * days)
    if style == "clock" and 0 <= minutes < 1440:
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    # The first 60 days count one that never was.
    day = epoch + timedelta(days=days + (days < 60 and epoch.year < 1900), milliseconds=1)
    return f"{day:%Y-%m-%d}" if days == int(days) else f"{day:%Y-%m-%d %H:%M}"
