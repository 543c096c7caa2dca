"""The command line as a user meets it: results to stdout, messages to stderr, one message a fault."""

import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from phasecall import datasets
from phasecall.cli import VERBS, main
from phasecall.phases import SCHEMES
from phasecall.publicdata import PUBLIC

COURSE = "cdc15-4381"
MODEL = Path(datasets.__file__).parent / "data" / "reference.onnx"


def run(*words: str | Path, stdin: str | None = None) -> tuple[int, str, str]:
    """Run the command as a shell does, but in this process: a new one takes longer to start than most do."""
    out, err, given = io.StringIO(), io.StringIO(), io.TextIOWrapper(io.BytesIO((stdin or "").encode()))
    streams = redirect_stdout(out), redirect_stderr(err), patch.object(sys, "stdin", given)
    with streams[0], streams[1], streams[2], pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("course") / "cdc15.tsv"
    datasets.export(COURSE, path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:200]) + "\n")
    return path


def test_call_writes_a_table_to_stdout_and_messages_to_stderr(course: Path) -> None:
    status, out, err = run("call", course, "--sync", "cdc15")
    lines = out.splitlines()
    assert status == 0
    assert lines[0].startswith("gene\tphase\tp_early_g1")
    assert len(lines) == 200
    assert all(line.count("\t") == lines[0].count("\t") for line in lines)
    assert "of 199 genes called" in err
    assert "with a weak rhythm" in err
    assert "a turn takes" in err


def test_call_reads_standard_input_and_writes_json(course: Path) -> None:
    status, out, _ = run("call", "-", "--json", stdin=course.read_text())
    answer = json.loads(out)
    assert status == 0
    assert len(answer["genes"]) == 199
    assert answer["scheme"] == "four"


@pytest.mark.parametrize("name", ["calls.tsv", "calls.csv.gz", "calls.json", "calls.parquet"])
def test_call_writes_files(course: Path, tmp_path: Path, name: str) -> None:
    status, out, _ = run("call", course, "-o", tmp_path / name)
    assert (status, out) == (0, "")
    assert (tmp_path / name).stat().st_size > 1000
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_call_is_the_same_every_time(course: Path, tmp_path: Path) -> None:
    for name in ("one.csv.gz", "two.csv.gz"):
        run("call", course, "-o", tmp_path / name)
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()


