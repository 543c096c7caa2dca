"""The table of public data sets: what they are, where they come from, and how to know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from phasecall.datasets import DATASETS, Dataset

Conversion = Literal["as is", "ORFs of SGD's features"]

_STANFORD = "https://genome-www.stanford.edu/cellcycle/data/rawdata"
_NOT_STATED = "not stated at its home"
_GEO = "GEO places no restrictions; submitters may claim rights"
_B1 = "the 113 genes of benchmark-b1"


@dataclass(frozen=True, kw_only=True)
class PublicDataset(Dataset):
    """One public data set and what is known about it.

    Parameters
    ----------
    text_sha256
        Digest of the text in the file, unpacked: packing it anew does not matter.
    homes
        Where it is at home, for people.
    addresses
        What `fetch` downloads, the first that works; none where the file is to be made by hand.
    conversion
        How the file comes out of what is downloaded.
    recipe
        How the file is made from what is at its home.
    revised
        Whether the home replaces the file now and then: another text is taken if its layout is right.
    needs
        Keys of other public data sets without which this one cannot be read.
    columns
        What the labels of its columns begin with, where the file holds other experiments too.
    by_name
        Whether rows are named by gene, and get the names of their ORFs.
    ratios
        Whether values are ratios of which the logarithm is taken on reading.
    """

    text_sha256: str
    homes: tuple[str, ...]
    recipe: str
    addresses: tuple[str, ...] = ()
    conversion: Conversion = "as is"
    revised: bool = False
    needs: tuple[str, ...] = ()
    columns: str | None = None
    by_name: bool = False
    ratios: bool = False


def _spellman(key: str, columns: str, times: int) -> PublicDataset:
    """Return one experiment of Spellman's combined table; what the 800 genes share with it is said there."""
    of_800 = DATASETS[key]
    return PublicDataset(
        key=f"spellman-{key}",
        title=of_800.title.replace("the 800 genes", "the whole genome"),
        kind="time course",
        file="spellman1998_combined.txt.gz",
        sha256="cd64129f3f8e0c3f5d5198e0265b917b1c447cb207b409788bfc9035b8e9222d",
        text_sha256="0ec546bcb1dcbba99b0bdb3fe08bf20bfbfd325af3050aba3756f9e2ee225c9f",
        shape=(6178, times),
        period=of_800.period,
        period_source=of_800.period_source,
        sync=of_800.sync,
        traits=of_800.traits,
        doi=of_800.doi,
        source="Yeast Cell Cycle Analysis Project, Stanford: combined.txt",
        licence=_NOT_STATED,
        homes=(f"{_STANFORD}/combined.txt",),
        addresses=(
            f"{_STANFORD}/combined.txt",
            "https://web.archive.org/web/20210615234137id_/"
            "http://genome-www.stanford.edu/cellcycle/data/rawdata/combined.txt",
        ),
        recipe="combined.txt as it is, packed with gzip",
        columns=columns,
    )


_ANGLES = PublicDataset(
    key="spellman-angles",
    title="published angle of the 800 genes called cell-cycle regulated",
    kind="angles",
    file="spellman800_phases.csv",
    sha256="7cb1e991b95c85a10d35337d95ffd2efe295cd2476697b0672bc288e1718a451",
    text_sha256="7cb1e991b95c85a10d35337d95ffd2efe295cd2476697b0672bc288e1718a451",
    shape=(800, 10),
    unit="radians that run backwards in time; turns once they are read",
    traits=(("no_orf", "one row, YEL077C, has no ORF but only SGD's name for it, which is one"),),
    doi=DATASETS["phases"].doi,
    source="Yeast Cell Cycle Analysis Project, Stanford: CellCycle98.xls",
    licence=_NOT_STATED,
    homes=(f"{_STANFORD}/CellCycle98.xls",),
    recipe="CellCycle98.xls from the line with the names of the columns on, as CSV with R's names: ORF, SGD, "
    "Peak, Phase.Order, Cluster.Order, Known., Aggregate.Score, Phase, Process, Function",
)

