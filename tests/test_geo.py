"""GEO: its files to time courses; what the words of samples say; one message for what cannot be used."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from deposits import Array, data_set, family, liver, matrix, orfs, orlando, pramila, waves, whitfield
from phasecall.clock.anchors import find_synchronisation
from phasecall.errors import InputError, PhasecallError
from phasecall.io.geo import GeoWishes, read_geo, recognise_geo
from phasecall.io.geo.experiments import TITLE, find_times
from phasecall.io.geo.freetext import SYNC_WORDS, marks_in, residue_of
from phasecall.timecourse import TimeCourse

SOURCE = "GSE1_series_matrix.txt"
NO_WISHES = GeoWishes()


def notes(course: TimeCourse, code: str) -> str:
    return "\n".join(note.text for note in course.notes if note.code == code)


def only(text: str, wanted: GeoWishes = NO_WISHES) -> TimeCourse:
    (course,) = read_geo(text, SOURCE, wanted)
    return course


def titled(*titles: str, **attributes: list[str]) -> str:
    """Return a series matrix of two genes with these titles and one attribute value a sample."""
    arrays = [
        Array(title, [float(index), -1.0], {key: texts[index] for key, texts in attributes.items()})
        for index, title in enumerate(titles)
    ]
    return matrix(arrays, ["a", "b"])


def refused(text: str, wanted: GeoWishes = NO_WISHES) -> InputError:
    with pytest.raises(InputError) as caught:
        read_geo(text, SOURCE, wanted)
    return caught.value


# Whole files


@pytest.mark.parametrize("turned", [False, True], ids=["as hybridised", "turned by the submitter"])
def test_swapped_dyes_get_the_culture_on_top(turned: bool) -> None:
    text, true = pramila(turned=turned)
    course = only(text)
    assert course.name == "GSE4987"
    assert course.sync == "alpha"
    assert_array_equal(course.times, np.repeat(np.arange(0, 125, 5), 2))
    mean = course.average_replicates().values
    # Dyes cancel where signs were not turned before; otherwise they stay as one constant a gene.
    found = mean - mean.mean(axis=1, keepdims=True) - true + true.mean(axis=1, keepdims=True)
    assert np.abs(found).max() < 0.01
    told = notes(course, "dye_swap")
    assert "25 pairs of swapped arrays" in told
    assert ("their signs agree" in told) == turned
    assert ("the sign of 25 of 50 samples was turned" in told) == (not turned)
    assert "running numbers from 0 to 120, in even steps of 5, were taken for minutes" in notes(
        course, "unit"
    )
    assert "'alpha factor release sample000' -> 0 min" in notes(course, "times")
    assert "25 of 25 times were measured more than once" in notes(course, "replicates")


def test_cultures_of_the_same_times_are_replicates() -> None:
    wild, mutant = read_geo(orlando(), SOURCE)
    assert (wild.name, mutant.name) == ("GSE8799 Wild type", "GSE8799 Cyclin mutant")
    assert wild.times.tolist() == sorted(2 * list(range(30, 270, 16)))
    assert "'Wild type 1', 'Wild type 2' have the same times" in notes(wild, "replicates")
    assert wild.sync == mutant.sync == "elutriation"
    assert "2 experiments" in notes(wild, "experiments")
    assert wild.genes[0] == "1769308_at"
    assert "the file names no genes" in notes(wild, "names")
    one = only(orlando(), GeoWishes(experiment="cyclin mutant", name="mine"))
    assert one.name == "mine Cyclin mutant"
    assert_array_equal(one.values, mutant.values)


def test_cultures_of_other_times_are_experiments() -> None:
    courses = read_geo(orlando(range(38, 278, 16)), SOURCE)
    assert [course.name.removeprefix("GSE8799 ") for course in courses] == [
        "Wild type 1",
        "Wild type 2",
        "Cyclin mutant 1",
        "Cyclin mutant 2",
    ]
    assert {course.times.size for course in courses} == {15}


def test_numbers_that_do_not_count_name_experiments() -> None:
    titles = [f"cdc {gene} {n} min" for gene in (15, 28) for n in (0, 10, 20, 30)]
    assert [course.name for course in read_geo(titled(*titles), SOURCE)] == ["GSE1 cdc 15", "GSE1 cdc 28"]


def test_hours_controls_and_numbered_courses() -> None:
    courses = read_geo(whitfield(), SOURCE)
    assert [course.name for course in courses] == [f"GSE22 HeLa Thy Thy {number}" for number in (1, 2, 3)]
    assert [course.times[-1] for course in courses] == [720.0, 2640.0, 1440.0]
    assert {course.sync for course in courses} == {"thymidine"}
    assert "GSM112100 'asynchronous HeLa 1', GSM112101" in notes(courses[0], "samples_left_out")


def test_day_and_night_do_not_split_a_course() -> None:
    course = only(liver())
    assert course.times.tolist() == [60.0 * hour for hour in range(18, 66, 2) for _ in range(2)]
    assert course.sync is None
    assert "'ZT18 liver rep1' -> 1080 min" in notes(course, "times")


def test_a_family_file_names_rows_by_its_platform() -> None:
    times, ids = [0, 7, 14, 21, 28], ["S1", "S2", "S3", "S4"]
    values = waves(4, times)
    values[1, 2] = np.nan
    arrays = [
        Array(f"array {index}", values[:, index].tolist(), {"characteristics_ch1": [f"time (min): {time}"]})
        for index, time in enumerate(times)
    ]
    annotation = {"SYMBOL": ["CLN2", "", "CLB2", ""], "ORF": ["YPL256C", "YPL256C", "YPR119W", ""]}
    course = only(family(arrays, ids, annotation))
    assert course.genes == ("YPL256C", "YPL256C#2", "YPR119W", "S4")
    assert_array_equal(course.values, values)
    assert course.times.tolist() == times
    assert "column 'ORF'" in notes(course, "names")
    assert "rows without a gene keep their ID (1): S4" in notes(course, "names")
    assert "YPL256C#2" in notes(course, "numbered_names")


def test_rows_of_a_family_file_are_joined_by_their_id() -> None:
    arrays = [Array(f"{time} min", [time, time + 1.0]) for time in (0, 10, 20, 30)]
    text = family(arrays, ["p", "q"], {})
    # The second sample has its rows the other way round, the third lacks one and has another.
    pieces = text.split("^SAMPLE")
    pieces[2] = pieces[2].replace("p\t10.0\t0\nq\t11.0\t0\n", "q\t11.0\t0\np\t10.0\t0\n")
    pieces[3] = pieces[3].replace("q\t21.0\t0\n", "r\t5\t0\n")
    course = only("^SAMPLE".join(pieces))
    assert course.genes == ("p", "q", "r")
    assert_array_equal(course.values, [[0, 10, 20, 30], [1, 11, np.nan, 31], [np.nan, np.nan, 5, np.nan]])
    assert "4 of 4 samples lack some of the 3 rows" in notes(course, "rows_joined")


def test_a_data_set_is_read_by_its_subsets() -> None:
    course = only(data_set())
    assert (course.name, course.sync) == ("GDS38", "cdc15")
    assert course.genes == ("CLN2", "CLB2", "--Control", "CLN2#2")
    assert course.times.tolist() == [0, 10, 20, 30, 40, 50]
    assert course.values[1].tolist() == [1, 2, 3, 4, 5, 6]
    assert "!Sample_characteristics: time" in notes(course, "times")


def test_platforms_are_courses_of_their_own() -> None:
    arrays = [Array(f"{time} min", [time]) for time in (0, 10, 20, 30)]
    first, second = family(arrays, ["p"], {}), family(arrays, ["q"], {})
    second = second[second.index("^PLATFORM") :].replace("GPL7", "GPL8").replace("GSM1121", "GSM1122")
    courses = read_geo(first + second, SOURCE)
    assert [(course.name, course.genes) for course in courses] == [
        ("GSE2 GPL7", ("p",)),
        ("GSE2 GPL8", ("q",)),
    ]
    assert only(first + second, GeoWishes(platform="gpl8")).genes == ("q",)
    assert "no samples on 'GPL9'" in refused(first + second, GeoWishes(platform="GPL9")).problem


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["windows", "old mac"])
def test_line_ends_do_not_matter(end: str) -> None:
    text = orlando()
    for one, other in zip(read_geo(text, SOURCE), read_geo(text.replace("\n", end), SOURCE), strict=True):
        assert one.sha256() == other.sha256()


def test_a_file_of_geo_is_recognised() -> None:
    assert recognise_geo(orlando()) == "its first line begins with '!Series_' and a table follows"
    assert recognise_geo(data_set()) == "its first line begins with '^DATABASE'"
    assert recognise_geo("gene\t0\t10\n!Series_title\t1\t2\n") is None
    assert recognise_geo("") is None


# Times


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("time point 5 min", 5),
        ("t = 30 min", 30),
        ("30'", 30),
        ("0h", 0),
        ("1 hr 30 min", 90),
        ("HeLa 1h30", 90),
        ("00:30", 30),
        ("ZT4", 240),
        ("liver_CT 18_rep2", 1080),
        ("120 minutes after release", 120),
        ("cdc15 release, 70 min", 70),
        ("cdc15_10min", 10),
        ("wild type 1, 30 minutes", 30),
        ("zero time point", 0),
        ("90s", 1.5),
        ("2 days", 2880),
        ("12hpr", 720),
        ("alpha factor, hour 3", 180),
        ("release from nocodazole (1.5 h)", 90),
        ("- 10 min", 10),
        ("wt,10 min", 10),
        ("day 2", 2880),
        ("t=-10 min", -10),
    ],
)
def test_a_time_with_a_unit_is_found_in_a_text(text: str, minutes: float) -> None:
    mark = marks_in(text)[0]
    assert mark.kind == "unit"
    assert mark.minutes is not None
    assert mark.number * mark.minutes == pytest.approx(minutes)


@pytest.mark.parametrize("text", ["T30", "t = 30", "time point 30", "timepoint_30", "TP 30"])
def test_a_word_for_time_stands_before_a_bare_number(text: str) -> None:
    assert [(mark.number, mark.kind) for mark in marks_in(text)] == [(30.0, "word")]


@pytest.mark.parametrize(
    "text",
    [
        "cdc15 at 37C",
        "T47D cells",
        "7 weeks old",
        "2% glucose",
        "0.5M sorbitol",
        "5'-end",
        "30 C",
        "50 ng/ml",
    ],
)
def test_other_numbers_are_no_times(text: str) -> None:
    assert all(mark.kind == "number" for mark in marks_in(text))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Wild type 1, 30 minutes", "Wild type 1"),
        ("clb mutant (dye swap), t = 70 min, biological replicate A", "clb mutant"),
        ("ZT18 liver rep1", "liver"),
        ("cdc28-13 at 37C, 20 min", "cdc28 13 37C"),
    ],
)
def test_what_is_left_of_a_text(text: str, left: str) -> None:
    assert residue_of(text) == left


def test_a_characteristic_called_time_beats_the_title() -> None:
    text = titled(*[f"{n} min" for n in (1, 2, 4, 8)], characteristics_ch1=[f"time: {n} h" for n in range(4)])
    course = only(text)
    assert course.times.tolist() == [0, 60, 120, 180]
    assert "!Sample_characteristics: time" in notes(course, "times")


def test_a_unit_beats_a_bare_number() -> None:
    text = titled("0 h", "1 h", "2 h", "3 h", characteristics_ch1=[f"time point: {n}" for n in (1, 3, 5, 9)])
    assert only(text).times.tolist() == [0, 60, 120, 180]


def test_the_key_of_a_characteristic_may_hold_the_unit() -> None:
    text = titled(*"abcd", characteristics_ch1=[f"hours after release: {n}" for n in (0, 1, 2, 3)])
    assert only(text).times.tolist() == [0, 60, 120, 180]


def test_columns_of_characteristics_may_disagree() -> None:
    arrays = [
        Array(f"s{time}", [time], {"characteristics_ch1": both if time < 20 else both[::-1]})
        for time in (0, 10, 20, 30)
        for both in [[f"time: {time} min", "strain: W303"]]
    ]
    assert only(matrix(arrays, ["a"])).times.tolist() == [0, 10, 20, 30]


def test_numbers_without_a_unit_are_minutes_and_a_note_says_so() -> None:
    text = titled("T0", "T20", "T40", "T60")
    course = only(text)
    assert course.times.tolist() == [0, 20, 40, 60]
    assert "numbers without a unit were taken for minutes" in notes(course, "unit")
    assert only(text, GeoWishes(unit=60)).times.tolist() == [0, 1200, 2400, 3600]


@pytest.mark.parametrize("prefix", ["sample", "T", "array "])
def test_numbers_that_only_count_are_no_times_unless_the_unit_is_given(prefix: str) -> None:
    text = titled(*[f"{prefix}{n}" for n in (1, 2, 3, 4, 5)])
    fault = refused(text)
    assert "no text of the samples gives their times" in fault.problem
    assert f"'{prefix}1'" in str(fault.found)
    assert "--samples" in str(fault.fix)
    assert only(text, GeoWishes(unit=5)).times.tolist() == [5, 10, 15, 20, 25]


def test_running_numbers_are_judged_experiment_by_experiment() -> None:
    wanted = {"alpha": range(0, 120, 7), "cdc15": (10, 30, 50, 70, 80, 90), "elu": range(0, 391, 30)}
    text = titled(*[f"{sync}_{n}" for sync, numbers in wanted.items() for n in numbers])
    courses = read_geo(text, SOURCE)
    assert {course.name.split()[1]: tuple(course.times.tolist()) for course in courses} == {
        sync: tuple(numbers) for sync, numbers in wanted.items()
    }
    assert [course.sync for course in courses] == ["alpha", "cdc15", "elutriation"]
    assert "no text" in refused(text.replace("elu_60", "elu_61")).problem


def test_of_two_times_the_one_that_changes_is_taken() -> None:
    titles = [f"3 h alpha factor arrest, {n} min after release" for n in (0, 15, 30, 45)]
    assert only(titled(*titles)).times.tolist() == [0, 15, 30, 45]
    titles[0] = "alpha factor arrest, 0 min after release"
    reading = find_times([{TITLE: title} for title in titles], None)
    assert reading is not None
    assert reading.minutes == (0, 15, 30, 45)


def test_a_dash_before_every_number_is_no_sign() -> None:
    assert only(titled(*[f"wt -{n} min" for n in (10, 20, 30, 40)])).times.tolist() == [10, 20, 30, 40]
    assert only(titled(*[f"wt {n} min" for n in (-10, 0, 10, 20)])).times.tolist() == [-10, 0, 10, 20]


def test_samples_without_a_time_are_named() -> None:
    course = only(titled("0 min", "10 min", "20 min", "30 min", "log phase", "unsynchronised control, 0 min"))
    left = notes(course, "samples_left_out")
    assert "(2)" in left
    assert "GSM112104 'log phase', GSM112105 'unsynchronised control, 0 min'" in left


def test_another_field_that_disagrees_is_named() -> None:
    text = titled(
        "0 min", "10 min", "20 min", "30 min", source_name_ch1=[f"at {n} min" for n in (0, 10, 20, 40)]
    )
    told = notes(only(text), "times_disagree")
    assert told == '"!Sample_source_name" gives other times than "!Sample_title" for GSM112103'


def test_times_that_are_given_stand() -> None:
    text = titled("wt a", "wt b", "wt c", "wt d", "wt e")
    given_times = {"GSM112100": 5.0, "wt b": 10.0, "wt c": 20.0, "GSM112103": 40.0}
    course = only(text, GeoWishes(times=given_times))
    assert course.times.tolist() == [5, 10, 20, 40]
    assert "GSM112104 'wt e'" in notes(course, "samples_left_out")
    assert "'wt a' -> 5 min" in notes(course, "times")
    assert "GSM9" in str(refused(text, GeoWishes(times={"GSM9": 1.0})).found)


# Experiments


def test_a_treatment_splits_and_small_groups_are_named() -> None:
    agents = ["none"] * 4 + ["drug"] * 5 + ["other"]
    titles = [f"{n} min" for n in (0, 10, 20, 30, 0, 10, 20, 30, 40, 0)]
    first, second = read_geo(titled(*titles, characteristics_ch1=[f"agent: {a}" for a in agents]), SOURCE)
    assert (first.name, second.name) == ("GSE1 none", "GSE1 drug")
    assert (first.times.size, second.times.size) == (4, 5)
    assert "'other' (GSM112109)" in notes(first, "samples_left_out")


def test_reversed_light_is_a_condition_and_a_reversed_label_is_none() -> None:
    titles = [f"{word} {n} min" for word in ("reversed light", "light") for n in (0, 10, 20, 30)]
    assert len(read_geo(titled(*titles), SOURCE)) == 2
    titles = [f"{word} {n} min" for word in ("wt (dye reversed)", "wt") for n in (0, 10, 20, 30)]
    assert only(titled(*titles)).times.size == 8


def test_conditions_of_too_few_samples_are_not_mixed() -> None:
    fault = refused(titled(*[f"{who}, {n} min" for who in ("wt", "mutant") for n in (0, 10, 20)]))
    assert "no experiment of the file has 4 samples with a time" in fault.problem
    assert "'wt' (3), 'mutant' (3)" in str(fault.found)


def test_names_of_single_samples_do_not_split() -> None:
    titles = [f"{sync} s{number} {10 * n} min" for sync, first in (("cdc15", 1), ("cdc28", 7))
              for n, number in enumerate(range(first, first + 6))]  # fmt: skip
    courses = read_geo(titled(*titles), SOURCE)
    assert [(course.name, course.sync) for course in courses] == [
        ("GSE1 cdc15", "cdc15"),
        ("GSE1 cdc28", "cdc28"),
    ]


def test_an_experiment_that_is_not_there() -> None:
    fault = refused(orlando(), GeoWishes(experiment="clb2"))
    assert fault.expected == "one of 'Wild type', 'Cyclin mutant'"


# Synchronisation


@pytest.mark.parametrize(("key", "organism", "_"), SYNC_WORDS)
def test_every_synchronisation_of_the_words_is_known_to_the_clock(key: str, organism: str, _: str) -> None:
    row = find_synchronisation(key)
    assert row is not None
    assert (row.organism == "human") == (organism == "Homo sapiens")


@pytest.mark.parametrize(
    ("title", "organism", "sync"),
    [
        ("alpha-factor release", "Saccharomyces cerevisiae", "alpha"),
        ("MATalpha strain", "Saccharomyces cerevisiae", None),
        ("nocodazole", "Saccharomyces cerevisiae", "nocodazole-yeast"),
        ("thymidine-nocodazole", "Homo sapiens", "nocodazole"),
        ("double thymidine block", "Homo sapiens", "thymidine"),
        ("elutriation", "Schizosaccharomyces pombe", None),
        ("cdc15-2", "", "cdc15"),
    ],
)
def test_words_name_a_synchronisation(title: str, organism: str, sync: str | None) -> None:
    titles = [f"{title}, {n} min" for n in (0, 10, 20, 30)]
    course = only(titled(*titles, organism_ch1=[organism] * 4))
    assert course.sync == sync
    assert bool(notes(course, "sync")) == (sync is not None)
    assert only(titled(*titles), GeoWishes(sync="cdc28")).sync == "cdc28"


# Dyes


def two_colours(
    times: list[int], swapped: list[bool], signs: list[float], *, sources: bool = True, labels: bool = False,
    processing: str = "",
) -> str:  # fmt: skip
    """Return arrays of a culture beside a reference; sources, labels or titles say which dye it is in."""
    profile = dict(zip(sorted(set(times)), waves(60, sorted(set(times)), seed=3).T, strict=True))
    arrays = []
    for time, swap, sign in zip(times, swapped, signs, strict=True):
        origin, dyes = ["common reference", f"culture {time} min"], ["Cy3", "Cy5"]
        about = {"channel_count": "2"}
        if labels:
            dyes = dyes[::-1] if swap else dyes
        elif swap:
            origin = origin[::-1]
        for channel in (1, 2):
            about[f"source_name_ch{channel}"] = origin[channel - 1] if sources else "cells"
            about[f"label_ch{channel}"] = dyes[channel - 1]
        about["data_processing"] = processing
        title = f"{time} min{', dye swap' if swap and not sources else ''}"
        arrays.append(Array(title, (sign * profile[time]).round(3).tolist(), about))
    return matrix(arrays, orfs(60))


TIMES = [0, 10, 20, 30, 40, 50]
ALTERNATE = [False, True] * 3


def truth() -> np.ndarray:
    return waves(60, TIMES, seed=3)


@pytest.mark.parametrize("labels", [False, True], ids=["sources swapped", "labels swapped"])
def test_the_ratio_of_the_submitter_decides_where_no_pairs_are(labels: bool) -> None:
    signs = [-1.0 if swap else 1.0 for swap in ALTERNATE]
    course = only(
        two_colours(TIMES, ALTERNATE, signs, labels=labels, processing="log2 of Cy5/Cy3 after Lowess")
    )
    assert_allclose(course.values, truth())
    assert "the submitter's ratio is 'Cy5/Cy3'; GSM112101, GSM112103, GSM112105" in notes(course, "dye_swap")


def test_a_ratio_of_sample_to_reference_is_left() -> None:
    course = only(two_colours(TIMES, ALTERNATE, [1.0] * 6, processing="log ratio sample/reference"))
    assert_allclose(course.values, truth())
    assert "the ratio is 'sample/reference': signs were left" in notes(course, "dye_swap")


def test_the_reference_on_top_throughout_is_turned() -> None:
    course = only(two_colours(TIMES, [False] * 6, [-1.0] * 6, processing="ch1/ch2"))
    assert_allclose(course.values, truth())


@pytest.mark.parametrize("turned", [False, True])
def test_pairs_decide_where_titles_name_swaps(turned: bool) -> None:
    signs = [1.0] * 6 + [1.0 if turned else -1.0] * 6
    course = only(two_colours(TIMES * 2, [False] * 6 + [True] * 6, signs, sources=False))
    assert_allclose(course.values, np.repeat(truth(), 2, axis=1))


def test_titles_alone_turn_nothing() -> None:
    signs = [-1.0 if swap else 1.0 for swap in ALTERNATE]
    course = only(two_colours(TIMES, ALTERNATE, signs, sources=False))
    assert_allclose(course.values, truth() * signs)
    assert "nothing says whether signs were turned" in notes(course, "dye_swap")


def test_values_that_are_no_log_ratios_are_left() -> None:
    arrays = [
        Array(f"{time} min{', dye swap' if swap else ''}", [2.0, 0.5], {"channel_count": "2"})
        for time, swap in zip(TIMES, ALTERNATE, strict=True)
    ]
    course = only(matrix(arrays, ["a", "b"]))
    assert "these are no log ratios" in notes(course, "dye_swap")
    assert course.values.tolist() == [[2.0] * 6, [0.5] * 6]


# What cannot be used

GOOD = titled("0 min", "10 min", "20 min", "30 min")
SOFT = family(
    [Array(f"{time} min", [time, -1.0]) for time in (0, 10, 20, 30)], ["p", "q"], {"ORF": ["a", "b"]}
)

FAULTS = [
    ("no table", GOOD[: GOOD.index("!series_matrix_table_begin")], "no table of values", SOURCE),
    ("cut off", GOOD[: GOOD.rindex('"b"')], "a table begins and does not end", "line 7"),
    ("cut off at begin", GOOD[: GOOD.index('"ID_REF"')], "a table has no header", "line 7"),
    ("two tables", GOOD + GOOD[GOOD.index("!series_matrix_table_begin") :], "a second table", "line 12"),
    ("no rows", GOOD[: GOOD.index('"a"')] + "!series_matrix_table_end\n", "no table of values", SOURCE),
    ("no samples", GOOD.replace("!Sample_geo_accession", "!Sample_other"), "names no samples", SOURCE),
    ("sample twice", GOOD.replace("GSM112101", "GSM112100"), "more than once", SOURCE),
    ("other columns", GOOD.replace('"ID_REF"\t"GSM112100"', '"ID_REF"\t"GSM5"'), "not the samples", "line 8"),
    ("too few texts", GOOD.replace('\t"30 min"', ""), "does not say something of every sample", "line 5"),
    ("no number", GOOD.replace("2.0", "2,0"), "a cell is not a number", "line 9, column 'GSM112102'"),
    ("underscore", GOOD.replace("2.0", "2_0"), "a cell is not a number", "line 9, column 'GSM112102'"),
    ("infinite", GOOD.replace("2.0", "-Inf"), "a value is infinite", "line 9, column 'GSM112102'"),
    ("too many cells", GOOD.replace("2.0", "2.0\t7"), "too many cells", "line 9"),
    ("lonely cell", GOOD.replace('"b"\t-1.0\t-1.0\t-1.0\t-1.0', '"b"'), "too few cells", "line 10"),
    ("no name", GOOD.replace('"b"\t', '""\t'), "a row has no name", "after line 8"),
    ("stray line", GOOD + "and so on\n", "belongs to no table", "line 12"),
    ("NUL", GOOD.replace("2.0", "\0"), "NUL byte", "line 9"),
    ("nothing known", GOOD.replace("0 min", "th"), "no text of the samples gives their times", SOURCE),
    ("all missing", GOOD.replace("\t0.0\t1.0\t2.0\t3.0", "\t\t").replace("-1.0", "null"), "missing", None),
    ("soft without samples", SOFT[: SOFT.index("^SAMPLE")], "names no samples", SOURCE),
    ("soft without values", SOFT.replace("VALUE\tFLAG", "SIGNAL\tFLAG"), "has no values", "line 23"),
    ("soft twice", SOFT.replace("^SAMPLE = GSM112101", "^SAMPLE = GSM112100"), "more than once", SOURCE),
    ("soft cut off", SOFT[: SOFT.rindex("!sample_table_end")], "does not end", "line 58"),
    ("soft into the next", SOFT.replace("!sample_table_end\n^", "^"), "does not end", "line 22"),
    ("soft stray", "^DATABASE = x\nhello\n", "belongs to no table", "line 2"),
    ("soft no tables", "^SAMPLE = GSM1\n!Sample_title = 0 min\n", "no table of values", SOURCE),
    ("set without table", "^DATASET = GDS1\n!dataset_title = x\n", "no table of values", SOURCE),
    ("column twice", SOFT.replace("VALUE\tFLAG", "VALUE\tVALUE"), "column occurs more than once", "line 23"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem", "where"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_what_cannot_be_used_is_said_once(text: str, problem: str, where: str | None) -> None:
    fault = refused(text)
    assert problem in fault.problem
    assert (fault.where is None) if where is None else where in str(fault.where)


def test_missing_values_are_missing_however_they_are_written() -> None:
    text = GOOD.replace("\t1.0", "\tnull").replace("\t2.0", '\t"NA"').replace("\t3.0", "\t")
    assert_array_equal(only(text).values[0], [0.0, np.nan, np.nan, np.nan])


def test_empty_cells_at_the_end_of_a_line_may_be_left_out() -> None:
    assert_array_equal(only(GOOD.replace("\t2.0\t3.0", "")).values[0], [0.0, 1.0, np.nan, np.nan])


EXAMPLES = (GOOD, SOFT, data_set(), whitfield(), pramila(n_genes=4)[0], liver(), orlando())


@given(st.sampled_from(EXAMPLES), st.data())
def test_any_damage_gives_courses_or_one_message(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        what = data.draw(st.sampled_from(("drop", "double", "cell", "text", "swap", "cut")))
        cells = lines[place].split("\t")
        if what == "drop":
            del lines[place]
            lines = lines or [""]
        elif what == "double":
            lines.insert(place, lines[place])
        elif what == "cell":
            cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(st.text(max_size=12))
            lines[place] = "\t".join(cells)
        elif what == "text":
            at = data.draw(st.integers(0, len(lines[place])))
            lines[place] = lines[place][:at] + data.draw(st.text(max_size=8)) + lines[place][at:]
        elif what == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[place], lines[other] = lines[other], lines[place]
        else:
            del lines[place + 1 :]
    with suppress(PhasecallError):
        courses = read_geo("\n".join(lines), SOURCE)
        assert courses
        assert all(course.times.size >= 4 for course in courses)


values = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))


@st.composite
def made(draw: st.DrawFn) -> tuple[list[int], np.ndarray]:
    times = draw(st.lists(st.integers(0, 5000), min_size=4, max_size=12).filter(lambda t: len(set(t)) > 2))
    n_genes = draw(st.integers(1, 6))
    flat = draw(st.lists(values, min_size=n_genes * len(times), max_size=n_genes * len(times)))
    table = np.array(flat).reshape(n_genes, len(times))
    table[0, 0] = 1.5
    return times, table


@given(made(), st.booleans())
def test_what_is_written_is_read_back(course: tuple[list[int], np.ndarray], soft: bool) -> None:
    times, table = course
    arrays = [Array(f"cdc28 {time} min", table[:, column].tolist()) for column, time in enumerate(times)]
    genes = orfs(len(table))
    text = family(arrays, genes, {"ORF": genes}) if soft else matrix(arrays, genes)
    wanted = TimeCourse(tuple(genes), np.array(times, dtype=float), table)
    found = only(text)
    assert found.sha256() == wanted.sha256()
    assert found.sync == "cdc28"
