"""Example files of every format, made by us to the published layouts, and what each must be read as.

`benchmarks/fuzz.py` takes them as seeds, too.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

ORFS = ("YAL001C", "YAL040C", "YBR160W", "YPR119W", "YGR108W")
MOUSE = ("ENSMUSG00000020893", "ENSMUSG00000055866", "ENSMUSG00000021775", "ENSMUSG00000029238")


@dataclass(frozen=True)
class Told:
    """What one experiment of a file must be read as; the columns of `values` are in the order of `times`."""

    genes: tuple[str, ...]
    times: tuple[float, ...]
    values: Values
    name: str = "course"
    sync: str | None = None


@dataclass(frozen=True)
class Example:
    """A file and what it must be read as.

    Parameters
    ----------
    key
        The format, a key of `READERS`, that reads it; also where it is asked for by name.
    title
        What is special about it.
    content
        The file.
    courses
        The experiments in it.
    codes
        The codes of the notes that are given, of all experiments together.
    how
        What is said to `read_all`.
    samples
        A sheet of samples that is given with it.
    suffix
        How the file ends.
    """

    key: str
    title: str
    content: bytes
    courses: tuple[Told, ...]
    codes: frozenset[str] = frozenset()
    how: Mapping[str, Any] = field(default_factory=dict)
    samples: bytes | None = None
    suffix: str = ".csv"

    def write(self, folder: Path) -> tuple[Path, dict[str, Any]]:
        """Write the file into a folder, and return its path and what to say to `read_all`."""
        path = folder / f"course{self.suffix}"
        path.write_bytes(self.content)
        how = dict(self.how)
        if self.samples is not None:
            how["samples"] = folder / "samples.csv"
            how["samples"].write_bytes(self.samples)
        return path, how


def wave(n_genes: int, n_columns: int, start: int = 0) -> Values:
    """Return log ratios with two decimals, each of them another, shape (n_genes, n_columns)."""
    gene, column = np.mgrid[start : start + n_genes, :n_columns]
    return np.asarray(np.round(np.sin(1.3 * gene + 0.7 * column) + 0.01 * column - 0.1 * gene, 2))


def text_of(values: Values, *, missing: str = "", comma: str = ".") -> list[list[str]]:
    """Return values as cells."""
    return [
        [missing if np.isnan(x) else f"{x:g}".replace(".", comma) for x in row] for row in values.tolist()
    ]


def lay(
    header: Sequence[str], genes: Sequence[str], cells: Sequence[Sequence[str]], delimiter: str = ","
) -> bytes:
    """Return a table: its header, then one gene a line."""
    rows = [header, *([gene, *row] for gene, row in zip(genes, cells, strict=True))]
    return ("\n".join(map(delimiter.join, rows)) + "\n").encode()


def told(genes: Sequence[str], times: Sequence[float], values: Values, **more: Any) -> Told:
    """Return what must be read of columns at some times, in the order of the file."""
    order = np.argsort(times, kind="stable")
    return Told(tuple(genes), tuple(times[i] for i in order), values[:, order], **more)


def table(
    key: str,
    title: str,
    header: str,
    times: Sequence[float],
    codes: str = "",
    *,
    delimiter: str = ",",
    corner: str = "gene",
    genes: Sequence[str] = ORFS,
    missing: str | None = None,
    **more: Any,
) -> Example:
    """Return an example of one experiment: labels parted by `|`, codes by blanks."""
    labels = header.split("|")
    values = wave(len(genes), len(labels))
    if missing is not None:
        values[1, 2] = values[2, 0] = np.nan
    content = lay([corner, *labels], genes, text_of(values, missing=missing or ""), delimiter)
    sync = more.pop("sync", None)
    suffix = ".tsv" if delimiter == "\t" else ".csv"
    course = told(genes, times, values, sync=sync)
    return Example(key, title, content, (course,), frozenset(codes.split()), suffix=suffix, **more)


# Headers of one experiment, as tools and people write them: labels, minutes, codes of notes.
SPELLINGS: tuple[tuple[str, Sequence[float], str], ...] = (
    ("0|10|20|30|40|50", (0, 10, 20, 30, 40, 50), ""),
    ("0.5|1|1.5|2", (0.5, 1, 1.5, 2), "unit"),
    ("0 min|10 min|20 min", (0, 10, 20), ""),
    ("0_min|10_min|20_min", (0, 10, 20), ""),
    ("0.min|10.min|20.min", (0, 10, 20), ""),
    ("0-min|10-min|20-min", (0, 10, 20), ""),
    ("0 (min)|10 (min)|20 (min)", (0, 10, 20), ""),
    ("0\u00a0min|10\u00a0min|20\u00a0min", (0, 10, 20), ""),
    ("\u221210 min|0 min|10 min", (-10, 0, 10), ""),
    ("WT \u2013 0|WT \u2013 10|WT \u2013 20", (0, 10, 20), ""),
    ("0 [min]|10 [min]|20 [min]", (0, 10, 20), ""),
    ("0 minutes|10 minutes|20 minutes", (0, 10, 20), ""),
    ("0'|10'|20'", (0, 10, 20), ""),
    ("0′|10′|20′", (0, 10, 20), ""),
    ("t0'|t10'|t20'", (0, 10, 20), ""),
    ("(0)|(10)|(20)", (0, 10, 20), ""),
    ("T(0)|T(10)|T(20)", (0, 10, 20), ""),
    ("T0|T10|T20", (0, 10, 20), ""),
    ("T000|T005|T010|T100", (0, 5, 10, 100), ""),
    ("t=0|t=10|t=20", (0, 10, 20), ""),
    ("t = 0 min|t = 10 min|t = 20 min", (0, 10, 20), ""),
    ("time0|time10|time20", (0, 10, 20), ""),
    ("Time: 0|Time: 10|Time: 20", (0, 10, 20), ""),
    ("timepoint 0|timepoint 10|timepoint 20", (0, 10, 20), ""),
    ("Time (min) 0|Time (min) 10|Time (min) 20", (0, 10, 20), ""),
    ("M0|M10|M20", (0, 10, 20), ""),
    ("min_0|min_10|min_20", (0, 10, 20), ""),
    ("X0|X10|X20", (0, 10, 20), ""),
    ("X0min|X10min|X20min", (0, 10, 20), ""),
    ("X0.min|X10.min|X20.min", (0, 10, 20), ""),
    ("X0.5h|X1.5h|X2.5h", (30, 90, 150), "unit"),
    ("X.10|X0|X10", (-10, 0, 10), ""),
    ("T-10|T0|T10", (-10, 0, 10), ""),
    ("WT -10 min|WT 0 min|WT 10 min", (-10, 0, 10), ""),
    ("-10 min|0 min|10 min", (-10, 0, 10), ""),
    ("alpha-0|alpha-7|alpha-14", (0, 7, 14), "sync"),
    ("alpha 0 min|alpha 7 min|alpha 14 min", (0, 7, 14), "sync"),
    ("Alpha.0|Alpha.7|Alpha.14", (0, 7, 14), "sync"),
    ("alpha factor 0 min|alpha factor 7 min|alpha factor 14 min", (0, 7, 14), ""),
    ("cdc15-2 10|cdc15-2 30|cdc15-2 50", (10, 30, 50), ""),
    ("cdc28-13_0|cdc28-13_10|cdc28-13_20", (0, 10, 20), ""),
    ("cdc15 (10)|cdc15 (30)|cdc15 (50)", (10, 30, 50), "sync"),
    ("clb2_0|clb2_10|clb2_20", (0, 10, 20), ""),
    ("G1_0|G1_10|G1_20", (0, 10, 20), ""),
    ("WT 0|WT 10|WT 20", (0, 10, 20), ""),
    ("wild type (0 min)|wild type (10 min)|wild type (20 min)", (0, 10, 20), ""),
    ("37C 0 min|37C 10 min|37C 20 min", (0, 10, 20), ""),
    ("10 min (37C)|20 min (37C)|30 min (37C)", (10, 20, 30), ""),
    ("wt 30C t=0|wt 30C t=10|wt 30C t=20", (0, 10, 20), ""),
    ("2h arrest 10 min|2h arrest 20 min|2h arrest 30 min", (10, 20, 30), ""),
    ("0 min post release|10 min post release|20 min post release", (0, 10, 20), ""),
    ("log2(0 min/ref)|log2(10 min/ref)|log2(20 min/ref)", (0, 10, 20), ""),
    ("log2 ratio 0 min|log2 ratio 10 min|log2 ratio 20 min", (0, 10, 20), ""),
    ("GSM123 (0 min)|GSM124 (10 min)|GSM125 (20 min)", (0, 10, 20), ""),
    ("GSM123_WT_0min|GSM124_WT_10min|GSM125_WT_20min", (0, 10, 20), ""),
    ("S1_0h|S2_2h|S3_4h", (0, 120, 240), "unit"),
    ("S1_0|S2_10|S3_20", (0, 10, 20), ""),
    ("40_S1|50_S2|60_S3", (40, 50, 60), ""),
    ("40min_S1|50min_S2|60min_S3", (40, 50, 60), ""),
    ("1_WT_0|2_WT_10|3_WT_20", (0, 10, 20), ""),
    ("/data/WT_40min.bam|/data/WT_50min.bam|/data/WT_60min.bam", (40, 50, 60), ""),
    ("00h|02h|04h", (0, 120, 240), "unit"),
    ("0 hr|0.5 hr|1 hr", (0, 30, 60), "unit"),
    ("0_hr|2_hr|4_hr", (0, 120, 240), "unit"),
    ("h0|h2|h4", (0, 120, 240), "unit"),
    ("HeLa 0h|HeLa 2h|HeLa 4h", (0, 120, 240), "unit"),
    ("Thy1 0 hr|Thy1 2 hr|Thy1 4 hr", (0, 120, 240), "unit"),
    ("U2OS_0h|U2OS_4h|U2OS_8h", (0, 240, 480), "unit"),
    ("0s|90s|180s", (0, 1.5, 3), "unit"),
    ("0 min|30 min|1 h|1.5 h|2 h", (0, 30, 60, 90, 120), "unit"),
    ("1 h 0 min|1 h 30 min|2 h 0 min", (60, 90, 120), ""),
    ("1h30|2h00|2h30", (90, 120, 150), ""),
    ("00:10:00|00:20:30|00:30:00", (10, 20.5, 30), "format unit"),
    ("22:00|02:00|06:00", (1320, 1560, 1800), "format unit"),
    ("40|50|60|40.1|50.1|60.1", (40, 50, 60) * 2, "numbered_replicates replicates"),
    ("40|50|60|40_2|50_2|60_2", (40, 50, 60) * 2, "replicates"),
    ("40|50|60|40 (2)|50 (2)|60 (2)", (40, 50, 60) * 2, "replicates"),
    ("40|50|60|40_duplicated_0|50_duplicated_0|60_duplicated_0", (40, 50, 60) * 2, "replicates"),
    ("40...2|50...3|60...4|40...5|50...6|60...7", (40, 50, 60) * 2, "replicates"),
    ("X40|X50|X60|X40.1|X50.1|X60.1", (40, 50, 60) * 2, "numbered_replicates replicates"),
    ("alpha0|alpha7|alpha14|alpha0_2|alpha7_2|alpha14_2", (0, 7, 14) * 2, "replicates sync"),
    ("40_1|50_1|60_1|40_2|50_2|60_2", (40, 50, 60) * 2, "replicates"),
    ("40-1|50-1|60-1|40-2|50-2|60-2", (40, 50, 60) * 2, "replicates"),
    ("40 1|50 1|60 1|40 2|50 2|60 2", (40, 50, 60) * 2, "replicates"),
    ("40a|50a|60a|40b|50b|60b", (40, 50, 60) * 2, "replicates"),
    ("T40A|T50A|T60A|T40B|T50B|T60B", (40, 50, 60) * 2, "replicates"),
    ("40minA|50minA|60minA|40minB|50minB|60minB", (40, 50, 60) * 2, "replicates"),
    ("40min.1|50min.1|60min.1|40min.2|50min.2|60min.2", (40, 50, 60) * 2, "replicates"),
    ("40min1|50min1|60min1|40min2|50min2|60min2", (40, 50, 60) * 2, "replicates"),
    ("40 min (1)|50 min (1)|60 min (1)|40 min (2)|50 min (2)|60 min (2)", (40, 50, 60) * 2, "replicates"),
    ("40 min, R1|50 min, R1|60 min, R1|40 min, R2|50 min, R2|60 min, R2", (40, 50, 60) * 2, "replicates"),
    ("40_rep1|50_rep1|60_rep1|40_rep2|50_rep2|60_rep2", (40, 50, 60) * 2, "replicates"),
    (
        "40min_biorep1|50min_biorep1|60min_biorep1|40min_biorep2|50min_biorep2",
        (40, 50, 60, 40, 50),
        "replicates",
    ),
    ("Time 5 rep 1|Time 5 rep 2|Time 10 rep 1|Time 10 rep 2|Time 15 rep 1", (5, 5, 10, 10, 15), "replicates"),
    ("Time 5 min (rep 1)|Time 5 min (rep 2)|Time 10 min (rep 1)", (5, 5, 10), "replicates"),
    ("5 min replicate A|5 min replicate B|10 min replicate A", (5, 5, 10), "replicates"),
    ("rep1_40|rep1_50|rep1_60|rep2_40|rep2_50|rep2_60", (40, 50, 60) * 2, "replicates"),
    ("R1 40 min|R1 50 min|R1 60 min|R2 40 min|R2 50 min|R2 60 min", (40, 50, 60) * 2, "replicates"),
    ("WT_1_40|WT_1_50|WT_1_60|WT_2_40|WT_2_50|WT_2_60", (40, 50, 60) * 2, "replicates"),
    ("WT-40-1|WT-50-1|WT-60-1|WT-40-2|WT-50-2|WT-60-2", (40, 50, 60) * 2, "replicates"),
    ("wt.40.1|wt.50.1|wt.60.1|wt.40.2|wt.50.2|wt.60.2", (40, 50, 60) * 2, "numbered_replicates replicates"),
    ("0_WT_1|10_WT_1|20_WT_1|0_WT_2|10_WT_2|20_WT_2", (0, 10, 20) * 2, "replicates"),
    ("WT.0h.rep1|WT.2h.rep1|WT.4h.rep1|WT.0h.rep2|WT.2h.rep2", (0, 120, 240, 0, 120), "replicates unit"),
    ("T1_WT_0|T1_WT_10|T1_WT_20", (0, 10, 20), ""),
    ("ZT00-A|ZT00-B|ZT04-A|ZT04-B|ZT08-A", (0, 0, 240, 240, 480), "replicates unit"),
    ("ZT00A|ZT00B|ZT04A|ZT04B|ZT08A", (0, 0, 240, 240, 480), "replicates unit"),
    ("CT18.1|CT18.2|CT22.1|CT22.2", (1080, 1080, 1320, 1320), "numbered_replicates replicates unit"),
    ("ZT0_S12|ZT4_S15|ZT8_S20", (0, 240, 480), "unit"),
)

# Two experiments in one header: labels, and name and minutes of each.
CONDITIONS = (
    ("WT_0|WT_10|WT_20|KO_0|KO_10|KO_20", ("WT", "KO")),
    ("wt0|wt10|wt20|mut0|mut10|mut20", ("wt", "mut")),
    ("0_WT|10_WT|20_WT|0_KO|10_KO|20_KO", ("WT", "KO")),
    ("0_WT_1|10_WT_1|20_WT_1|0_KO_1|10_KO_1|20_KO_1", ("WT", "KO")),
    ("0min_WT|10min_WT|20min_WT|0min_KO|10min_KO|20min_KO", ("WT", "KO")),
    ("0 min WT|10 min WT|20 min WT|0 min KO|10 min KO|20 min KO", ("WT", "KO")),
    ("T0_WT|T10_WT|T20_WT|T0_KO|T10_KO|T20_KO", ("WT", "KO")),
    ("WT.0min.rep1|WT.10min.rep1|WT.20min.rep1|KO.0min.rep1|KO.10min.rep1|KO.20min.rep1", ("WT", "KO")),
    (
        "GSM1_WT_0min|GSM2_WT_10min|GSM3_WT_20min|GSM4_KO_0min|GSM5_KO_10min|GSM6_KO_20min",
        ("GSM_WT", "GSM_KO"),
    ),
    ("WT1 T0|WT1 T10|WT1 T20|WT2 T0|WT2 T10|WT2 T20", ("WT1", "WT2")),
)


def _of_spelling() -> list[Example]:
    made = []
    for header, times, codes in SPELLINGS:
        sync = header[:5].lower() if "sync" in codes else None
        key = "nitecap" if ":" in header and "format" in codes else "table"
        made.append(table(key, header, header, times, codes, sync=sync, delimiter="\t"))
    for header, names in CONDITIONS:
        labels = header.split("|")
        values = wave(len(ORFS), len(labels))
        courses = tuple(
            told(ORFS, (0, 10, 20), values[:, 3 * n : 3 * n + 3], name=name) for n, name in enumerate(names)
        )
        content = lay(["gene", *labels], ORFS, text_of(values), "\t")
        made.append(Example("table", header, content, courses, suffix=".tsv"))
    return made


_EVERY4 = (0, 240, 480, 720, 960, 1200)
_TWICE = (0, 0, 240, 240, 480, 480)
_BOTH = "replicates unit"
_REP = "|".join(f"T{t}_Rep{r}" for t in (0, 4, 8) for r in (1, 2))
# Tables of other tools, to their documentation: format, title, corner, delimiter, header, minutes, codes.
TOOLS: tuple[tuple[str, str, str, str, str, Sequence[float], str], ...] = (
    ("metacycle", "hours", "CycID", ",", "0|4|8|12|16|20", _EVERY4, "unit"),
    ("metacycle", "TXT", "CycID", "\t", "CT18|CT20|CT22|CT24", (1080, 1200, 1320, 1440), "unit"),
    ("metacycle", "equal times", "CycID", ",", "0|0|4|4|8|8", _TWICE, _BOTH),
    ("metacycle", "hours and halves", "CycID", ",", "2|2.5|3|4.5", (120, 150, 180, 270), "unit"),
    ("metacycle", "minutes, far apart", "CycID", ",", "0|20|40|60", (0, 20, 40, 60), ""),
    ("jtk", "hash", "#", "\t", "ZT0_rep1|ZT0_rep2|ZT4_rep1|ZT4_rep2|ZT8_rep1|ZT8_rep2", _TWICE, _BOTH),
    ("jtk", "Probe, no replicates", "Probe", "\t", "ZT0|ZT4|ZT8|ZT12|ZT16|ZT20", _EVERY4, "unit"),
    ("jtk", "ID, CT", "ID", "\t", "CT0_1|CT0_2|CT4_1|CT4_2|CT8_1|CT8_2", _TWICE, _BOTH),
    ("echo", "two replicates", "Gene.Name", ",", "TP0.1|TP0.2|TP4.1|TP4.2|TP8.1|TP8.2", _TWICE, _BOTH),
    ("echo", "one replicate", "Gene.Name", ",", "TP0.1|TP4.1|TP8.1|TP12.1|TP16.1|TP20.1", _EVERY4, "unit"),
    ("cosinorpy", "TSV", "", "\t", _REP, _TWICE, _BOTH),
    ("nitecap", "over midnight", "id", ",", "20:00|22:30|01:00|03:30", (1200, 1350, 1500, 1650), "unit"),
    ("discorhythm", "samples", "ID", ",", "CT0_A_1|CT0_B_2|CT4_C_1|CT4_D_2|CT8_E_1|CT8_F_2", _TWICE, _BOTH),
)  # fmt: skip


def _of_tools() -> list[Example]:
    """Examples whose columns are all of them measurements, some with gaps."""
    made = []
    for number, (key, title, corner, delimiter, header, times, codes) in enumerate(TOOLS):
        missing = (None, "NA", "")[number % 3]
        more: dict[str, Any] = {"corner": corner, "delimiter": delimiter, "missing": missing, "genes": MOUSE}
        made.append(table(key, title, header, times, f"format {codes}", **more))
    given = {"times": [0, 4, 8, 12, 16, 20], "unit": "h"}
    by_hour = "TT3_0|TT3_1|TT3_2|TT3_3"
    made.append(table("table", "hours that count", by_hour, (0, 60, 120, 180), "unit", how={"unit": "h"}))
    made.append(table("metacycle", "times by a vector", "A|B|C|D|E|F", _EVERY4, corner="CycID", how=given))
    made.append(
        table("discorhythm", "times by a vector", "A|B|C", (0, 10, 20), corner="ID", how={"times": _AT})
    )
    design = b"library,subject,group,hour\nlib1,S1,A,0\nlib2,S1,A,4\nlib3,S1,A,8\nlib4,S1,A,12\n"
    made.append(table("table", "a design", "lib1|lib2|lib3|lib4", (0, 240, 480, 720), samples=design))
    return made


def written(
    key: str,
    title: str,
    text: str,
    genes: str,
    times: Sequence[float],
    values: Sequence[Sequence[float]],
    codes: str = "",
    **more: Any,
) -> Example:
    """Return an example of one experiment whose text is written out."""
    sync = more.pop("sync", None)
    course = told(genes.split("|"), times, np.array(values, dtype=float), sync=sync)
    return Example(key, title, text.encode(), (course,), frozenset(codes.split()), **more)


_X = float("nan")
_TWO = [[0.5, -1.25, 2], [-1, _X, 0.75]]
_AT = (0, 10, 20)
_PUBLISHED = (
    "time,40,50,60,70,80,90\n"
    "YAL001C,-0.07,-0.23,-0.1,0.03,-0.04,-0.12\n"
    "YAL002W,0.215,0.09,0.025,-0.04,-0.04,-0.02\n"
)
_NITECAP = (
    "id,symbol,description,CT00,CT00,CT04,CT04,CT08,CT08,Stat1,Stat2\n"
    "ENSMUSG1,Per1,period 1,1.5,-1.25,2,3,-4,5,0.01,12\n"
    "ENSMUSG2,Arntl,\"clock, aryl\",-2,,1,1.5,2,2.5,0.5,8\n"
)  # fmt: skip
_PCL = (
    "YORF\tNAME\tGWEIGHT\talpha 0\talpha 7\talpha 14\n"
    "EWEIGHT\t\t\t1\t1\t1\n"
    "YAL001C\tTFC3 transcription\t1\t0.5\t-1.25\t2\n"
    "YAL002W\tVPS8 vacuolar\t1\t-1\t\t0.75\n"
)
_BIODARE = "Time\tCLN2\tCLB2\n" + "".join(f"{t}\t{t / 8 - 1:g}\t{1 - t / 16:g}\n" for t in range(0, 26, 2))
_DISCO = (
    "ID,CT0_AA_1,CT0_AB_1,CT4_AC_1,CT4_AD_2,CT8_AE_1\n"
    "Per1,1,2,-3,4,5\n"
    "Arntl,3,NA,-1,1,2\n"
)  # fmt: skip


def _of_other_forms() -> list[Example]:
    """Examples with more than measurements in them, or of another form."""
    hours = [60.0 * t for t in range(0, 26, 2)]
    told_biodare = [[t / 8 - 1 for t in range(0, 26, 2)], [1 - t / 16 for t in range(0, 26, 2)]]
    about = "format transposed unit"
    ct = (0, 0, 240, 240, 480, 480)
    nitecap = [[1.5, -1.25, 2, 3, -4, 5], [-2, _X, 1, 1.5, 2, 2.5]]
    alpha = (0, 7, 14)
    return [
        written("biodare2", "TSV", _BIODARE, "CLN2|CLB2", hours, told_biodare, about, suffix=".tsv"),
        written("biodare2", "CSV", _BIODARE.replace("\t", ","), "CLN2|CLB2", hours, told_biodare, about),
        written(
            "nitecap", "several columns of names, statistics", _NITECAP, "ENSMUSG1|ENSMUSG2", ct, nitecap,
            "format columns_left_out replicates unit",
        ),
        written(
            "nitecap", "ZT", _NITECAP.replace("CT", "ZT"), "ENSMUSG1|ENSMUSG2", ct, nitecap,
            "format columns_left_out replicates unit",
        ),
        written(
            "discorhythm", "technical replicates", _DISCO, "Per1|Arntl", (0, 240, 240, 480),
            [[1.5, -3, 4, 5], [3, -1, 1, 2]], "format unit technical_replicates replicates",
        ),
        written(
            "table", "published CSV", _PUBLISHED, "YAL001C|YAL002W", (40, 50, 60, 70, 80, 90),
            [[-0.07, -0.23, -0.1, 0.03, -0.04, -0.12], [0.215, 0.09, 0.025, -0.04, -0.04, -0.02]],
        ),
        written(
            "table", "Stanford PCL", _PCL, "YAL001C|YAL002W", alpha, _TWO, "columns_left_out sync weights",
            sync="alpha", suffix=".pcl",
        ),
        *_of_tables(),
    ]  # fmt: skip


# Tables of two genes, a and b, at 0, 10 and 20 min: title, text, codes, genes where they are others.
TABLES: tuple[tuple[str, str, str, str], ...] = (
    ("CSV", "gene,0,10,20\na,0.5,-1.25,2\nb,-1,,0.75\n", "", "a|b"),
    ("TSV", "gene\t0\t10\t20\na\t0.5\t-1.25\t2\nb\t-1\t\t0.75\n", "", "a|b"),
    ("semicolons", "gene;0;10;20\na;0.5;-1.25;2\nb;-1;;0.75\n", "", "a|b"),
    ("decimal commas", "gene;0;10;20\na;0,5;-1,25;2\nb;-1;NA;0,75\n", "decimal_comma", "a|b"),
    ("decimal commas, tabs", "gene\t0\t10\t20\na\t0,5\t-1,25\t2\nb\t-1\t\t0,75\n", "decimal_comma", "a|b"),
    ("commas, quoted", 'gene;"0";"10";"20"\na;"0,5";"-1,25";2\nb;-1;;"0,75"\n', "decimal_comma", "a|b"),
    ("byte order mark", "\ufeffgene,0,10,20\na,0.5,-1.25,2\nb,-1,,0.75\n", "", "a|b"),
    ("Windows", "gene,0,10,20\r\na,0.5,-1.25,2\r\nb,-1,,0.75\r\n", "", "a|b"),
    ("old Mac", "gene,0,10,20\ra,0.5,-1.25,2\rb,-1,,0.75\r", "", "a|b"),
    ("no last line end", "gene,0,10,20\na,0.5,-1.25,2\nb,-1,,0.75", "", "a|b"),
    ("title above", "Table S2. Log ratios\ngene,0,10,20\na,0.5,-1.25,2\nb,-1,,0.75\n", "comments", "a|b"),
    ("sheet with a title", "Table S2,,,\n,,,\ngene,0,10,20\na,0.5,-1.25,2\nb,-1,,0.75\n", "comments", "a|b"),
    ("quoted title", '"Table S2, log",,,\ngene,0,10,20\na,0.5,-1.25,2\nb,-1,,0.75\n', "comments", "a|b"),
    ("comments", "# made by R\n# on a day\ngene,0,10,20\na,0.5,-1.25,2\nb,-1,,0.75\n", "comments", "a|b"),
    ("comment below", "gene,0,10,20\na,0.5,-1.25,2\nb,-1,,0.75\n# the end\n", "comments", "a|b"),
    ("faults of Excel", "gene,0,10,20\na,0.5,-1.25,2\nb,-1,#DIV/0!,0.75\n", "faults_of_excel", "a|b"),
    ("R, write.table", '"0" "10" "20"\n"a" 0.5 -1.25 2\n"b" -1 NA 0.75\n', "", "a|b"),
    ("R, names of columns", '"X0" "X10" "X20"\n"a" 0.5 -1.25 2\n"b" -1 NA 0.75\n', "", "a|b"),
    ("R, write.csv", '"","0","10","20"\n"a",0.5,-1.25,2\n"b",-1,NA,0.75\n', "", "a|b"),
    ("empty columns behind", "gene,0,10,20,,\na,0.5,-1.25,2,,\nb,-1,,0.75,,\n", "", "a|b"),
    ("empty column between", "gene,0,10,,20\na,0.5,-1.25,,2\nb,-1,,,0.75\n", "", "a|b"),
    ("rows without anything", "gene,0,10,20\n,,,\na,0.5,-1.25,2\n\nb,-1,,0.75\n,,,\n", "", "a|b"),
    ("description", "gene,what,0,10,20\na,a cyclin,0.5,-1.25,2\nb,,-1,,0.75\n", "columns_left_out", "a|b"),
    ("text behind", 'gene,0,10,20,what\na,0.5,-1.25,2,"1, one"\nb,-1,,0.75,x\n', "columns_left_out", "a|b"),
    ("numbers of no time", "gene,p,0,10,20\na,0.1,0.5,-1.25,2\nb,0.2,-1,,0.75\n", "columns_left_out", "a|b"),
    ("spreads", "gene,0,10,20,0 sd\na,0.5,-1.25,2,0.1\nb,-1,,0.75,0.2\n", "columns_left_out", "a|b"),
    ("names in UTF-8", "gène,0,10,20\nα-tubulin,0.5,-1.25,2\n遺伝子,-1,,0.75\n", "", "α-tubulin|遺伝子"),
    ("quoted line end", 'gene,0,10,20\n"a\nb",0.5,-1.25,2\nb,-1,,0.75\n', "", "a\nb|b"),
    ("repeated gene", "gene,0,10,20\na,0.5,-1.25,2\na,-1,,0.75\n", "numbered_names", "a|a#2"),
    ("unnamed gene", "gene,0,10,20\na,0.5,-1.25,2\n,-1,,0.75\n", "unnamed_genes", "a|unnamed#3"),
    ("numbered rows, pandas", ",gene,0,10,20\n0,a,0.5,-1.25,2\n1,b,-1,,0.75\n", "named", "a|b"),
    ("numbered times", ",time,a,b\n0,0,0.5,-1\n1,10,-1.25,\n2,20,2,0.75\n", "named transposed", "a|b"),
    ("numbers of rows left over", ",gene,0,10,20\n3,a,0.5,-1.25,2\n17,b,-1,,0.75\n", "named", "a|b"),
    ("numbered by R", '"","ID","X0","X10","X20"\n"1","a",0.5,-1.25,2\n"2","b",-1,NA,0.75\n', "named", "a|b"),
    ("numbered genes", "gene,0,10,20\n1,0.5,-1.25,2\n2,-1,,0.75\n", "", "1|2"),
    ("minus signs", "gene,0,10,20\na,0.5,\u22121.25,2\nb,\u22121,,0.75\n", "", "a|b"),
    ("scientific", "gene,0,10,20\na,5e-1,-1.25E0,+2.0\nb,-1e0,nan,.75\n", "", "a|b"),
    ("blanks around", "gene , 0 , 10 , 20\n a , 0.5 , -1.25 , 2\n b , -1 ,  , 0.75\n", "", "a|b"),
    ("genes across", "time,a,b\n0,0.5,-1\n10,-1.25,\n20,2,0.75\n", "transposed", "a|b"),
    ("genes across, units", "time,a,b\n0 min,0.5,-1\n10 min,-1.25,\n20 min,2,0.75\n", "transposed", "a|b"),
    ("seconds by the corner", "time (s),0,600,1200\na,0.5,-1.25,2\nb,-1,,0.75\n", "unit", "a|b"),
)  # fmt: skip


def _of_tables() -> list[Example]:
    made = [
        written("table", title, text, genes, _AT, _TWO, codes, suffix=".tsv" if "\t" in text else ".csv")
        for title, text, codes, genes in TABLES
    ]
    many = "".join(f"# line {n}, which says, nothing\n" for n in range(60))
    text = f"{many}gene\t0\t10\t20\na\t0.5\t-1.25\t2\nb\t-1\t\t0.75\n"
    made.append(written("table", "many comments", text, "a|b", _AT, _TWO, "comments", suffix=".tsv"))
    thousands = 'gene,0,10,20\na,"1,234.5","-2,000,000",3\nb,"12,345.25",,-4\n'
    made.append(
        written(
            "table", "thousands parted", thousands, "a|b", _AT, [[1234.5, -2e6, 3], [12345.25, _X, -4]]
        )
    )  # fmt: skip
    swapped = b"array,minutes,dye swap\nA1,0,no\nA2,10,yes\nA3,20,no\n"
    text = "gene,A1,A2,A3,other\na,0.5,1.25,2,7\nb,-1,,0.75,7\n"
    made.append(
        written("table", "dye swap", text, "a|b", _AT, _TWO, "columns_left_out", samples=swapped)
    )  # fmt: skip
    return made


def _of_several() -> list[Example]:
    """Several experiments in a file, as in the table of Spellman et al. 1998."""
    counts = {
        "alpha": range(0, 120, 7),
        "cdc15_": (10, 30, 50, 70, 80),
        "cdc28_": range(0, 60, 10),
        "elu": range(0, 120, 30),
    }
    arrays = ["cln3-1", "cln3-2", "clb", "clb2-2", "clb2-1"]
    labels, courses = [*arrays], []
    cells: list[list[str]] = [[] for _ in ORFS]
    for row, array in zip(cells, wave(len(ORFS), len(arrays), 50).tolist(), strict=True):
        row += [f"{x:g}" for x in array]
        row[2] = ""
    for number, (prefix, times) in enumerate(counts.items()):
        name = prefix.rstrip("_")
        values = wave(len(ORFS), len(times), 10 * number)
        labels += [name, *(f"{prefix}{time}" for time in times)]
        for row, own in zip(cells, text_of(values), strict=True):
            row += ["", *own]
        courses.append(told(ORFS, times, values, name=name, sync=name))
    content = lay(["", *labels], ORFS, cells, "\t")
    codes = frozenset({"format", "columns_left_out", "sync"})
    combined = Example("spellman", "combined.txt", content, tuple(courses), codes, suffix=".txt")
    one = Example("spellman", "one of combined.txt", content, (courses[1],), codes, {"experiment": "CDC15"})
    groups = b"library,group,hour\n" + b"".join(
        f"l{n},{'AB'[n // 3]},{n % 3 * 4}\n".encode() for n in range(6)
    )
    values = wave(len(ORFS), 6)
    parts = tuple(
        told(ORFS, (0, 240, 480), values[:, 3 * n : 3 * n + 3], name=name) for n, name in enumerate("AB")
    )
    design = lay(["gene", *(f"l{n}" for n in range(6))], ORFS, text_of(values))
    return [combined, one, Example("table", "a design of two groups", design, parts, samples=groups)]


def packed(example: Example) -> Example:
    """Return an example in gzip."""
    return replace(example, content=gzip.compress(example.content, mtime=0), suffix=f"{example.suffix}.gz")


EXAMPLES: tuple[Example, ...] = (*_of_spelling(), *_of_tools(), *_of_other_forms(), *_of_several())