_KNOWN = PublicDataset(
    key="known-104",
    title="genes whose phase was known from work on single genes",
    kind="labels",
    file="known_genes_104.txt",
    sha256="49bb68d18f061a93942e224e238ec41d738749ea9feda5e45f24b1f2b1bcd64e",
    text_sha256="49bb68d18f061a93942e224e238ec41d738749ea9feda5e45f24b1f2b1bcd64e",
    shape=(104, 1),
    unit="phase: M/G1, G1, S, S/G2 or G2/M",
    doi=DATASETS["phases"].doi,
    source="Yeast Cell Cycle Analysis Project, Stanford: known regulated genes",
    licence=_NOT_STATED,
    homes=("https://genome-www.stanford.edu/cellcycle/",),
    recipe="the text of the page 'Known Regulated Genes', a heading and a line of names for each group",
    needs=("sgd-orfs",),
    by_name=True,
)

_BENCHMARK_1 = PublicDataset(
    key="benchmark-b1",
    title="cell-cycle genes known from single-gene experiments",
    kind="gene set",
    file="benchmark_B1.txt",
    sha256="29e73ce95b50fb6f5615ce84af78a4f5b5c726e277e1099bbb30fd312916c1e1",
    text_sha256="29e73ce95b50fb6f5615ce84af78a4f5b5c726e277e1099bbb30fd312916c1e1",
    shape=(113, 1),
    unit="ORF",
    doi="10.1093/bioinformatics/bti093",
    source="de Lichtenberg et al. 2005, benchmark set B1",
    licence=_NOT_STATED,
    homes=("https://www.cbs.dtu.dk/cellcycle/yeast_benchmark/benchmark.php",),
    recipe="the ORFs of the set, one a line",
)

_PRAMILA = PublicDataset(
    key="pramila2006",
    title="alpha factor arrest and release every 5 minutes, the whole genome",
    kind="time course",
    file="pramila2006.csv.gz",
    sha256="1a05100902b30424e236608bd418c876cb805077fa893310ab2abd6d3bbd25ea",
    text_sha256="61169c800183982092ca197e03b256a786d1f91e5df0d7b32e46700f287ad265",
    shape=(6215, 25),
    period=63.0,
    period_source=f"estimated: explains most of {_B1}; the course spans nearly two turns",
    sync="alpha",
    traits=(("dye_swap", "each value is the mean of two arrays with the dyes swapped"),),
    doi="10.1101/gad.1450606",
    source="Pramila et al. 2006, GEO series GSE4987",
    licence=_GEO,
    homes=("https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GSE4987",),
    recipe="the mean of the two dye swaps, the sign of the second turned round; ORFs down the first column, "
    "minutes 0 to 120 by 5 along the header, CSV as R writes it",
)

_ORLANDO_1 = PublicDataset(
    key="orlando2008-wt1",
    title="wild type after elutriation, first replicate",
    kind="time course",
    file="orlando2008_wt1.tsv.gz",
    sha256="2322ff0851998b26b458104896698b0e6499d8832347e19324b66450e9d6521d",
    text_sha256="ecb2c5f7b1679998efd4b7194ca5d2acb95822d221bb9d83bc5ca971fc692252",
    shape=(5571, 15),
    unit="intensity, not logged",
    period=98.0,
    period_source="estimated: from 62 min on, explains most of the genes of benchmark-b1 in either replicate",
    sync="elu",
    traits=(
        ("recovery", "the first 60 min or so are recovery from the elutriation"),
        ("damped", "the culture loses its synchrony: the wave is damped"),
    ),
    doi="10.1038/nature06955",
    source="Orlando et al. 2008, GEO series GSE8799",
    licence=_GEO,
    homes=("https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GSE8799",),
    recipe="normalised intensities of one wild-type culture, probe sets by gene name down the first column "
    "(time_points), minutes along the header, TSV; the normalisation is not known here",
    needs=("sgd-orfs",),
    by_name=True,
)

