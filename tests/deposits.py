"""Files as GEO hands them out, written by us: made-up samples in the published layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from layouts import Example

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Array:
    """One sample: its title, its attributes without `!Sample_`, and its values."""

    title: str
    values: Sequence[float]
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    def all_of(self, key: str) -> list[str]:
        texts = self.attributes.get(key, [])
        return [texts] if isinstance(texts, str) else list(texts)


def waves(n_genes: int, times: Sequence[float], period: float = 60.0, seed: int = 0) -> Floats:
    """Return log ratios that rise and fall, with little noise, shape (n_genes, times)."""
    rng = np.random.default_rng(seed)
    phase = rng.random((n_genes, 1))
    clean = np.cos(2 * np.pi * (np.asarray(times, dtype=float)[None, :] / period - phase))
    return np.round(clean + 0.1 * rng.standard_normal(clean.shape), 3)


def cell(value: float) -> str:
    return "" if value != value else repr(float(value))


def gsm(index: int) -> str:
    return f"GSM{112100 + index}"


def matrix(
    arrays: Sequence[Array], ids: Sequence[str], *, accession: str = "GSE1", platform: str = "GPL1"
) -> str:
    """Return a series matrix."""
    names = [gsm(index) for index in range(len(arrays))]
    lines = ['!Series_title\t"A made-up series"', f'!Series_geo_accession\t"{accession}"', ""]
    lines += [_line("title", [array.title for array in arrays]), _line("geo_accession", names)]
    keys = dict.fromkeys(key for array in arrays for key in array.attributes)
    for key in keys:
        for row in range(max(len(array.all_of(key)) for array in arrays)):
            lines.append(_line(key, [(array.all_of(key)[row : row + 1] or [""])[0] for array in arrays]))
    lines += [_line("platform_id", [platform] * len(arrays)), "!series_matrix_table_begin"]
    lines.append("\t".join(f'"{name}"' for name in ("ID_REF", *names)))
    for row, name in enumerate(ids):
        lines.append("\t".join([f'"{name}"', *(cell(array.values[row]) for array in arrays)]))
    return "\n".join([*lines, "!series_matrix_table_end", ""])


def _line(key: str, texts: Sequence[str]) -> str:
    return "\t".join([f"!Sample_{key}", *(f'"{text}"' for text in texts)])


def family(
    arrays: Sequence[Array],
    ids: Sequence[str],
    annotation: Mapping[str, Sequence[str]],
    *,
    value: str = "log2 ratio",
) -> str:
    """Return a family file with one platform, whose columns beside `ID` are given."""
    lines = ["^DATABASE = GeoMiame", "!Database_name = Gene Expression Omnibus (GEO)", "^SERIES = GSE2"]
    lines += ["!Series_title = A made-up series", "!Series_geo_accession = GSE2", "^PLATFORM = GPL7"]
    lines += ["!Platform_title = spotted ORFs", "#ID = spot", *(f"#{name} = {name}" for name in annotation)]
    lines += ["!platform_table_begin", "\t".join(["ID", *annotation])]
    lines += [
        "\t".join([name, *(column[row] for column in annotation.values())]) for row, name in enumerate(ids)
    ]
    lines.append("!platform_table_end")
    for index, array in enumerate(arrays):
        lines += [
            f"^SAMPLE = {gsm(index)}",
            f"!Sample_title = {array.title}",
            f"!Sample_geo_accession = {gsm(index)}",
        ]
        lines += [f"!Sample_{key} = {text}" for key in array.attributes for text in array.all_of(key)]
        lines += ["!Sample_platform_id = GPL7", "#ID_REF = ", f"#VALUE = {value}", "#FLAG = 0 is fine"]
        lines += ["!sample_table_begin", "ID_REF\tVALUE\tFLAG"]
        lines += [f"{name}\t{cell(array.values[row])}\t0" for row, name in enumerate(ids)]
        lines.append("!sample_table_end")
    return "\n".join([*lines, ""])


def orfs(number: int) -> list[str]:
    return [f"YAL{index:03}C" for index in range(1, number + 1)]


def pramila(*, turned: bool = False, n_genes: int = 40) -> tuple[str, Floats]:
    """Return a course every 5 min whose arrays were all labelled both ways, and its log ratios."""
    times = list(range(0, 125, 5))
    true = waves(n_genes, times)
    dyes = 0.3 * np.random.default_rng(1).standard_normal(n_genes)
    arrays = []
    for swapped in (False, True):
        for column, time in enumerate(times):
            culture, other = f"alpha factor arrest release sample{time:03}", "asynchronous reference"
            sign = -1.0 if swapped and not turned else 1.0
            arrays.append(
                Array(
                    f"{'dye swap ' if swapped else ''}alpha factor release sample{time:03}",
                    (sign * true[:, column] + dyes).round(3).tolist(),
                    {
                        "channel_count": "2",
                        "source_name_ch1": culture if swapped else other,
                        "label_ch1": "Cy3",
                        "source_name_ch2": other if swapped else culture,
                        "label_ch2": "Cy5",
                        "organism_ch1": "Saccharomyces cerevisiae",
                    },
                )
            )
    return matrix(arrays, orfs(n_genes), accession="GSE4987"), true


def orlando(times_of_second: Sequence[int] | None = None) -> str:
    """Return two strains, each in two cultures, on arrays of one colour."""
    first = list(range(30, 270, 16))
    arrays = []
    for strain, genotype in (("Wild type", "wild type"), ("Cyclin mutant", "clb1,2,3,4,5,6")):
        for culture, times in ((1, first), (2, times_of_second or first)):
            values = waves(12, times, 98.0, seed=culture) + 8
            for column, time in enumerate(times):
                about = {
                    "channel_count": "1",
                    "source_name_ch1": "early G1 cells after elutriation",
                    "organism_ch1": "Saccharomyces cerevisiae",
                    "characteristics_ch1": [f"genotype: {genotype}", "medium: YEP 2% sucrose"],
                }
                title = f"{strain} {culture}, {time} minutes"
                arrays.append(Array(title, values[:, column].tolist(), about))
    return matrix(arrays, [f"{1769308 + row}_at" for row in range(12)], accession="GSE8799")


def whitfield() -> str:
    """Return three double thymidine courses of different times, and two controls without one."""
    arrays = [Array(f"asynchronous HeLa {number}", [0.0] * 9) for number in (1, 2)]
    for number, hours in ((1, range(0, 14, 2)), (2, range(0, 45, 4)), (3, range(25))):
        values = waves(9, list(hours), 15.0, seed=number)
        arrays += [
            Array(f"HeLa Thy-Thy {number}, {hour} hr", values[:, column].tolist())
            for column, hour in enumerate(hours)
        ]
    arrays = [
        Array(a.title, a.values, {"channel_count": "1", "organism_ch1": "Homo sapiens"}) for a in arrays
    ]
    return matrix(arrays, [f"IMAGE:{40000 + row}" for row in range(9)], accession="GSE22")


def liver() -> str:
    """Return mouse liver over two days, each time from two mice; day and night follow the time."""
    arrays = []
    for hour in range(18, 66, 2):
        for mouse in (1, 2):
            about = {
                "organism_ch1": "Mus musculus",
                "characteristics_ch1": ["age: 7 weeks", f"light: {'on' if hour % 24 < 12 else 'off'}"],
            }
            values = waves(8, [hour], 24.0, seed=hour + mouse)[:, 0] + 9
            arrays.append(Array(f"ZT{hour} liver rep{mouse}", values.tolist(), about))
    return matrix(arrays, [f"{10344700 + row}" for row in range(8)], accession="GSE54650")


def data_set() -> str:
    """Return a data set, whose subsets hold the times."""
    names, times = [gsm(index) for index in range(6)], [0, 10, 20, 30, 40, 50]
    lines = ["^DATABASE = Geo", "^DATASET = GDS38", "!dataset_title = Time course of cdc15 cells"]
    lines += ["!dataset_platform = GPL59", "!dataset_sample_organism = Saccharomyces cerevisiae"]
    for number, (name, time) in enumerate(zip(names, times, strict=True)):
        lines += [
            f"^SUBSET = GDS38_{number}",
            f"!subset_description = {time} minutes",
            f"!subset_sample_id = {name}",
        ]
        lines.append("!subset_type = time")
    lines += ["^DATASET = GDS38", "#ID_REF = spot", "#IDENTIFIER = gene"]
    lines += [
        f"#{name} = Value for {name}: array {number}; src: cdc15 cells" for number, name in enumerate(names)
    ]
    lines += ["!dataset_table_begin", "\t".join(["ID_REF", "IDENTIFIER", *names])]
    for row, gene in enumerate(("CLN2", "CLB2", "--Control", "CLN2")):
        lines.append("\t".join([str(row), gene, *(str(row + time / 10) for time in times)]))
    return "\n".join([*lines, "!dataset_table_end", ""])


def _examples() -> tuple[Example, ...]:
    texts = {"Pramila": pramila()[0], "Orlando": orlando(), "Whitfield": whitfield(), "liver": liver()}
    return tuple(Example("geo", title, text.encode(), (), suffix=".txt") for title, text in texts.items())


EXAMPLES = _examples()
"""What `benchmarks/fuzz.py` changes; what they must be read as: tests/test_geo.py."""
