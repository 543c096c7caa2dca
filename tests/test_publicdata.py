"""The public data: the table, the folder, and the loaders - on files made up here, and on the real ones."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from phasecall import datasets, io
from phasecall.datasets import DATASETS
from phasecall.errors import InputError, MissingDataError
from phasecall.labels import encode
from phasecall.phases import SCHEMES
from phasecall.publicdata import (
    PUBLIC,
    VARIABLE,
    PublicDataset,
    data_folder,
    export_public,
    fetching,
    folder,
    load_angles,
    load_gene_set,
    load_go_slim,
    load_orfs,
    load_public,
    load_public_labels,
    reason_absent,
    state_of,
)

COURSES = [key for key, row in PUBLIC.items() if row.kind == "time course"]
needs_folder = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"{VARIABLE} is not set: the public data are not here"
)


# The table


def test_keys_and_files() -> None:
    assert all(key == row.key for key, row in PUBLIC.items())
    assert not set(PUBLIC) & set(DATASETS)
    assert len({row.file for row in PUBLIC.values()}) == 14
    for row in PUBLIC.values():
        assert len(row.sha256) == len(row.text_sha256) == 64
        assert (row.sha256 == row.text_sha256) == (not row.file.endswith(".gz"))
        assert set(row.needs) <= set(PUBLIC)


@pytest.mark.parametrize("key", PUBLIC)
def test_every_row_says_where_it_is_from(key: str) -> None:
    row = PUBLIC[key]
    assert row.homes
    assert all(address.startswith("https://") for address in (*row.homes, *row.addresses))
    assert row.recipe
    assert row.licence
    assert row.source
    assert row.doi.startswith("10.")
    assert (row.period is None) == (row.period_source is None) == (row.kind != "time course")
    assert not row.revised or row.addresses


def test_the_page_names_every_set() -> None:
    page = (Path(__file__).parents[1] / "docs" / "data.md").read_text("utf-8")
    assert [key for key, row in PUBLIC.items() if f"`{key}`" not in page or f"`{row.file}`" not in page] == []
    assert all(row.doi in page for row in PUBLIC.values())


def test_nothing_heavy_is_imported_for_the_table() -> None:
    heavy = "{'numpy', 'urllib.request', 'rich'}"
    code = f"import sys, phasecall.publicdata; sys.exit(bool({heavy} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# The folder


def test_the_variable_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "~/courses")
    assert data_folder() == Path.home() / "courses"


@pytest.mark.parametrize(
    ("platform", "variable", "value", "expected"),
    [
        ("linux", "XDG_DATA_HOME", "/data", "/data/phasecall"),
        ("linux", "XDG_DATA_HOME", "data", "~/.local/share/phasecall"),
        ("linux", "XDG_DATA_HOME", "", "~/.local/share/phasecall"),
        ("darwin", "XDG_DATA_HOME", "/data", "~/Library/Application Support/phasecall"),
        ("win32", "LOCALAPPDATA", "/local", "/local/phasecall"),
        ("win32", "LOCALAPPDATA", "", "~/AppData/Local/phasecall"),
    ],
)
def test_the_folder_of_a_user(
    platform: str, variable: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, value)
    assert data_folder() == Path(expected).expanduser()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of public data in which every text counts as the one expected."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(folder, "is_expected", lambda dataset, text: True)
    return tmp_path


def put(place: Path, key: str, text: str) -> None:
    file = PUBLIC[key].file
    content = text.encode()
    (place / file).write_bytes(gzip.compress(content) if file.endswith(".gz") else content)


ORFS = (
    "orf\tgene\tstatus\tdescription\n"
    "YAL040C\tCLN3\tVerified\tcyclin\n"
    'YBR023C\tCHS3\tVerified\tmakes 5" chitin\n'
    "YAL069W\t\tDubious\tunlikely\n"
)


def read(key: str) -> object:
    """Load a data set of any kind."""
    if PUBLIC[key].kind == "time course":
        return load_public(key)
    if PUBLIC[key].kind == "labels":
        return load_public_labels(key)
    if PUBLIC[key].kind == "gene set":
        return load_gene_set(key)
    if PUBLIC[key].kind == "angles":
        return load_angles(key)
    return load_orfs() if key == "sgd-orfs" else load_go_slim()


@pytest.mark.parametrize("key", PUBLIC)
def test_what_is_absent_says_where_it_was_looked_for_and_what_to_do(key: str, place: Path) -> None:
    row = PUBLIC[key]
    with pytest.raises(MissingDataError, match=f"the data set '{key}' is not here") as caught:
        read(key)
    told = caught.value
    assert (told.code, told.exit_status, told.where) == ("missing_data", 2, str(place))
    assert told.expected == f"the file {row.file}"
    verb = "fetch" if row.addresses else "show"
    assert f"phasecall datasets {verb} {key}" in str(told.fix)
    assert f"or set {VARIABLE} to the folder that holds it" in str(told.fix)
    assert state_of(row) == "absent"
    assert str(reason_absent(key)).startswith(f"the data set '{key}' is not here; ")


def test_a_reason_names_what_is_needed_too(place: Path) -> None:
    put(place, "orlando2008-wt1", "time_points\t30\t46\nCLN3\t1\t2\n")
    assert str(reason_absent("orlando2008-wt1")).startswith("the data set 'sgd-orfs' is not here")
    with pytest.raises(MissingDataError, match="'sgd-orfs' is not here"):
        load_public("orlando2008-wt1")
    put(place, "sgd-orfs", ORFS)
    assert reason_absent("orlando2008-wt1") is None


def test_a_folder_that_is_a_file_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    assert state_of(PUBLIC["pramila2006"]) == "absent"


def test_an_altered_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    put(tmp_path, "benchmark-b1", "YAL040C\n")
    with pytest.raises(InputError, match="'benchmark-b1' is not the one expected") as caught:
        load_gene_set("benchmark-b1")
    assert caught.value.expected == f"SHA-256 {PUBLIC['benchmark-b1'].text_sha256} of its text"
    assert hashlib.sha256(b"YAL040C\n").hexdigest() in str(caught.value.found)
    assert state_of(PUBLIC["benchmark-b1"]) == "altered"
    assert "is not the one expected; move it away" in str(reason_absent("benchmark-b1"))


def test_another_revision_of_a_revised_file_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    put(tmp_path, "sgd-orfs", ORFS + "".join(f"Y{number:05d}\t\tDubious\t\n" for number in range(6000)))
    assert state_of(PUBLIC["sgd-orfs"]) == "another revision"
    assert load_orfs()["YAL040C"].gene == "CLN3"


@pytest.mark.parametrize(
    ("key", "text", "found"),
    [
        ("sgd-orfs", "garbage\n", "this is not the table expected: 1: garbage"),
        ("sgd-orfs", ORFS, "the table seems cut off: 4 rows, not 6607"),
        ("go-slim", "<p>We\thave\tmoved\n", "this is not the table expected: 3: <p>We have moved"),
        ("go-slim", "A\tB\tC\tP\tE\tF\tG\n", "the table seems cut off: 1 rows, not 55514"),
    ],
)
def test_what_is_no_revision_of_a_revised_file_is_refused(
    key: str, text: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    put(tmp_path, key, text)
    assert state_of(PUBLIC[key]) == "altered"
    with pytest.raises(InputError, match=f"'{key}' is not the one expected") as caught:
        read(key)
    assert caught.value.found == found
    assert str(caught.value.expected).endswith("of its text, or a revision of it")
    assert f"phasecall datasets fetch {key}" in str(caught.value.fix)
    outcome = fetching.fetch([key])[0]
    assert (outcome.status, str(outcome.error)) == ("failed", str(caught.value))


def test_unknown_keys_and_wrong_kinds(place: Path) -> None:
    for load in (load_public, load_public_labels, load_angles, load_gene_set, reason_absent):
        with pytest.raises(InputError, match="no public data set named 'alpha'"):
            load("alpha")
    with pytest.raises(
        InputError, match="'benchmark-b1' is no time course\n  expected: one of spellman-alpha"
    ):
        load_public("benchmark-b1")
    with pytest.raises(InputError, match="'pramila2006' holds no gene sets\n  expected: one of benchmark-b1"):
        load_gene_set("pramila2006")
    with pytest.raises(InputError, match="'pramila2006' holds no labels"):
        load_public_labels("pramila2006")
    with pytest.raises(InputError, match="'known-104' holds no angles"):
        load_angles("known-104")


# The loaders, on files made up here


def test_one_experiment_is_cut_out_of_the_combined_table(place: Path) -> None:
    header = "\tcln3-1\talpha\talpha0\talpha7\tcdc15\tcdc15_10\tcdc15_30\telu\telu0\telu30\n"
    put(
        place,
        "spellman-alpha",
        f"{header}YAL001C\t9\t\t1\t\t\t3\t4\t\t5\t6\nYAL002W\t9\t\t\t\t\t3\t4\t\t5\t6\n",
    )
    alpha = load_public("spellman-alpha")
    assert (alpha.name, alpha.sync, alpha.genes) == ("spellman-alpha", "alpha", ("YAL001C", "YAL002W"))
    assert alpha.times.tolist() == [0, 7]
    assert_array_equal(alpha.values, [[1, np.nan], [np.nan, np.nan]])
    assert [note.code for note in alpha.notes] == ["all_missing_genes", "all_missing_times"]
    cdc15 = load_public("spellman-cdc15")
    assert (cdc15.times.tolist(), cdc15.values[0].tolist()) == ([10, 30], [3, 4])
    assert {"uneven", "alternating"} <= {note.code for note in cdc15.notes}
    assert load_public("spellman-elu").values[0].tolist() == [5, 6]


def test_names_become_orfs_and_no_row_is_lost(place: Path) -> None:
    put(place, "sgd-orfs", ORFS)
    rows = ["CLN3", "YAL040C", "A /// B", "A /// B", "NEW1", '"ARG5,6"', "YAL069W"]
    body = "".join(f"{name}\t{number}\t2\n" for number, name in enumerate(rows))
    put(place, "orlando2008-wt1", f"time_points\t30\t46\n{body}")
    course = load_public("orlando2008-wt1")
    wanted = ("YAL040C", "YAL040C#2", "A /// B", "A /// B#2", "NEW1", "ARG5,6", "YAL069W")
    assert course.genes == wanted
    assert course.values[:, 0].tolist() == list(range(7))
    notes = {note.code: note.text for note in course.notes}
    assert notes["names"] == (
        "3 of 7 names were turned into ORFs by SGD's table, 4 not: 2 of several genes, "
        "2 that SGD does not know (NEW1, ARG5,6)"
    )
    assert notes["numbered_names"].endswith("later rows are numbered: YAL040C#2, A /// B#2")
    assert {"recovery", "damped"} <= set(notes)


def test_ratios_become_logarithms(place: Path) -> None:
    put(place, "whitfield2002", "Unnamed: 0,0hr_10127,2hr_10129\n1049030,2.0,0.25\nIMAGE:1,1,\n")
    course = load_public("whitfield2002")
    assert (course.times.tolist(), course.sync) == ([0, 120], "thymidine")
    assert_array_equal(course.values, [[1, -2], [0, np.nan]])
    assert {"log2", "clones", "unit"} <= {note.code for note in course.notes}
    put(place, "whitfield2002", "Unnamed: 0,0hr_10127,2hr_10129\n1049030,2.0,0\n")
    with pytest.raises(InputError, match="a ratio is not above 0"):
        load_public("whitfield2002")


def test_known_genes(place: Path) -> None:
    put(place, "sgd-orfs", ORFS)
    text = (
        "Known Regulated Genes\n\nThere are 4 genes here, determined by traditional methods.\n\n"
        "M/G1 Boundary (SWI5 dependent):\n\nCLN3, NEW1.\n\nLate G1, SCB regulated:\n\nCSD2/CHS3, VAN2/GOG5.\n"
        "S-phase:\n\nHistones: HHT1, YAL069w(MST2).\n"
    )
    put(place, "known-104", text)
    assert load_public_labels("known-104") == {
        "YAL040C": "M/G1",
        "NEW1": "M/G1",
        "YBR023C": "G1",
        "VAN2/GOG5": "G1",
        "HHT1": "S",
        "YAL069W": "S",
    }


def test_angles_run_with_time(place: Path) -> None:
    header = '"ORF","SGD","Peak","Phase.Order","Phase"\n'
    put(
        place,
        "spellman-angles",
        f'{header}"A","A","M/G1",1,0.554\n"","B","G1",2,-0.526\n"C","","G2/M",3,0.565\n',
    )
    angles = load_angles()
    assert list(angles) == ["A", "B", "C"]
    assert_allclose(list(angles.values()), [0.001, 0.173, 0.999], atol=0.0005)


def test_terms(place: Path) -> None:
    rows = [
        "YAL040C\tCLN3\tS1\tP\tcell cycle\tGO:1\tORF|Verified",
        "CPX-1\tcomplex\tS2\tP\tcell cycle\tGO:1\tprotein complex",
        "YBR023C\tCHS3\tS3\tP\tcell cycle\tGO:1\tORF|Verified",
        "YAL040C\tCLN3\tS1\tP\tcell cycle\tGO:1\tORF|Verified",
        "YAL040C\tCLN3\tS1\tC\tnucleus\tGO:2\tORF|Verified",
    ]
    put(place, "go-slim", "\n".join(rows))
    one, two = load_go_slim()
    assert (one.key, one.name, one.aspect, one.genes) == ("GO:1", "cell cycle", "P", ("YAL040C", "YBR023C"))
    assert two.genes == ("YAL040C",)


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("go-slim", "a\tb\n", "this is not the table expected\n  expected: 7 columns\n  found: 2: a b"),
        (
            "go-slim",
            "a\tb\tc\tX\te\tf\tg\n",
            "no GO slim mapping\n  expected: P, F or C in column 4\n  found: X",
        ),
        ("sgd-orfs", "a\tb\tc\td\n", "this is no table of ORFs\n  expected: orf, gene, status, description"),
    ],
)
def test_annotations_of_another_layout_are_refused(key: str, text: str, problem: str, place: Path) -> None:
    put(place, key, text)
    with pytest.raises(InputError, match=problem):
        read(key)


def test_export_is_read_again(place: Path) -> None:
    put(place, "pramila2006", '"","0","5"\n"YAL001C",0.1722,\n"YAL002W",1e-7,-3\n')
    for name in ("course.tsv", "course.tsv.gz"):
        again = io.read(export_public("pramila2006", place / name))
        assert again.sha256() == load_public("pramila2006").sha256()
    with pytest.raises(InputError, match="'go-slim' is no time course"):
        export_public("go-slim", place / "slim.tsv")


# The real files


@needs_folder
@pytest.mark.parametrize("key", PUBLIC)
def test_real_files_are_those_of_the_table(key: str) -> None:
    row = PUBLIC[key]
    assert state_of(row) in (("here", "another revision") if row.revised else ("here",))
    assert reason_absent(key) is None


@needs_folder
@pytest.mark.parametrize("key", COURSES)
def test_real_courses(key: str) -> None:
    row, course = PUBLIC[key], load_public(key)
    assert course.values.shape == row.shape
    assert (course.name, course.sync) == (key, row.sync)
    assert row.period is not None
    # A course may be shorter than what is needed to see its period twice, not shorter than the period.
    assert row.period <= np.ptp(course.times) + 1e-9
    assert {code for code, _ in row.traits} <= {note.code for note in course.notes}


@needs_folder
@pytest.mark.parametrize("key", ["alpha", "cdc15", "cdc28", "elu"])
def test_the_800_genes_are_part_of_the_genome(key: str) -> None:
    genome, of_800 = load_public(f"spellman-{key}"), datasets.load(key)
    place = {gene: index for index, gene in enumerate(genome.genes)}
    shared = [gene for gene in of_800.genes if gene in place]
    assert len(shared) == 800
    assert_array_equal(genome.times, of_800.times)
    assert_allclose(genome.values[[place[gene] for gene in shared]], of_800.values, atol=0.0051)


@needs_folder
def test_the_interpolated_course_is_that_of_the_genome() -> None:
    genome, interpolated = load_public("spellman-cdc15"), datasets.load("cdc15-4381")
    place = {gene: index for index, gene in enumerate(genome.genes)}
    # The package that the table is from made R names of 43 ORFs: YAL064W.B for YAL064W-B.
    rows = [place[gene.replace(".", "-")] for gene in interpolated.genes]
    both = np.intersect1d(genome.times, interpolated.times[interpolated.measured()])
    assert both.size == 20
    left = interpolated.values[:, np.searchsorted(interpolated.times, both)]
    right = genome.values[np.ix_(rows, np.searchsorted(genome.times, both).tolist())]
    assert_allclose(left, right, atol=0.0051)


@needs_folder
def test_real_replicates_of_orlando() -> None:
    one, two = load_public("orlando2008-wt1"), load_public("orlando2008-wt2")
    assert one.genes == two.genes
    assert sum("#" in gene for gene in one.genes) == 17
    if state_of(PUBLIC["sgd-orfs"]) == "here":
        orfs = load_orfs()
        assert sum(gene.partition("#")[0] in orfs for gene in one.genes) == 5523


@needs_folder
def test_real_labels() -> None:
    published = datasets.load_labels()
    angles = load_angles()
    assert set(angles) == set(published)
    # The borders of the schemes are these angles, rounded to a thousandth of a turn.
    codes = encode(published, tuple(angles), SCHEMES["five"])
    turns = np.array(list(angles.values()))
    off = codes != SCHEMES["five"].assign(turns)
    borders = np.array([phase.start for phase in SCHEMES["five"].phases])
    assert np.abs(np.subtract.outer(turns[off], borders)).min(axis=1).max() < 0.001
    assert off.sum() < 10
    known = load_public_labels("known-104")
    assert Counter(known.values()) == {"G1": 53, "M/G1": 19, "G2/M": 15, "S/G2": 9, "S": 8}
    assert len(set(known) - set(load_orfs())) <= 4
    clones = load_public_labels("whitfield2002-phases")
    assert Counter(clones.values()) == {"G2/M": 181, "G2": 129, "M/G1": 126, "S": 125, "G1/S": 107}
    assert set(clones) <= set(load_public("whitfield2002").genes)
    for labels, scheme in ((known, "four"), (known, "five"), (clones, "human")):
        assert (encode(labels, tuple(labels), SCHEMES[scheme]) >= 0).all()


@needs_folder
def test_real_sets_and_annotations() -> None:
    genome = set(load_public("spellman-alpha").genes)
    for number, size in ((1, 113), (2, 352), (3, 518)):
        genes = load_gene_set(f"benchmark-b{number}")
        assert len(set(genes)) == len(genes) == size
        assert len(set(genes) & genome) > 0.95 * size
    orfs = load_orfs()
    assert len(orfs) > 6000
    assert {orf.status.partition("|")[0] for orf in orfs.values()} == {
        "Verified",
        "Uncharacterized",
        "Dubious",
    }
    terms = load_go_slim()
    assert {term.aspect for term in terms} == set("PFC")
    assert len({term.key for term in terms}) == len(terms)
    assert "YFR028C" in next(term for term in terms if term.name == "mitotic cell cycle").genes


def test_rows_are_frozen_and_made_by_replacing() -> None:
    row = replace(PUBLIC["pramila2006"], key="mine")
    assert isinstance(row, PublicDataset)
    assert "6215 genes x 25 columns" in row.description