_HELA = PublicDataset(
    key="whitfield2002",
    title="HeLa cells after a double thymidine block (Thy-Thy2)",
    kind="time course",
    file="whitfield2002_hela_thythy2.csv.gz",
    sha256="87c8e0b89761f8c374f832e5378ff5b41abbbc6e3fb011b5a5e8010d98eca77c",
    text_sha256="39874d3f790b23105b0145464cb6d80dcb02d97468e6cfde27c1e7a16fb9b4fb",
    shape=(11779, 12),
    organism="Homo sapiens",
    period=900.0,
    period_source="15.0 h, as for the borders of the scheme 'human'",
    sync="thymidine",
    traits=(("clones", "rows are clones on the array; several may be of one gene"),),
    doi="10.1091/mbc.02-02-0030",
    source="Human Cell Cycle, Stanford: the double thymidine course",
    licence=_NOT_STATED,
    homes=("https://genome-www.stanford.edu/Human-CellCycle/HeLa/",),
    recipe="ratios, not logged, of the arrays 10127 to 10149, clones without a gap; clones down the first "
    "column, hours and array along the header (0hr_10127 ... 44hr_10149), CSV",
    ratios=True,
)

_LIVER = PublicDataset(
    key="zhang2014",
    title="mouse liver every 2 hours over two days, circadian",
    kind="time course",
    file="zhang2014_mouse_liver.tsv.gz",
    sha256="8d9cc758f420a0770fde8c88bd8107b0e921e8446f8a3c6303d4b67237bcd8ce",
    text_sha256="ef27bee35543a8966a6e098c4c37e7113f330eae4fc612430a9109f8730b3094",
    shape=(12868, 24),
    unit="log2 intensity, of a zero that is not stated",
    organism="Mus musculus",
    period=1440.0,
    period_source="24 h, the days to which the mice were entrained",
    sync="light",
    traits=(("circadian", "a rhythm of the day, not of the cell cycle: phases of the cycle mean nothing"),),
    doi="10.1073/pnas.1408886111",
    source="Zhang et al. 2014, GEO series GSE54650, as in the R package TimeCycle (zhang2014)",
    licence=_GEO,
    homes=(
        "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GSE54650",
        "https://nesscoder.github.io/TimeCycle/reference/zhang2014.html",
    ),
    recipe="the table zhang2014 of TimeCycle: liver arrays normalised by RMA, the mean of a gene's probe "
    "sets, genes on three platforms; genes down the first column, ZT18 to ZT64 along the header, TSV",
)

_ORFS = PublicDataset(
    key="sgd-orfs",
    title="ORFs of the yeast genome: name, status, description",
    kind="annotation",
    file="sgd_orfs.tsv.gz",
    sha256="fa8b25f3cce0ad680b9df35e5a86c7d816ef400688ee25a54c87680849a6be71",
    text_sha256="79633a872750244e82cfb2510d198cf325137b09feb782db88bbacfade30827f",
    shape=(6607, 4),
    unit="text",
    doi="10.1093/nar/gkr1029",
    source="Saccharomyces Genome Database: SGD_features.tab",
    licence="CC BY 4.0",
    homes=("https://www.yeastgenome.org/",),
    addresses=(
        "https://downloads.yeastgenome.org/curation/chromosomal_feature/SGD_features.tab",
        "https://sgd-archive.yeastgenome.org/curation/chromosomal_feature/SGD_features.tab",
    ),
    conversion="ORFs of SGD's features",
    recipe="the ORFs of SGD_features.tab in their order: columns 4, 5, 3 and 16 under the header orf, gene, "
    "status, description, TSV",
    revised=True,
)