def test_call_writes_a_report(course: Path, tmp_path: Path) -> None:
    status, out, _ = run("call", course, "-o", tmp_path / "calls.tsv", "--report", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert (status, out) == (0, "")
    assert page.lower().startswith("<!doctype html>")
    assert "calls.tsv" in page


def test_a_transposed_table_is_read_and_that_is_told(course: Path, tmp_path: Path) -> None:
    rows = [line.split("\t") for line in course.read_text().splitlines()]
    turned = tmp_path / "turned.tsv"
    turned.write_text("\n".join("\t".join(column) for column in zip(*rows, strict=True)) + "\n")
    status, out, err = run("call", turned)
    assert status == 0
    assert "times run down the first column" in err
    assert out == run("call", course)[1] == run("call", turned, "--transpose")[1]


BAD = {
    "missing file": (None, "there is no file"),
    "empty file": (b"", "is empty"),
    "one column": (b"gene\nYAL001C\n", "one column"),
    "no times": (b"gene,a,b\nYAL001C,1,2\n", "times"),
    "not a number": (b"gene,40,50\nYAL001C,1,high\n", "line 2"),
    "two experiments": (b"gene,x1,x7,x9,y1,y7,y9\nA,1,2,3,1,2,3\n", "--experiment"),
    "infinite": (b"gene,40,50\nA,1,inf\n", "infinite"),
    "not UTF-8": (b"gene,40,50\nG\x81ne,1,2\n", "UTF-8"),
    "cut gzip": (gzip.compress(b"gene,40,50\nA,1,2\n" * 200)[:60], "gzip"),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_gets_one_message_and_no_output(fault: str, tmp_path: Path) -> None:
    content, wanted = BAD[fault]
    path = tmp_path / "course.csv"
    if content is not None:
        path.write_bytes(content)
    output = tmp_path / "calls.tsv"
    status, out, err = run("call", path, "-o", output)
    assert (status, out) == (2, "")
    assert wanted in err
    assert "Traceback" not in err
    assert not output.exists()
    told = json.loads(run("call", path, "-o", output, "--json")[2].splitlines()[-1])
    assert set(told) == {"error", "problem", "expected", "found", "where", "fix"}


def test_an_output_that_cannot_be_written_leaves_nothing(course: Path, tmp_path: Path) -> None:
    for output in (tmp_path / "no" / "calls.tsv", tmp_path / "calls.docx"):
        status, _, err = run("call", course, "-o", output)
        assert status == 2
        assert err.count("phasecall: ") == 1
    assert list(tmp_path.iterdir()) == []


def test_no_output_may_take_the_place_of_another_file(course: Path, tmp_path: Path) -> None:
    before = course.read_bytes()
    twice = tmp_path / "one.tsv"
    wrong: list[list[str | Path]] = [
        ["call", course, "-o", course],
        ["call", course, "-o", twice, "--report", twice],
    ]
    for words in wrong:
        status, _, err = run(*words)
        assert status == 2
        assert "the same one" in err
    assert run("simulate", "-o", twice, "--truth", twice)[0] == 2
    assert course.read_bytes() == before
    assert not twice.exists()


def test_a_report_says_how_to_get_it_again(course: Path, tmp_path: Path) -> None:
    words = ["call", str(course), "--sync", "cdc15", "--report", str(tmp_path / "report.html")]
    assert run(*words)[0] == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert f"phasecall call {course} --report {tmp_path / 'report.html'} --sync cdc15" in page


def test_wrong_usage_is_one_message() -> None:
    wrong = (
        ["nothing"],
        ["call"],
        ["call", "x", "--wrong"],
        ["evaluate", "--track", "none"],
        ["train", "-o", "x", "--sync", "alpha"],
    )
    for words in wrong:
        status, out, err = run(*words)
        assert (status, out) == (2, "")
        assert err.startswith("phasecall: ")
        assert "Traceback" not in err


def test_data_and_labels_belong_together(course: Path) -> None:
    status, _, err = run("evaluate", "--data", course)
    assert status == 2
    assert "--data needs --labels" in err


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04zip", b"\x80\x04\x95pickle"])
def test_a_file_that_is_no_model_is_told(course: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    status, out, err = run("call", course, "--model", path)
    assert (status, out) == (2, "")
    assert "model" in err
    assert "Traceback" not in err


def test_an_altered_model_is_told(course: Path, tmp_path: Path) -> None:
    from phasecall import modelfile

    content = bytearray(modelfile.shipped().content)
    content[len(content) // 2] ^= 1
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    status, _, err = run("call", course, "--model", path)
    assert status == 2
    assert "altered" in err


def test_every_verb_has_help_with_examples() -> None:
    for verb in VERBS:
        told = CliRunner().invoke(
            __import__(f"phasecall.cli.{verb}", fromlist=["command"]).command, ["--help"]
        )
        assert told.exit_code == 0
        assert f"phasecall {verb}" in told.output, verb


def test_a_closed_pipe_is_no_error(course: Path) -> None:
    command = f"{sys.executable} -m phasecall call {course} | head -n 1"
    told = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert told.stdout.startswith("gene\t")
    assert "Traceback" not in told.stderr
    assert "BrokenPipe" not in told.stderr


def test_an_interrupted_training_ends_with_130_and_can_go_on(tmp_path: Path) -> None:
    words = ["train", "-o", str(tmp_path), "--epochs", "2000", "--patience", "0", "--simulated", "64"]
    process = subprocess.Popen([sys.executable, "-m", "phasecall", *words], stderr=subprocess.PIPE, text=True)
    state = tmp_path / "checkpoints" / "state.json"
    try:
        while not state.exists() and process.poll() is None:
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in told
    assert "interrupted" in told
    assert len(json.loads(state.read_text())["log"]) >= 1


def test_main_exits_with_a_status() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0


def test_datasets_are_listed_shown_and_exported(tmp_path: Path) -> None:
    listed = json.loads(run("datasets", "list", "--json")[1])
    assert {row["key"] for row in listed} == {*datasets.DATASETS, *PUBLIC}
    assert COURSE in run("datasets", "list")[1]
    shown = run("datasets", "show", COURSE)[1]
    assert "10.1091/mbc.9.12.3273" in shown
    assert not any(line.endswith((" ", "False", "None")) for line in shown.splitlines())
    assert run("datasets", "export", "alpha", "-o", tmp_path / "alpha.tsv")[0] == 0
    assert len((tmp_path / "alpha.tsv").read_text().splitlines()) == 801
    assert "no dataset named 'nothing'" in run("datasets", "show", "nothing")[2]


@pytest.mark.parametrize("key", PUBLIC)
def test_a_public_data_set_says_how_to_get_it(
    key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHASECALL_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "10000")
    with pytest.raises(SystemExit):
        main(["datasets", "show", key])
    told = capsys.readouterr().out.splitlines()[-1].split(maxsplit=1)
    by_hand = f"by hand: make {PUBLIC[key].file} as the recipe says"
    wanted = f"phasecall datasets fetch {key}" if PUBLIC[key].addresses else by_hand
    assert told[0] == "how_to_get"
    assert told[1].startswith(wanted)


def test_the_list_fits_a_terminal_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHASECALL_DATA", str(tmp_path))
    shown = []
    for width in ("100", ""):
        monkeypatch.setenv("COLUMNS", width)
        with pytest.raises(SystemExit):
            main(["datasets", "list"])
        told = capsys.readouterr()
        shown.append(told.out.splitlines())
    assert max(map(len, shown[0])) <= 100
    assert " ".join(" ".join(shown[0][2:]).split()) == " ".join(" ".join(shown[1][2:]).split())
    # A program that reads has a line for each.
    states = {line.split()[0]: line for line in shown[1][2:]}
    assert set(states) == {*datasets.DATASETS, *PUBLIC}
    assert "  embedded  " in states["alpha"]
    assert "  to fetch  " in states["sgd-orfs"]
    assert "  by hand   " in states["pramila2006"]
    assert f"public data lie in {tmp_path}; 'phasecall datasets fetch KEY'" in told.err


def test_json_says_what_was_written(tmp_path: Path) -> None:
    for words in (["simulate", "-n", "4"], ["datasets", "export", "alpha"]):
        out = tmp_path / f"{words[0]}.tsv"
        told = json.loads(run(*words, "-o", out, "--json")[1])
        assert told == {"written": [str(out)]}
        assert out.exists()


def test_a_simulated_culture_is_called_as_its_truth_says(tmp_path: Path) -> None:
    made, truth = tmp_path / "made.tsv", tmp_path / "truth.tsv"
    assert run("simulate", "-n", "200", "-o", made, "--truth", truth)[0] == 0
    table = [line.split("\t") for line in run("call", made)[1].splitlines()[1:]]
    known = dict(line.split("\t")[:2] for line in truth.read_text().splitlines()[1:])
    assert sum(known[row[0]] == row[1] for row in table) > 190


@pytest.fixture(scope="module")
def alpha_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return datasets.export("alpha", tmp_path_factory.mktemp("alpha") / "alpha.tsv")


def phases_of(path: Path) -> dict[str, str]:
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return {row[0]: row[1] for row in rows[1:]}


def test_another_experiment_is_called_on_its_own_clock(alpha_file: Path, tmp_path: Path) -> None:
    output, page = tmp_path / "calls.tsv", tmp_path / "report.html"
    status, _, err = run("call", alpha_file, "--sync", "alpha", "-o", output, "--report", page)
    assert status == 0
    assert "a turn takes 61.6 min (95 %: 58 to 65)" in err
    assert "by 90 marker genes of budding yeast" in err
    assert phases_of(output)["YPL256C"] == "Late G1/S"
    html = page.read_text("utf-8")
    assert "called by phasecall" in html
    assert 'id="model"' in html


def test_a_shipped_network_can_be_asked_for_by_name(alpha_file: Path, tmp_path: Path) -> None:
    output, page = tmp_path / "calls.tsv", tmp_path / "report.html"
    status, _, err = run("call", alpha_file, "--model", "phasecall", "-o", output, "--report", page)
    assert status == 0
    assert "a turn takes 61.6 min" in err
    assert phases_of(output)["YPL256C"] == "Late G1/S"
    assert 'id="model"' in page.read_text("utf-8")


def test_known_genes_of_ones_own_tie_the_clock(alpha_file: Path, tmp_path: Path) -> None:
    known = {"YPL256C": "0.32", "YMR199W": "0.32", "YPR119W": "0.79", "YGR108W": "0.78", "YBR010W": "0.47"}
    known |= {"YNL030W": "0.47", "YLR079W": "0.11", "YDL179W": "0.01", "YMR198W": "0.60", "YGL116W": "0.84"}
    known |= {"YGR109C": "0.23", "YER070W": "0.24", "YLR131C": "0.78"}
    markers, labels = tmp_path / "markers.csv", tmp_path / "labels.csv"
    markers.write_text("gene,turn\n" + "".join(f"{gene},{turn}\n" for gene, turn in known.items()))
    scheme = SCHEMES["four"]
    names = {gene: scheme.phases[scheme.assign(float(turn))].name for gene, turn in known.items()}
    labels.write_text("gene,phase\n" + "".join(f"{gene},{name}\n" for gene, name in names.items()))
    for option, path, words in (
        ("--markers", markers, "by 13 marker genes given"),
        ("--labels", labels, "genes of known phase and marker genes of budding yeast"),
    ):
        output = tmp_path / f"calls{option}.tsv"
        status, _, err = run("call", alpha_file, option, path, "--period", "62", "-o", output)
        assert status == 0
        assert words in err
        assert "a turn takes 62.0 min (as given)" in err
        assert phases_of(output)["YDR146C"] == "M"


@pytest.mark.parametrize("option", ["--labels", "--markers"])
def test_a_file_of_known_genes_is_never_overwritten(option: str, alpha_file: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.csv"
    known.write_text("YPL256C,0.32\n")
    status, _, err = run("call", alpha_file, option, known, "-o", known)
    assert status == 2
    assert "two files of this command are the same one" in err
    assert known.read_text() == "YPL256C,0.32\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--markers", "yeast", "--labels", "x.csv"), "give one of them"),
        (("--markers", "human"), "none of the known genes is in the time course"),
        (("--markers", "nowhere.csv"), "there is no file 'nowhere.csv'"),
        (("--period", "0"), "0.0 is not in the range x>0"),
        (("--period", "1e300"), "a period cannot be that long"),
        (("--period", "62", "--model", str(MODEL)), "--model has a clock of its own"),
    ],
)
def test_clock_options_that_cannot_be_met_say_why(
    options: tuple[str, ...], words: str, alpha_file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "calls.tsv"
    status, out, err = run("call", alpha_file, *options, "-o", output)
    assert (status, out) == (2, "")
    assert words in err
    assert not output.exists()


@pytest.fixture(scope="module")
def three_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("three")
    return [datasets.export(key, folder / f"{key}.tsv") for key in ("alpha", "cdc15", "cdc28")]


def test_several_experiments_are_called_together(three_files: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "calls.tsv"
    status, out, err = run("call", *three_files, "-o", output)
    assert (status, out) == (0, "")
    said = re.search(
        r"(\d+) of 800 genes called by phasecall \S+ 3 experiments fused, (\d+) of them .*;"
        r" the 3 experiments disagree on (\d+)\n",
        err,
    )
    assert said is not None
    rows = [line.split("\t") for line in output.read_text("utf-8").splitlines()]
    reason, flags = rows[0].index("reason"), rows[0].index("flags")
    assert len(rows) == 801
    assert sum(row[reason] == "" for row in rows[1:]) == int(said[1]) > 700
    assert sum("experiments_disagree" in row[flags] for row in rows[1:]) == int(said[3]) > 0
    assert phases_of(output)["YPL256C"] == "Late G1/S"
    for key, minutes in (("alpha", "61.6"), ("cdc15", "113.4"), ("cdc28", "85.2")):
        assert f"note: {key}: a turn takes {minutes} min" in err
    assert "note: minutes of peaks, and the period, are those of the clock of alpha" in err


def test_several_experiments_as_json_from_a_pipe_and_a_file(three_files: list[Path]) -> None:
    status, out, err = run("call", "-", three_files[2], "--json", stdin=three_files[0].read_text())
    answer = json.loads(out)
    assert status == 0
    assert answer["method"].endswith("2 experiments fused")
    assert len(answer["genes"]) == 800
    assert "the 2 experiments disagree on" in err
    assert any(note["text"].startswith("cdc28: a turn takes") for note in answer["notes"])


def test_options_of_several_experiments_are_given_once_or_once_for_each(three_files: list[Path]) -> None:
    words = ["--period", "62", "--period", "85", "--sync", "alpha", "--sync", "cdc28"]
    err = run("call", three_files[0], three_files[2], *words)[2]
    assert "alpha: a turn takes 62.0 min (as given)" in err
    assert "cdc28: a turn takes 85.0 min (as given)" in err
    # Given once it holds for all.
    err = run("call", three_files[0], three_files[2], "--sync", "nowhere", "--markers", "yeast")[2]
    assert err.count("the start after 'nowhere' is not known") == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("0", "1", "2", "--sync", "alpha", "--sync", "cdc15"), "--sync is given 2 times for 3 experiments"),
        (("0", "--period", "62", "--period", "85"), "--period is given 2 times for 1 experiment"),
        (("0", "1", "0"), "the same experiment is given twice: its evidence would count twice"),
        (("-", "0", "-"), "standard input (-) can be read once only"),
        (("0", "1", "--model", "reference"), "this model reads one experiment only"),
        (("0", "1", "--report", "page.html"), "--report shows one experiment"),
        (("0", "1", "-o", "1"), "two files of this command are the same one"),
        (("0", "1", "--markers", "human"), "none of the known genes is in the time courses 'alpha', 'cdc15'"),
    ],
)
def test_several_experiments_that_cannot_be_fused_say_why(
    words: tuple[str, ...], told: str, three_files: list[Path], tmp_path: Path
) -> None:
    named = [str(three_files[int(word)]) if word in "012" else word for word in words]
    before = [path.read_bytes() for path in three_files]
    output = [] if "-o" in words else ["-o", str(tmp_path / "calls.tsv")]
    status, out, err = run("call", *named, *output, stdin="")
    assert (status, out) == (2, "")
    assert told in err
    assert err.count("phasecall: ") == 1
    assert list(tmp_path.iterdir()) == []
    assert [path.read_bytes() for path in three_files] == before


