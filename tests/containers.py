"""Example files of formats that are no text, made with the libraries of others; none where one is missing."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from layouts import ORFS, Example, Told, told, wave

_LABELS = ("0 min", "10 min", "20 min", "30 min")
_TIMES = (0.0, 10.0, 20.0, 30.0)
_VALUES = wave(len(ORFS), 4)
_COURSE = told(ORFS, _TIMES, _VALUES)


def _book(sheets: dict[str, Iterable[Iterable[Any]]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _excel() -> list[Example]:
    rows = [["gene", *_LABELS], *([gene, *row] for gene, row in zip(ORFS, _VALUES.tolist(), strict=True))]
    bare = [["gene", 0, 10, 20, 30], *rows[1:]]
    titled = [["Table S2. Log ratios"], [], *rows]
    turned = [["Time", *ORFS], *([t, *row] for t, row in zip(_TIMES, _VALUES.T.tolist(), strict=True))]
    gaps = [bare[0], [ORFS[0], 0.5, None, 2, "NA"], [ORFS[1], 1, "#DIV/0!", "", 3]]
    about = [["A table of log ratios"], ["of the supplement"]]
    holes = told(ORFS[:2], _TIMES, np.array([[0.5, np.nan, 2, np.nan], [1, np.nan, np.nan, 3]]))
    examples: list[tuple[str, dict[str, Any], Told, str, dict[str, Any]]] = [
        ("units in the header", {"Data": rows}, _COURSE, "", {}),
        ("numbers in the header", {"Data": bare}, _COURSE, "unit", {}),
        ("title above", {"Data": titled}, _COURSE, "comments", {}),
        ("times down", {"Data": turned}, _COURSE, "transposed unit", {}),
        ("gaps and faults", {"Data": gaps}, holes, "unit faults_of_excel all_missing_times", {}),
        ("a sheet by name", {"About": about, "Data": rows, "More": bare}, _COURSE, "", {"sheet": "Data"}),
    ]
    return [
        Example("excel", title, _book(sheets), (course,), frozenset(codes.split()), how, None, ".xlsx")
        for title, sheets, course, codes, how in examples
    ]


def _arrow() -> list[Example]:
    import pyarrow as arrow
    from pyarrow import feather, parquet

    columns = {label: _VALUES[:, n] for n, label in enumerate(_LABELS)}
    plain = arrow.table({"gene": list(ORFS), **columns})
    float32 = arrow.table({"gene": list(ORFS), **{k: v.astype("float32") for k, v in columns.items()}})
    narrow = told(ORFS, _TIMES, _VALUES.astype("float32").astype(float))
    described = arrow.table({"gene": list(ORFS), "what": ["a cyclin"] * 5, **columns})
    coded = arrow.table({"gene": arrow.array(ORFS).dictionary_encode(), **columns})
    examples: list[tuple[str, Any, Told, str]] = [
        ("doubles", plain, _COURSE, ""),
        ("floats", float32, narrow, ""),
        ("description", described, _COURSE, "columns_left_out"),
        ("names in a dictionary", coded, _COURSE, ""),
    ]
    made = []
    for title, table, course, codes in examples:
        for key, suffix, write in (
            ("parquet", ".parquet", parquet.write_table),
            ("arrow", ".feather", feather.write_feather),
        ):
            stream = io.BytesIO()
            write(table, stream)
            made.append(
                Example(key, title, stream.getvalue(), (course,), frozenset(codes.split()), suffix=suffix)
            )
    return made


def _h5ad() -> list[Example]:
    import anndata
    import pandas as pd
    from scipy import sparse

    samples = [f"sample{n}" for n in range(4)]
    obs, var = pd.DataFrame({"time": _TIMES}, index=samples), pd.DataFrame(index=list(ORFS))
    groups = pd.DataFrame({"time": [0.0, 10, 20] * 2, "condition": ["WT"] * 3 + ["KO"] * 3}).set_index(
        pd.Index([f"sample{n}" for n in range(6)])
    )
    both = wave(len(ORFS), 6)
    wild, mutant = (told(ORFS, _TIMES[:3], part) for part in np.hsplit(both, 2))
    two = (replace(wild, name="WT"), replace(mutant, name="KO"))
    layered = anndata.AnnData(np.zeros((4, 5)), obs, var, layers={"log": _VALUES.T})
    examples: list[tuple[str, Any, tuple[Told, ...], dict[str, Any]]] = [
        ("samples by genes", anndata.AnnData(_VALUES.T, obs, var), (_COURSE,), {}),
        ("sparse", anndata.AnnData(sparse.csr_matrix(_VALUES.T), obs, var), (_COURSE,), {}),
        ("genes by samples", anndata.AnnData(_VALUES, var, obs), (_COURSE,), {}),
        ("a layer", layered, (_COURSE,), {"layer": "log"}),
        ("two conditions", anndata.AnnData(both.T, groups, var), two, {}),
    ]
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for title, data, courses, how in examples:
            path = Path(folder) / "course.h5ad"
            data.write_h5ad(path)
            # Three times do not tell whether they are hours.
            codes = frozenset({"samples", "unit"} if len(courses) == 1 else {"samples"})
            made.append(Example("h5ad", title, path.read_bytes(), courses, codes, how, suffix=".h5ad"))
    return made


def _made(makers: Iterable[Callable[[], list[Example]]]) -> Iterable[Example]:
    for make in makers:
        with suppress(ImportError):
            yield from make()


EXAMPLES: tuple[Example, ...] = tuple(_made((_excel, _arrow, _h5ad)))