_SLIM = PublicDataset(
    key="go-slim",
    title="GO slim terms of yeast genes",
    kind="annotation",
    file="go_slim_mapping.tab.gz",
    sha256="fab4181da5f966f71544f6be0e8d7948f5a276e2d3fcbccdadc6889faa0d04a4",
    text_sha256="f2e4c009cbace63e3307e60ff43ad34c13626b6a3b58439d54439f93496bc257",
    shape=(55514, 7),
    unit="text",
    doi="10.1093/nar/gkr1029",
    source="Saccharomyces Genome Database: go_slim_mapping.tab",
    licence="CC BY 4.0",
    homes=("https://www.yeastgenome.org/",),
    addresses=(
        "https://downloads.yeastgenome.org/curation/literature/go_slim_mapping.tab",
        "https://sgd-archive.yeastgenome.org/curation/literature/go_slim_mapping.tab",
    ),
    recipe="go_slim_mapping.tab as it is, packed with gzip",
    revised=True,
)

_ROWS = (
    _spellman("alpha", "alpha", 18),
    _spellman("cdc15", "cdc15_", 24),
    _spellman("cdc28", "cdc28_", 17),
    _spellman("elu", "elu", 14),
    _ANGLES,
    _KNOWN,
    _BENCHMARK_1,
    replace(
        _BENCHMARK_1,
        key="benchmark-b2",
        title="cell-cycle genes whose promoters are bound by regulators of the cycle",
        file="benchmark_B2.txt",
        sha256="019434ca5488655721a200de703fc3a1fa71912ebe7f918b0be1bc9dcc19ebf9",
        text_sha256="019434ca5488655721a200de703fc3a1fa71912ebe7f918b0be1bc9dcc19ebf9",
        shape=(352, 1),
        source="de Lichtenberg et al. 2005, benchmark set B2",
    ),
    replace(
        _BENCHMARK_1,
        key="benchmark-b3",
        title="cell-cycle genes by annotation",
        file="benchmark_B3.txt",
        sha256="35ace6376a9aa6654dd5283e2b99e439738cd4ba15d82e4e0458a014173d91a2",
        text_sha256="35ace6376a9aa6654dd5283e2b99e439738cd4ba15d82e4e0458a014173d91a2",
        shape=(518, 1),
        source="de Lichtenberg et al. 2005, benchmark set B3",
    ),
    _PRAMILA,
    _ORLANDO_1,
    replace(
        _ORLANDO_1,
        key="orlando2008-wt2",
        title="wild type after elutriation, second replicate",
        file="orlando2008_wt2.tsv.gz",
        sha256="84d763fdf5c5e1306dccdfe8592ab3f67e7d374645f69793f79183098dff1154",
        text_sha256="84279560b85fde2cc0d0a6479aa2915efc77a59cf0341b062266acc229ad0dfc",
    ),
    _HELA,
    replace(
        _HELA,
        key="whitfield2002-phases",
        title="published phase of clones in HeLa cells",
        kind="labels",
        file="whitfield2002_hela_phase.csv",
        sha256="33a2f1132027838317970755a2d8fdb5c7e2523df6571b1bc3d2ece90cf7dbc4",
        text_sha256="33a2f1132027838317970755a2d8fdb5c7e2523df6571b1bc3d2ece90cf7dbc4",
        shape=(668, 3),
        unit="phase: G1/S, S, G2, G2/M or M/G1",
        period=None,
        period_source=None,
        sync=None,
        source="Human Cell Cycle, Stanford: the list of cell-cycle regulated clones",
        recipe="the clones of that list that are in the double thymidine course; clone, gene, phase as CSV",
        ratios=False,
    ),
    _LIVER,
    _ORFS,
    _SLIM,
)

PUBLIC: Mapping[str, PublicDataset] = MappingProxyType({row.key: row for row in _ROWS})
"""Every public data set, by key. No key is one of `DATASETS`."""
