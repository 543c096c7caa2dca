"""Model card: what a model says of itself, and whether it can be so.

A card is written and read as JSON on one line. What a stranger's card holds goes into tables, onto terminals
and into arithmetic, so every entry is checked for its type and its range.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any, get_args

from phasecall.errors import ModelError
from phasecall.graph import Kind
from phasecall.wire import parse_json

FORMAT = 2
"""Version of the card; files of a newer one are refused."""
MAX_MINUTES = 1e6
"""The longest period and the latest time of a card: about two years."""
OPEN_SEAL = "0" * 64
"""What stands in a card for the checksum of its file until that is known."""

_MAX_TEXT = 1000


@dataclass(frozen=True)
class ModelCard:
    """What a model is, was made from and is good for.

    Parameters
    ----------
    name, version, description
        What people call it, and one sentence about it.
    method
        Key of the method that made it.
    kind
        `grid`: it reads one grid of times, of an experiment on one clock. `clock`: it reads any course on the
        course's own clock.
    scheme
        Key of the scheme whose phases it calls, in the order of its outputs; None, of a clock, for any.
    times
        Minutes of the grid that it takes, rising; of a clock none.
    sync
        Synchronisation of the experiment it was trained on, or None for any.
    period
        Minutes of a turn in that experiment; of a clock None.
    turn_at_zero
        Turn at 0 minutes in that experiment, [0, 1); of a clock None.
    temperature
        What the logits were divided by, folded into the graph; of a clock 1.
    conformal
        What makes sets of phases hold the right one as often as they promise (`phasecall.conformal`):
        `level`, the promise, and `least`, by scheme the probability that puts a phase into a set; empty if
        nothing was fitted.
    parameters
        How many numbers the network has.
    training
        Data sets with their SHA-256, folds, seed, epochs, command, commit: what it takes to make it again.
    metrics
        How good it was, by track.
    licence
        Terms of the weights.
    created
        Date, ISO 8601.
    """

    name: str
    version: str
    description: str
    method: str
    kind: str
    scheme: str | None
    times: tuple[float, ...]
    sync: str | None
    period: float | None
    turn_at_zero: float | None
    temperature: float
    conformal: dict[str, Any]
    parameters: int
    training: dict[str, Any]
    metrics: dict[str, Any]
    licence: str
    created: str

    def to_json(self) -> str:
        """Return the card as JSON on one line, its seal still open.

        Raises
        ------
        ModelError
            If the card could not be read again: see `from_json`.
        """
        try:
            whole = {"format": FORMAT, **asdict(self), "file_sha256": OPEN_SEAL}
            text = json.dumps(whole, separators=(",", ":"), allow_nan=False)
        except (ValueError, TypeError, RecursionError) as error:
            raise ModelError("the model card cannot be written", found=str(error), where=self.name) from error
        self.from_json(text)
        return text

    @classmethod
    def from_json(cls, text: str, where: str = "model card") -> ModelCard:
        """Return the card in a text.

        Raises
        ------
        ModelError
            If it is no card, of a newer format, or an entry is missing, unknown or not what it should be.
        """
        try:
            whole = parse_json(text)
        except ValueError as error:
            raise ModelError("the model card is not JSON", found=str(error), where=where) from error
        number = whole.pop("format", None) if isinstance(whole, dict) else None
        if type(number) is not int:
            raise ModelError("the model card has no format", found=text[:60], where=where)
        if number > FORMAT:
            raise ModelError(
                "the model was made by a newer phasecall",
                expected=f"a card of format {FORMAT} or older",
                found=f"format {number}",
                where=where,
                fix="pip install --upgrade phasecall",
            )
        whole.pop("file_sha256", None)
        # What cards of format 1 did not say: there was one kind of network.
        unsaid: dict[str, Any] = {"kind": "grid", "conformal": {}} if number < 2 else {}
        _check_entries(whole, unsaid, where)
        whole |= unsaid
        if fault := next(_range_faults(whole), None):
            raise ModelError(
                "the model card holds something out of range",
                expected="times that rise, a period above 0, a turn from 0 to 1, a temperature above 0;"
                " of a model of the kind clock none of them; conformal shares from 0 to 1",
                found=fault,
                where=where,
            )
        return cls(**{**whole, "times": tuple(map(float, whole["times"]))})


@dataclass(frozen=True)
class Grid:
    """What the card of a model of the kind `grid` says and that of a `clock` does not; see `ModelCard`."""

    scheme: str
    period: float
    turn_at_zero: float


def require_grid(card: ModelCard) -> Grid:
    """Return what a model that reads one grid of times was made for.

    Raises
    ------
    ModelError
        If it reads courses on their own clocks.
    """
    if card.scheme is None or card.period is None or card.turn_at_zero is None:
        raise ModelError(
            "the model has no grid of times, no scheme and no clock of its own",
            expected="a model of the kind 'grid'",
            found=f"the kind '{card.kind}'",
            where=f"model '{card.name}'",
        )
    return Grid(card.scheme, card.period, card.turn_at_zero)


def require_scheme(card: ModelCard, key: str) -> None:
    """Check that a model calls the phases of a scheme; one of the kind `clock` calls those of any.

    Raises
    ------
    ModelError
        If it was trained for another scheme.
    """
    if card.scheme not in (None, key):
        raise ModelError(
            "the model calls the phases of another scheme",
            expected=f"scheme '{key}'",
            found=f"scheme '{card.scheme}'",
            where=f"model '{card.name}'",
            fix=f"use --scheme {card.scheme}, or a model trained for '{key}'",
        )


def find_least(card: ModelCard, key: str) -> float | None:
    """Return the least probability of a phase in a set, of a scheme; None where nothing was fitted."""
    least: float | None = card.conformal.get("least", {}).get(key)
    return least


def _check_entries(whole: dict[str, Any], unsaid: Mapping[str, Any], where: str) -> None:
    wanted = {field.name: str(field.type) for field in fields(ModelCard) if field.name not in unsaid}
    wrong = sorted(wanted.keys() ^ whole.keys())
    for name in wanted.keys() & whole.keys():
        value, kind = whole[name], wanted[name]
        fits = {
            "str": isinstance(value, str),
            "str | None": value is None or isinstance(value, str),
            "float": type(value) in (int, float),
            "float | None": value is None or type(value) in (int, float),
            "int": type(value) is int,
            "dict[str, Any]": isinstance(value, dict),
            "tuple[float, ...]": isinstance(value, list) and {type(item) for item in value} <= {int, float},
        }
        if not fits[kind]:
            wrong.append(name)
    if wrong:
        raise ModelError(
            "the model card cannot be read",
            expected=f"the entries {', '.join(wanted)}",
            found=f"missing, unknown or of another type: {', '.join(sorted(wrong))}",
            where=where,
        )


def _range_faults(whole: dict[str, Any]) -> Iterator[str]:
    kind, least = whole["kind"], 1 / MAX_MINUTES
    fits = {
        "kind": kind in get_args(Kind),
        **(_fits_clock(whole) if kind == "clock" else _fits_grid(whole)),
        "temperature": least <= whole["temperature"] <= MAX_MINUTES
        and (kind != "clock" or whole["temperature"] == 1),
        "parameters": whole["parameters"] >= 0,
        "conformal": not whole["conformal"] or _fits_sets(whole["conformal"]),
    }
    yield from (f"{name} = {whole[name]}" for name, holds in fits.items() if not holds)
    # Texts go into tables, a line a gene, and onto terminals.
    texts = {name: value for name, value in whole.items() if isinstance(value, str)}
    odd = (name for name, text in texts.items() if not text.isprintable() or len(text) > _MAX_TEXT)
    yield from (f"{name} = {texts[name]}, too long or with control characters" for name in odd)


def _fits_sets(conformal: dict[str, Any]) -> bool:
    least = conformal.get("least")
    shares: list[Any] = [conformal.get("level"), *least.values()] if isinstance(least, dict) else [None]
    # Exact types: a bool is no share.
    return all(type(share) in (int, float) for share in shares) and all(0 <= share <= 1 for share in shares)


def _fits_grid(whole: dict[str, Any]) -> dict[str, bool]:
    times, period, turn = whole["times"], whole["period"], whole["turn_at_zero"]
    rising = all(a < b for a, b in pairwise(times))
    return {
        "scheme": whole["scheme"] is not None,
        "times": bool(times) and max(map(abs, times)) <= MAX_MINUTES and rising,
        "period": period is not None and 1 / MAX_MINUTES <= period <= MAX_MINUTES,
        "turn_at_zero": turn is not None and 0 <= turn < 1,
    }


def _fits_clock(whole: dict[str, Any]) -> dict[str, bool]:
    return {
        "times": not whole["times"],
        **{name: whole[name] is None for name in ("scheme", "sync", "period", "turn_at_zero")},
    }
