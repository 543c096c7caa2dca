"""`phasecall pretrain` as a user meets it: the files of a run, a second call, and wrong settings."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from phasecall import modelfile, packing, pretraining
from phasecall.checkpoints import digest_weights
from phasecall.cli import main
from phasecall.cli.pretrain import command
from phasecall.lessons import LEAST_GENES, draw_lesson
from phasecall.modelcard import ModelCard
from phasecall.packing import open_trained
from phasecall.points import MOST_POINTS
from phasecall.pretraining import Plan
from phasecall.training import Trained

FILES = {"model.onnx", "model.keras", "card.json", "log.json", "curve.svg", "curve.png", "curve.pdf"}
SETTINGS = ("--epochs", 1, "--lessons", 2, "--genes", LEAST_GENES, "--batch-size", 32)


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Each lesson drawn once, few to judge by, and one length: a network is compiled for every one."""
    with pytest.MonkeyPatch.context() as patch:
        draw = cache(lambda seed, n_genes=LEAST_GENES: draw_lesson(seed, n_genes))
        for module in (pretraining, packing):
            patch.setattr(module, "draw_lesson", draw)
        patch.setattr(pretraining, "_JUDGES", 2)
        patch.setattr(pretraining, "_LENGTHS", (MOST_POINTS,))
        patch.setattr(packing, "_N_LESSONS", 3)
        yield


def run(*words: object) -> object:
    with pytest.raises(SystemExit) as ended:
        main(["pretrain", *map(str, words)])
    return ended.value.code


@pytest.fixture(scope="module")
def trained(quick: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pretrain") / "small"
    assert run("-o", folder, *SETTINGS) == 0
    return folder


def test_a_run_writes_its_files(trained: Path) -> None:
    assert {file.name for file in trained.iterdir()} == FILES | {"checkpoints"}
    assert [entry["epoch"] for entry in json.loads((trained / "log.json").read_text())] == [1]
    assert (trained / "model.onnx").stat().st_size < packing.MAX_SMALL_BYTES


def test_the_card_says_what_it_is_and_that_it_saw_no_real_gene(trained: Path) -> None:
    card = modelfile.read(trained / "model.onnx").card
    assert (card.name, card.method, card.kind) == ("small", "phasecall", "clock")
    assert (card.scheme, card.times, card.sync, card.period, card.turn_at_zero) == (
        None,
        (),
        None,
        None,
        None,
    )
    assert (card.temperature, card.parameters) == (1.0, 19_913)
    assert card.conformal["level"] == 0.9
    assert set(card.conformal["least"]) == {"four", "five"}
    plan = vars(Plan(epochs=1, lessons=2, n_genes=LEAST_GENES, batch_size=32))
    told = card.training
    assert told["plan"] == plan
    assert (told["simulated_experiments"], told["simulated_genes"]) == (2, 2 * LEAST_GENES)
    assert told["real_genes"] == 0
    assert (
        told["command"]
        == "phasecall pretrain --output small --epochs 1 --lessons 2 --genes 64 --batch-size 32"
    )
    log = json.loads((trained / "log.json").read_text())
    assert card.metrics["validation"] == log[-1]
    cost = card.metrics["quantisation"]
    assert cost["n"] == 3 * LEAST_GENES
    assert 0 <= cost["changed_calls"] <= 0.05
    assert 0 < cost["max_probability_change"] < 0.05


def test_the_network_is_opened_and_exported_again(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, card = open_trained(str(trained))
    assert digest_weights(model) == card.training["weights_sha256"]
    out = trained.parent / "exact.onnx"
    with pytest.raises(SystemExit) as ended:
        main(["export", str(trained), "-o", str(out), "--float", "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["n"] == 3 * LEAST_GENES
    # Float against float: nothing but the order of sums differs.
    assert told["changed_calls"] == 0
    assert told["max_probability_change"] < 1e-4
    exact = modelfile.read(out).card
    assert "quantisation" not in exact.metrics
    assert exact.training == card.training


def test_the_same_command_goes_on_and_ends_where_it_was(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = modelfile.read(trained / "model.onnx").card
    state = trained / "checkpoints" / "state.json"
    written = state.stat().st_mtime_ns
    assert run("-o", trained, *SETTINGS, "--json") == 0
    out, err = capsys.readouterr()
    summary = json.loads(out)
    assert state.stat().st_mtime_ns == written
    card = modelfile.read(trained / "model.onnx").card
    assert card.training["weights_sha256"] == before.training["weights_sha256"]
    assert card.metrics == before.metrics
    assert summary["model"]["card"]["training"] == card.training
    assert summary["model"]["bytes"] == (trained / "model.onnx").stat().st_size
    assert "epoch 1: " in err
    assert f"wrote {trained}/model.onnx" in err


def test_other_settings_need_another_folder_or_a_new_start(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("-o", trained, *SETTINGS, "--seed", 1) == 2
    told = capsys.readouterr().err
    assert "holds a run with other settings" in told
    assert "different: seed" in told


def test_the_plan_of_the_package_makes_its_network_and_a_new_start_forgets_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Plan, bool]] = []
    left = tmp_path / "mine" / "checkpoints" / "state.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")

    def train(model: Any, plan: Plan, folder: Path, progress: Any) -> Trained:
        assert folder == left.parent
        told.append(("", plan, left.exists()))
        return Trained(model, [{"epoch": 1, "loss": 1.0, "val_loss": 1.0, "val_accuracy": 0.5}], 1, 1.0)

    def finish(model: Any, card: ModelCard, folder: Path) -> dict[str, Any]:
        told[-1] = (card.name, *told[-1][1:])
        metrics = {**card.metrics, "quantisation": {"changed_calls": 0.0, "n": 1}}
        return {"model": {"bytes": 1, "card": {"metrics": metrics}}}

    monkeypatch.setattr(pretraining, "pretrain", train)
    monkeypatch.setattr(packing, "finish_default", finish)
    assert run("-o", left.parents[1]) == 0
    assert run("-o", left.parents[1], "--restart", "--seed", 3, "--genes", 80) == 0
    assert told == [("phasecall", Plan(), True), ("mine", Plan(seed=3, n_genes=80), False)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--epochs", 0), "--epochs"),
        (("--lessons", 0), "--lessons"),
        (("--batch-size", "many"), "--batch-size"),
        (("--learning-rate", 2), "--learning-rate"),
        (("--genes", 3), "64 genes or more"),
        (("--network", "mine.keras"), "--network"),
    ],
)
def test_a_wrong_setting_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[object, ...], told: str
) -> None:
    assert run("-o", tmp_path, *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("phasecall: ") == 1
    assert "Traceback" not in err


def test_the_help_names_the_settings_of_the_plan() -> None:
    told = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    options = {
        name.replace("n_genes", "genes").replace("_", "-"): value for name, value in vars(Plan()).items()
    }
    for name, value in options.items():
        (entry,) = re.findall(rf"--{name} .*?\[default: ([^\];]*)", told)
        assert float(entry) == value, name