def test_experiments_of_other_genes_are_named(three_files: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other.tsv"
    header, *lines = three_files[1].read_text("utf-8").splitlines()
    other.write_text("\n".join([header, *(f"other-{line}" for line in lines)]) + "\n")
    status, _, err = run("call", three_files[0], other)
    assert status == 2
    assert "'alpha' has no gene in common with the other experiments" in err
    assert "other: other-YAL022C" in err


def test_labels_are_exported_and_interpolated_times_told_where_they_are_lost(tmp_path: Path) -> None:
    assert run("datasets", "export", "phases", "-o", tmp_path / "phases.tsv")[0] == 0
    status, _, err = run("datasets", "export", "cdc15-4381", "-o", tmp_path / "course.tsv")
    assert (status, "40, 60, 260 min are interpolated" in err) == (0, True)
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    status, _, err = run("datasets", "export", "cdc15-4381", "-o", tmp_path / "course.parquet")
    assert (status, "interpolated" in err) == (0, False)


FILE_VERBS = (
    ("call", "no.tsv", "-o", "gone/x.tsv"),
    ("call", "no.tsv", "--report", "gone/x.html"),
    ("qc", "no.tsv", "-o", "gone/x.tsv"),
    ("qc", "no.tsv", "--figure", "gone/x.svg"),
    ("annotate", "no.tsv", "--hypotheses", "gone/x.tsv"),
    ("compare", "no.tsv", "no2.tsv", "-o", "gone/x.tsv"),
    ("embed", "no.tsv", "--figure", "gone/x.svg"),
    ("finetune", "no.tsv", "--labels", "no2.tsv", "-o", "gone/x.json"),
    ("simulate", "-o", "gone/x.tsv"),
    ("simulate", "-o", "x.tsv", "--truth", "gone/x.tsv"),
    ("export", "nothing", "-o", "gone/x.onnx"),
    ("datasets", "export", "alpha", "-o", "gone/x.tsv"),
)


@pytest.mark.parametrize("words", FILE_VERBS, ids=lambda words: " ".join(words))
def test_a_missing_folder_is_told_before_anything_is_read(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert "there is no folder 'gone' to write into" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "verb", ["explore", "annotate", "train", "pretrain", "benchmark", "evaluate", "demo"]
)
def test_a_file_is_no_folder_of_results(verb: str, tmp_path: Path) -> None:
    place = tmp_path / "taken"
    place.write_text("mine")
    source = ["no.tsv"] if verb in ("explore", "annotate") else []
    status, _, err = run(verb, *source, "-o", place)
    assert status == 2
    assert f"'{place}' is no folder" in err
    assert place.read_text() == "mine"


def test_inputs_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder, key in (("one", "alpha"), ("other", "cdc28")):
        (tmp_path / folder).mkdir()
        datasets.export(key, tmp_path / folder / "course.tsv")
    told = run("call", tmp_path / "one" / "course.tsv", tmp_path / "other" / "course.tsv", "--json")
    assert [clock["name"] for clock in json.loads(told[1])["clocks"]] == ["one/course", "other/course"]
    assert "note: one/course: a turn takes" in told[2]
