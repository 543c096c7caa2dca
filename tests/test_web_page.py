"""The page without a browser: questions, what the desk answers, clerks and visits."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

import phasecall
from conftest import WriteTable
from phasecall import datasets
from phasecall.cli import main
from phasecall.errors import InputError, PhasecallError

pytest.importorskip("nicegui")

from phasecall.web.limits import Limits
from phasecall.web.page.card import lay_circle, lay_profile
from phasecall.web.page.clerk import MOST_KEPT, Clerk, Office
from phasecall.web.page.desk import culture
from phasecall.web.page.desk.answer import answer, lay_rows
from phasecall.web.page.desk.card import lay_card
from phasecall.web.page.desk.changes import lay_changes
from phasecall.web.page.desk.files import (
    write_calls,
    write_changes,
    write_course,
    write_figure,
    write_findings,
    write_report,
)
from phasecall.web.page.desk.pictures import draw_figure, draw_linked
from phasecall.web.page.desk.quality import examine_culture
from phasecall.web.page.desk.question import (
    Given,
    Question,
    list_commands,
    parse_period,
)
from phasecall.web.page.desk.recognition import open_file, recognise
from phasecall.web.page.desk.tuning import tune_model
from phasecall.web.page.visit import Visit
from phasecall.web.saying import split_times

Result = TypeVar("Result")

ALPHA = Question(sample="alpha")


def ignore(share: float, text: str) -> None:
    """Take how far the work is, and do nothing."""


def of_file(path: Path, **said: Any) -> Question:
    return Question(path=str(path), name=path.name, **said)


# Questions


@pytest.mark.parametrize("text", ["0, ten", "1,,nan", "inf"])
def test_times_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="no numbers parted by commas"):
        split_times(text)


@pytest.mark.parametrize("text", ["0", "-3", "soon", "nan", "1e999"])
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no number of minutes"):
        parse_period(text)


def test_commands_say_all_that_was_said_of_the_file() -> None:
    question = Question(
        path="/srv/1/a b.csv",
        name="a b.csv",
        experiment="wt",
        times=(0.0, 1.5),
        unit="h",
        scale="counts",
        transpose=True,
        sync="alpha",
        scheme="five",
        period=62.5,
        markers=Given("/srv/2/upload", "known.tsv"),
        mended=("reversed_times",),
    )
    first, second = list_commands(question)
    assert "/srv" not in first + second
    assert shlex.split(first)[:8] == [
        "phasecall",
        "qc",
        "a b.csv",
        "--experiment",
        "wt",
        "--times",
        "0,1.5",
        "--unit",
    ]
    assert first.endswith("--correct reversed_times --corrected corrected.parquet")
    assert second == (
        "phasecall call corrected.parquet --sync alpha --period 62.5 --markers known.tsv --scheme five"
        " -o calls.tsv"
    )


@pytest.mark.parametrize(
    "said",
    [{"sample": "alpha"}, {"sample": "cdc15-4381", "period": 112.0}, {"scheme": "five", "unit": "min"}],
    ids=["sample", "interpolated", "file"],
)
def test_the_commands_give_the_same_table(
    said: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    datasets.export("cdc28", tmp_path / "mine.tsv")
    question = Question(**said) if "sample" in said else of_file(tmp_path / "mine.tsv", **said)
    for line in list_commands(question):
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(line)[1:])
        assert ended.value.code == 0, line
    write_calls(question, "page.tsv")
    assert Path("page.tsv").read_text("utf-8") == Path("calls.tsv").read_text("utf-8")


def test_numbers_of_commands_keep_all_their_figures() -> None:
    question = Question(path="1", name="a.csv", times=(0.0, 10.1234567, 1e-7), period=62.1234567)
    words = shlex.split(list_commands(question)[0])
    assert split_times(words[words.index("--times") + 1]) == question.times
    assert parse_period(words[words.index("--period") + 1]) == question.period


@pytest.mark.parametrize("name", ["-o evil.csv", "--help", "-", "yeast"])
def test_no_name_of_a_file_is_taken_for_anything_else(name: str) -> None:
    given = Given("/srv/2/upload", name)
    words = shlex.split(list_commands(Question(path="1", name=name, labels=given))[0])
    assert words[2] == words[words.index("--labels") + 1] == f"./{name}"


def test_what_is_taken_away_says_what_speaks_against_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    course = phasecall.load("alpha")
    phasecall.write(replace(course, times=course.times[::-1], sync=None, name="mine"), tmp_path / "mine.tsv")
    question = of_file(tmp_path / "mine.tsv")
    (line,) = list_commands(question, "calls.json", "report.html")
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(line)[1:])
    assert ended.value.code == 0
    write_calls(question, "page.json")
    assert "more by phasecall qc mine.tsv" in Path("page.json").read_text("utf-8")
    assert Path("page.json").read_bytes() == Path("calls.json").read_bytes()
    write_report(question, "page.html")
    page = Path("page.html").read_text("utf-8")
    assert "more by phasecall qc mine.tsv" in page
    assert "phasecall call mine.tsv -o calls.tsv --report report.html" in page


# What the desk says


def test_what_a_file_was_taken_for_is_said_and_can_be_corrected(table: WriteTable) -> None:
    path = table("gene,s1,s2,s3,s4\nYAL001C,1,2,3,4\nYAL002W,4,,1,1\n", "odd.csv")
    with pytest.raises(InputError, match="no times in the header") as told:
        recognise(of_file(path))
    assert str(told.value.where).startswith("odd.csv")
    found = recognise(of_file(path, times=(0.0, 1.0, 1.0, 2.0), unit="h"))
    facts = dict(found.facts)
    assert found.editable == ()
    assert facts["Genes"] == "2"
    assert facts["Times"] == "3, in minutes: 0, 60, 120"
    assert facts["Replicates"].startswith("1 times were measured more than once")
    assert "12.5 % missing" in facts["Values"]


@pytest.mark.parametrize(
    ("header", "unit", "editable"),
    [
        ("gene,0,30,60,90", None, (0.0, 30.0, 60.0, 90.0)),
        ("gene,0h,0.5h,1h,1.5h", None, (0.0, 30.0, 60.0, 90.0)),
        ("gene,0,30,60,90", "h", (0.0, 30.0, 60.0, 90.0)),
        # A course keeps its samples by time: these would be the times of other columns.
        ("gene,0,60,30,90", None, ()),
    ],
)
def test_times_can_be_edited_where_they_are_those_of_the_columns(
    table: WriteTable, header: str, unit: str | None, editable: tuple[float, ...]
) -> None:
    path = table(f"{header}\nYAL001C,1,2,3,4\nYAL002W,4,,1,1\n")
    assert recognise(of_file(path, unit=unit)).editable == pytest.approx(editable)


def test_what_can_be_no_table_is_told_at_once(table: WriteTable) -> None:
    assert open_file(of_file(table("gene,s1,s2\na,1,2\n")))
    with pytest.raises(InputError, match=r"'paper.csv' is no table"):
        open_file(of_file(table(b"%PDF-1.7 \x00", "paper.csv")))
    with pytest.raises(InputError, match=r"'none.csv' is empty"):
        open_file(of_file(table("", "none.csv")))


def test_a_file_with_several_experiments_asks_which(table: WriteTable) -> None:
    path = table("gene,wt_0,wt_10,wt_20,ko_0,ko_10,ko_20\na,1,-2,3,4,5,6\nb,1,2,3,4,5,6\n", "both.csv")
    found = recognise(of_file(path))
    assert (found.experiments, found.chosen) == (("wt", "ko"), "")
    assert recognise(of_file(path, experiment="ko")).chosen == "ko"


def test_a_row_a_gene_with_the_numbers_of_the_calls() -> None:
    calls = phasecall.call(phasecall.load("alpha"))
    rows = answer(ALPHA, ignore).rows
    assert [row["gene"] for row in rows] == list(calls.genes)
    assert [row["phase"] for row in rows] == [phase or "withheld" for phase in calls.phase]
    for row, peak, q in zip(rows, calls.peak_time, calls.periodic_q, strict=True):
        assert (row["peak"] is None) == bool(np.isnan(peak))
        assert row["peak"] is None or row["peak"] == pytest.approx(peak, abs=0.051)
        assert row["q"] is None or row["q"] == pytest.approx(q, rel=0.06)


def test_atypical_genes_are_ranked_by_how_unlike_they_are() -> None:
    calls = phasecall.call(phasecall.load("cdc15"))
    assert next(row["other"] for row in lay_rows(calls) if row["gene"] == "YPL256C").split()[0] == "CLN2"
    odd = sorted((row["odd"], row["novelty"]) for row in lay_rows(calls) if row["odd"])
    assert [rank for rank, _ in odd] == list(range(1, len(calls.atypical) + 1))
    assert [novelty for _, novelty in odd] == sorted(novelty for _, novelty in odd)


def test_the_card_of_a_gene_tells_what_its_call_rests_on() -> None:
    course = phasecall.load("alpha")
    calls = phasecall.call(course)
    row = calls.genes.index("YPR120C")
    card = lay_card(ALPHA, row)
    assert (card.gene, card.phase) == ("YPR120C", "Late G1/S")
    assert dict(card.chances)[card.phase] == pytest.approx(calls.confidence[row])
    assert sum(share for _, share in card.density) == pytest.approx(1)
    # What lies on the arc of the phase is its probability.
    start, end = card.arcs[card.code]
    inside = sum(share for turn, share in card.density if start <= turn < end)
    assert inside == pytest.approx(calls.confidence[row], abs=0.05)
    assert card.peaks[0][0] == pytest.approx(calls.peak_time[row])
    assert len(card.points) == calls.n_observed[row]
    tops = [minute for minute, _ in sorted(card.curve, key=lambda point: -point[1])[:3]]
    assert min(abs(top - peak) for top in tops for peak, _, _ in card.peaks) < 6
    assert lay_profile(card)["series"][1]["data"] == card.points
    assert len(lay_circle(card)["series"]) == len(card.arcs) + 1


def test_the_card_of_a_gene_without_an_answer_says_why() -> None:
    calls = phasecall.call(phasecall.load("alpha"))
    row = next(row for row, reason in enumerate(calls.reason) if reason == "all_missing")
    card = lay_card(ALPHA, row)
    assert (card.phase, card.code, card.points, card.curve, card.peak, card.density) == (
        "",
        -1,
        (),
        (),
        None,
        (),
    )
    assert card.words[0] == "The phase is withheld: no value at any time point."
    assert lay_profile(card)["series"][0]["data"] == ()


def test_every_flag_has_words_on_the_card() -> None:
    calls = phasecall.call(phasecall.load("elu"))
    for row in {flags: row for row, flags in enumerate(calls.flags)}.values():
        codes = [code for code in calls.flags[row].split(";") if code]
        words = lay_card(Question(sample="elu"), row).words
        assert len(words) == len(codes) + bool(calls.reason[row])
        assert all(word.endswith(".") for word in words)


def test_genes_are_found_where_the_figures_have_them() -> None:
    course = phasecall.load("alpha")
    calls = phasecall.call(course)
    wheel = draw_linked(ALPHA, "wheel")
    assert [row for row, _, _ in wheel.places] == np.flatnonzero(np.isfinite(calls.peak_turn)).tolist()
    width, height = map(float, re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', wheel.svg)[0])
    marks = np.array(re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"', wheel.svg), dtype=float)
    for _, x, y in wheel.places[::50]:
        assert np.abs(marks - [x * width, y * height]).max(axis=1).min() < 0.01
    heatmap = draw_linked(ALPHA, "heatmap")
    minutes = [(calls.peak_time[row] - course.times[0]) % calls.period for row, _, _ in heatmap.places]
    assert minutes == sorted(minutes)
    tops = [y for _, _, y in heatmap.places]
    assert np.allclose(np.diff(tops), tops[1] - tops[0])
    assert heatmap.band is not None
    assert 0 < heatmap.band[0] < heatmap.places[0][1] < heatmap.band[1] < 1


def test_names_are_escaped_where_they_are_drawn(table: WriteTable) -> None:
    name = "<script>alert(1)</script>"
    minutes = list(range(0, 160, 10))
    rows = [f"g{k}," + ",".join(f"{np.cos(minute / 9 + k):.2f}" for minute in minutes) for k in range(12)]
    rows.append(f"{name}," + ",".join(f"{np.cos(minute / 9):.2f}" for minute in minutes))
    path = table("gene," + ",".join(map(str, minutes)) + "\n" + "\n".join(rows) + "\n", "course.csv")
    drawing = draw_figure(of_file(path), "minis")
    assert "<script" not in drawing.svg
    assert "&lt;script&gt;"[:10] in drawing.svg


def test_findings_come_worst_first_and_can_be_put_right(tmp_path: Path) -> None:
    course = phasecall.load("alpha")
    phasecall.write(replace(course, times=course.times[::-1], sync=None, name="mine"), tmp_path / "mine.tsv")
    backwards = of_file(tmp_path / "mine.tsv")
    found = examine_culture(backwards, ignore)
    order = ["fail", "warn", "ok", "unknown"]
    assert [one.verdict for one in found.checks] == sorted((c.verdict for c in found.checks), key=order.index)
    (wrong,) = [one for one in found.checks if one.key == "reversed_times"]
    assert (found.verdict, wrong.verdict, wrong.offered) == ("fail", "fail", True)
    mended = examine_culture(replace(backwards, mended=("reversed_times",)), ignore)
    assert [note.text for note in mended.done] == ["the times were turned round"]
    assert "reversed_times" not in {check.key for check in mended.checks if check.verdict == "fail"}


def test_two_experiments_are_compared(tmp_path: Path) -> None:
    other = Question(sample="cdc28")
    found = lay_changes(ALPHA, other, ignore)
    assert found.names == ("alpha", "cdc28")
    assert sum(n for _, _, n in found.counts) == len(found.rows) == 800
    write_changes(ALPHA, other, str(tmp_path / "changes.tsv"))
    assert len((tmp_path / "changes.tsv").read_text("utf-8").splitlines()) == 801


def test_labels_tune_a_model_that_calls(tmp_path: Path) -> None:
    labels = datasets.load_labels()
    some = [f"{gene}\t{labels[gene]}" for gene in phasecall.load("alpha").genes[:60]]
    (tmp_path / "labels.tsv").write_text("\n".join(some), "utf-8")
    given = Given(str(tmp_path / "labels.tsv"), "labels.tsv")
    tuned = tune_model(ALPHA, given, str(tmp_path / "tuned.json"), ignore)
    assert tuned.labels == 60
    assert [name for name, _, _ in tuned.rows] == ["without labels", "with tuning"]
    question = replace(ALPHA, model=str(tmp_path / "tuned.json"))
    assert len(answer(question, ignore).rows) == 800
    assert list_commands(question)[-1] == "phasecall call alpha.parquet --model tuned.json -o calls.tsv"
    # The calls rest on what the network says by itself if, and only if, the tuned model keeps that.
    assert bool(lay_card(question, 3).density) == tuned.kept


def test_files_are_written_that_can_be_read_again(tmp_path: Path) -> None:
    for work, name in ((write_course, "course.tsv"), (write_findings, "findings.tsv")):
        work(ALPHA, str(tmp_path / name))
    assert phasecall.read(tmp_path / "course.tsv").values.shape == (800, 18)
    assert "reversed_times" in (tmp_path / "findings.tsv").read_text("utf-8")
    write_figure(ALPHA, "wheel", "dark", str(tmp_path / "wheel.png"))
    assert (tmp_path / "wheel.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(InputError, match="no figure named"):
        write_figure(ALPHA, "nothing", "light", str(tmp_path / "nothing.svg"))


# Clerks and visits


def run(work: Callable[[Office], Coroutine[Any, Any, Result]], root: Path, **limits: Any) -> Result:
    async def with_office() -> Result:
        office = Office(Limits(**limits), root)
        try:
            return await work(office)
        finally:
            await office.close()

    return asyncio.run(with_office())


def test_a_clerk_answers_tells_how_far_it_is_and_passes_on_faults(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        clerk, told = Clerk(office), []
        found = await clerk.ask(answer, ALPHA, tell=lambda share, text: told.append((share, text)))
        assert len(found.rows) == 800
        assert [share for share, _ in told] == sorted(share for share, _ in told)
        with pytest.raises(PhasecallError, match="no dataset named 'beta'") as fault:
            await clerk.ask(recognise, Question(sample="beta"))
        assert fault.value.code == "bad_input"
        assert "alpha" in str(fault.value.expected)
        with pytest.raises(PhasecallError, match="something went wrong"):
            await clerk.ask(lay_card, ALPHA, 10_000)
        # It goes on as before.
        assert (await clerk.ask(lay_card, ALPHA, 0)).gene == found.rows[0]["gene"]

    run(work, tmp_path)


def test_a_file_of_too_many_values_is_refused(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        path = datasets.export("alpha", tmp_path / "alpha.tsv")
        with pytest.raises(PhasecallError, match="too many values") as fault:
            await Clerk(office).ask(recognise, of_file(path))
        assert fault.value.code == "too_large"

    run(work, tmp_path, cells=14_399)


def test_more_genes_than_a_browser_shows_are_for_the_command_line(
    table: WriteTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(culture, "MOST_GENES", 2)
    path = table("gene,0,10,20\na,1,-2,3\nb,1,2,3\nc,3,2,1\n", "large.csv")
    with pytest.raises(PhasecallError, match="too many genes to show") as fault:
        recognise(of_file(path))
    assert "phasecall call" in str(fault.value.fix)


def test_a_clerk_that_is_stopped_says_so_and_comes_back(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        clerk = Clerk(office)
        begun = asyncio.Event()
        waiting = asyncio.create_task(clerk.ask(answer, ALPHA, tell=lambda share, text: begun.set()))
        await begun.wait()
        clerk.stop()
        with pytest.raises(PhasecallError, match="cancelled"):
            await waiting
        assert (await clerk.ask(recognise, ALPHA)).chosen == "alpha"

    run(work, tmp_path)


_CHILD = "import socket; s = socket.create_connection(('127.0.0.1', {port})); s.send(b'x'); s.recv(1)"


def test_a_clerk_that_is_stopped_takes_along_what_it_started(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        clerk, begun, ended = Clerk(office), asyncio.Event(), asyncio.Event()

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(1)
            begun.set()
            with suppress(ConnectionError):
                await reader.read()
            ended.set()
            writer.close()

        async with await asyncio.start_server(hear, "127.0.0.1") as server:
            program = _CHILD.format(port=server.sockets[0].getsockname()[1])
            words = [sys.executable, "-c", program]
            waiting = asyncio.create_task(clerk.ask(subprocess.check_output, words))
            await begun.wait()
            clerk.stop()
            # Only the end of the process at the other end of the line ends the line.
            await asyncio.wait_for(ended.wait(), 60)
        with pytest.raises(PhasecallError, match="cancelled"):
            await waiting

    run(work, tmp_path)


def test_work_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        with pytest.raises(PhasecallError, match="stopped"):
            await Clerk(office).ask(answer, ALPHA, tell=ignore)

    run(work, tmp_path, job_seconds=0.01)


def test_no_more_clerks_are_kept_than_may_be(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        clerks = [Clerk(office) for _ in range(MOST_KEPT + 2)]
        for clerk in clerks:
            await clerk.ask(parse_period, "62")
        await asyncio.gather(*(clerk.wait() for clerk in clerks[:2]))
        assert [clerk.alive for clerk in clerks] == [False, False] + [True] * MOST_KEPT

    run(work, tmp_path)


def test_a_visit_names_files_as_its_owner_does_and_leaves_nothing(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        visit, other = Visit(office), Visit(office)
        path = visit.reserve("upload")
        assert path.parent.parent == visit.folder != other.folder
        path.write_text("gene,a,b\nx,1,2\n")
        odd = "細胞" * 60 + "nul.csv"
        for question in (
            Question(path=str(path), name=odd),
            Question(sample="alpha", markers=Given(str(path), odd)),
            Question(sample="alpha", labels=Given(str(path), odd)),
        ):
            with pytest.raises(PhasecallError) as fault:
                await visit.ask(recognise, question)
            assert str(tmp_path) not in str(fault.value)
            assert odd in str(fault.value)
        visit.close()
        await visit.clerk.wait()
        assert list(tmp_path.iterdir()) == [other.folder]

    run(work, tmp_path)


def test_the_files_of_a_visit_take_so_much_room_and_no_more(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        visit = Visit(office)
        path = visit.reserve("upload", 1000)
        path.write_bytes(bytes(7500))
        with pytest.raises(PhasecallError, match="too much room"):
            visit.reserve("upload", 501)
        path.unlink()
        visit.reserve("upload", 501)
        visit.close()
        with pytest.raises(PhasecallError, match="cannot keep the file"):
            visit.reserve("upload")

    run(work, tmp_path, visit_bytes=8000)


def test_there_are_so_many_visits_at_once_and_no_more(tmp_path: Path) -> None:
    async def work(office: Office) -> None:
        visits = [Visit(office) for _ in range(office.limits.visits)]
        with pytest.raises(PhasecallError, match="open as often as it may be"):
            Visit(office)
        visits[0].close()
        Visit(office)

    run(work, tmp_path)
