"""Tuned file: what `phasecall finetune` learnt of one experiment, as JSON that people can read.

Nothing in such a file is run. But its numbers go into arithmetic and its names into tables and onto
terminals, and a stranger may have written it: every entry is checked for its type, size and range.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from phasecall.errors import ModelError
from phasecall.io import atomic
from phasecall.modelcard import MAX_MINUTES
from phasecall.phases import SCHEMES
from phasecall.tunedmodel import MAX_NAME, MIN_LABELLED, Held, TunedModel, Verdict
from phasecall.tuning import MAX_GENES, Tuning
from phasecall.wire import MAX_TEXT, parse_json

FORMAT = 1
"""Version of the file; those of a newer one are refused."""
KIND = "tuned"
MAX_TIMES = 1000

_MAX_STRENGTHS = 100
_LARGEST = 1e9
_MAX_WHY = 1000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AGAIN = "make it again: phasecall finetune"

Floats = NDArray[np.float64]


def is_tuned(path: str | Path) -> bool:
    """Return whether a file begins as a tuned file does, and no network: with a brace."""
    try:
        with Path(path).open("rb") as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    except (OSError, ValueError):
        return False


def write(path: str | Path, model: TunedModel) -> None:
    """Write a tuned model: whole or not at all, and the same text from the same model.

    Raises
    ------
    ModelError
        If the model could not be read again.
    InputError
        If the file cannot be written.
    """
    text = to_json(model)
    with atomic(path) as file:
        file.write(text)


def to_json(model: TunedModel) -> str:
    """Return a tuned model as the text of its file, an entry a line.

    Raises
    ------
    ModelError
        If the model could not be read again: see `from_json`.
    """
    verdict = asdict(model.verdict)
    whole = {
        "format": FORMAT,
        "kind": KIND,
        **{name: getattr(model, name) for name in _CHECKS if hasattr(model, name)},
        "phases": [phase.name for phase in SCHEMES[model.scheme].phases] if model.scheme in SCHEMES else [],
        "kept_original": verdict.pop("kept_original"),
        "why": verdict.pop("why"),
        "verdict": verdict,
        "tuning": "none" if model.tuning is None else _list_arrays(model.tuning),
    }
    try:
        entries = (f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in whole.items())
        text = "{\n" + ",\n".join(entries) + "\n}\n"
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelError("the tuned model cannot be written", found=str(error), where=model.name) from error
    from_json(text, f"model '{model.name}'")
    return text


def read(path: str | Path) -> TunedModel:
    """Read a tuned model from anywhere.

    Parameters
    ----------
    path
        A file that `write` wrote.

    Raises
    ------
    ModelError
        If it is missing, too large, no tuned model, of a newer format, or holds what cannot be so.
    """
    where = str(path)
    try:
        if not Path(path).is_file():
            raise ModelError("there is no such model file", where=where, fix="check the path")
        with Path(path).open("rb") as file:
            content = file.read(MAX_TEXT + 1)
    except (OSError, ValueError) as error:
        raise ModelError("the tuned model cannot be read", found=str(error), where=where) from error
    if len(content) > MAX_TEXT:
        raise ModelError(
            "the tuned model is too large", expected=f"at most {MAX_TEXT:,} bytes", where=where, fix=_AGAIN
        )
    try:
        return from_json(content.decode("utf-8-sig"), where)
    except UnicodeDecodeError as error:
        raise _no_tuned("bytes that are no text", where) from error


def from_json(text: str, where: str = "tuned model") -> TunedModel:
    """Return the tuned model in a text.

    Raises
    ------
    ModelError
        If it is none, of a newer format, an entry is missing, unknown or out of range, or two do not fit.
    """
    try:
        whole = parse_json(text)
    except ValueError as error:
        raise _no_tuned(str(error), where) from error
    if not isinstance(whole, dict) or whole.pop("kind", None) != KIND or type(whole.get("format")) is not int:
        raise _no_tuned(text[:60], where)
    if (number := whole.pop("format")) < 1:
        raise _no_tuned(f"format {number}", where)
    if number > FORMAT:
        raise ModelError(
            "the tuned model was made by a newer phasecall",
            expected=f"format {FORMAT} or older",
            found=f"format {number}",
            where=where,
            fix="pip install --upgrade phasecall",
        )
    _check_names(whole.keys(), _CHECKS.keys(), where)
    for name, (fits, expected) in _CHECKS.items():
        if not fits(whole[name]):
            _refuse(f"{name}: {expected}", whole[name], where)
    _check_labels(whole, where)
    verdict = _read_verdict(whole, where)
    tuning = None if whole["tuning"] == "none" else _read_tuning(whole["tuning"], whole, where)
    if verdict.kept_original and tuning is not None:
        _refuse("tuning: 'none' where the original answers are kept", "arrays", where)
    if verdict.kept_original != (whole["share"] == 0):
        _refuse("share: 0 where the original answers are kept, and only there", whole["share"], where)
    own = {key: whole[key] for key in ("name", "version", "created", "network", "scheme", "sync", "period")}
    return TunedModel(
        **own,
        times=tuple(map(float, whole["times"])),
        genes=tuple(whole["genes"]),
        codes=tuple(whole["codes"]),
        share=float(whole["share"]),
        tuning=tuning,
        verdict=verdict,
        least=float(whole["least"]),
    )


def _is_text(value: Any, longest: int = MAX_NAME) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _is_number(value: Any, low: float, high: float) -> bool:
    return type(value) in (int, float) and low <= value <= high


def _are_times(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= MAX_TIMES
        and all(_is_number(one, -MAX_MINUTES, MAX_MINUTES) for one in value)
        and all(a <= b for a, b in pairwise(value))
    )


def _are_genes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and MIN_LABELLED <= len(value) <= MAX_GENES
        and all(map(_is_text, value))
        and len(set(value)) == len(value)
    )


_TEXT = (_is_text, f"a text of 1 to {MAX_NAME} characters, all printable")
_SHARE = (lambda value: _is_number(value, 0, 1), "a number from 0 to 1")
_FLAG = (lambda value: isinstance(value, bool), "true or false")
_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = MappingProxyType(
    {
        "name": _TEXT,
        "version": _TEXT,
        "created": _TEXT,
        "network": (
            lambda value: isinstance(value, str) and _DIGEST.fullmatch(value) is not None,
            "SHA-256 as 64 hexadecimal digits",
        ),
        "scheme": (
            lambda value: isinstance(value, str) and value in SCHEMES,
            f"one of {', '.join(SCHEMES)}",
        ),
        "phases": (lambda value: isinstance(value, list), "the names of the scheme's phases"),
        "times": (
            _are_times,
            f"1 to {MAX_TIMES:,} minutes that do not fall, within {MAX_MINUTES:,.0f} of 0",
        ),
        "sync": (lambda value: value is None or _is_text(value), f"null or {_TEXT[1]}"),
        "period": (
            lambda value: value is None or _is_number(value, 1 / MAX_MINUTES, MAX_MINUTES),
            "null or minutes, more than 0",
        ),
        "genes": (
            _are_genes,
            f"{MIN_LABELLED} to {MAX_GENES:,} different names, {_TEXT[1]}",
        ),
        "codes": (
            lambda value: isinstance(value, list) and {type(one) for one in value} == {int},
            "a whole number for each gene",
        ),
        "share": _SHARE,
        "least": _SHARE,
        "kept_original": _FLAG,
        "why": (lambda value: _is_text(value, _MAX_WHY), "a printable text"),
        "verdict": (lambda value: isinstance(value, dict), "figures by name"),
        "tuning": (lambda value: value == "none" or isinstance(value, dict), "'none' or arrays by name"),
    }
)
"""Every entry of a file beside its format and kind: what it must be, and that in words."""


def _check_labels(whole: Mapping[str, Any], where: str) -> None:
    """Check that genes, codes and phases fit together."""
    names = [phase.name for phase in SCHEMES[whole["scheme"]].phases]
    genes, codes = whole["genes"], whole["codes"]
    if whole["phases"] != names:
        _refuse(f"phases: {', '.join(names)}", whole["phases"], where)
    if len(codes) != len(genes):
        _refuse("codes: as many as genes", f"{len(codes)} codes, {len(genes)} genes", where)
    if not all(0 <= code < len(names) for code in codes) or len(set(codes)) < 2:
        found = ", ".join(map(str, sorted(set(codes))[:8]))
        _refuse(f"codes: two or more of 0 to {len(names) - 1}", found, where)


def _read_verdict(whole: Mapping[str, Any], where: str) -> Verdict:
    figures = whole["verdict"]
    _check_names(figures.keys(), ("n", "zero_shot", "tuned"), where)
    if figures["n"] != len(whole["genes"]) or type(figures["n"]) is not int:
        _refuse("verdict: n, the number of genes", figures["n"], where)
    judged = {name: _read_held(figures[name], name, where) for name in ("zero_shot", "tuned")}
    return Verdict(figures["n"], **judged, kept_original=whole["kept_original"], why=whole["why"])


def _read_held(value: Any, name: str, where: str) -> Held:
    share = f"verdict, {name}: shares from 0 to 1 and a loss of 0 or more"
    if not isinstance(value, dict):
        _refuse(share, value, where)
    _check_names(value.keys(), ("accuracy", "accuracy_ci", "loss"), where)
    interval = value["accuracy_ci"]
    fits = (
        _is_number(value["accuracy"], 0, 1)
        and isinstance(interval, list)
        and len(interval) == 2
        and all(_is_number(end, 0, 1) for end in interval)
        and _is_number(value["loss"], 0, _LARGEST)
    )
    if not fits:
        _refuse(share, value, where)
    return Held(float(value["accuracy"]), (float(interval[0]), float(interval[1])), float(value["loss"]))


def _read_tuning(value: dict[str, Any], whole: Mapping[str, Any], where: str) -> Tuning:
    """Return the arrays of what was learnt: of this many genes, times and phases."""
    _check_names(value.keys(), ("shares", "centre", "spread", "genes", "weights", "bias"), where)
    n_genes, n_times, n_phases = len(whole["genes"]), len(whole["times"]), len(whole["phases"])
    shares = value["shares"]
    n_strengths = len(shares) - 1 if isinstance(shares, list) else 0
    if not 0 < n_strengths <= _MAX_STRENGTHS:
        _refuse("tuning: shares of the network and of one strength or more", shares, where)
    shapes = {
        "shares": (n_strengths + 1,),
        "centre": (n_times,),
        "spread": (n_times,),
        "genes": (n_genes, n_times),
        "weights": (n_strengths, n_genes, n_phases),
        "bias": (n_strengths, n_phases),
    }
    arrays = {name: _read_array(name, value[name], shape, where) for name, shape in shapes.items()}
    if (arrays["shares"] < 0).any() or abs(arrays["shares"].sum() - 1) > 1e-4:
        _refuse("tuning: shares of 0 or more that sum to 1", shares, where)
    if (arrays["spread"] < 0).any():
        _refuse("tuning: a spread of 0 or more", value["spread"], where)
    return Tuning(**arrays)


def _read_array(name: str, value: Any, shape: tuple[int, ...], where: str) -> Floats:
    expected = f"tuning: {name}, numbers of shape {shape}, within {_LARGEST:g} of 0"
    items = [value]
    for size in shape:
        if not all(isinstance(item, list) and len(item) == size for item in items):
            _refuse(expected, "another shape", where)
        items = [one for item in items for one in item]
    # Only values of genes may be missing.
    missing = {type(None)} if name == "genes" else set()
    if not {type(one) for one in items} <= {int, float} | missing:
        _refuse(expected, next(one for one in items if type(one) not in {int, float} | missing), where)
    array = np.array([np.nan if one is None else float(one) for one in items])
    if (np.abs(array) > _LARGEST).any():
        _refuse(expected, array[np.abs(array) > _LARGEST][0], where)
    return array.reshape(shape)


def _list_arrays(tuning: Tuning) -> dict[str, Any]:
    listed = {name: np.asarray(getattr(tuning, name)).tolist() for name in Tuning.__dataclass_fields__}
    gaps = ([None if np.isnan(one) else one for one in row] for row in listed["genes"])
    return {**listed, "genes": list(gaps)}


def _check_names(found: Iterable[str], wanted: Iterable[str], where: str) -> None:
    if wrong := sorted(set(found) ^ set(wanted)):
        _refuse(f"the entries {', '.join(wanted)}", f"missing or unknown: {', '.join(wrong)}", where)


def _refuse(expected: str, found: object, where: str) -> NoReturn:
    raise ModelError(
        "the tuned model cannot be used", expected=expected, found=f"{found!s:.200}", where=where, fix=_AGAIN
    )


def _no_tuned(found: str, where: str) -> ModelError:
    return ModelError(
        "this is not a tuned model of phasecall",
        expected="a JSON file written by phasecall finetune",
        found=found,
        where=where,
        fix=_AGAIN,
    )
