"""The default network beside a plain one of its size: `python benchmarks/hybrid.py [--epochs N] [-o FOLDER]`.

A convolution and a recurrent layer cost some twenty times the multiply-adds of dense layers with as many
weights. Do they earn them? The plain network is a chain of dense layers on the same numbers: a course in one
row of 48 points by 8 channels, where a shorter one stands at the end, after zeros. Which points are true is
one of the channels. It is trained by `phasecall.pretraining` as the default network was: on the same lessons,
in the same batches, with the same loss, optimiser, learning rates and seed. The folder keeps the state of the
run: the same command goes on where it was stopped. `--widths` tries other layers, in a folder of their own.

Prints a Markdown table: accuracy in per cent and mean negative log-likelihood of the phases. First on
simulated experiments that are new to both networks, with what training looks at: peaks within a tenth of a
turn, the loss, and how well genes that follow the cycle are told from others. Then on the tracks of
`inner_tracks.py`, folds 1 to 4. No network learns from a label there, but where an experiment's labels may be
known, those of the other folds anchor its clock. The networks answer alone: what else `phasecall call` weighs
in is left out. Last what they cost: weights, and processor time a gene on one thread of ONNX Runtime. Series
have 24 points there, which the plain network still reads as 48. Needs the extra `train`; a full run takes
some twenty minutes of one core, most of them to draw the lessons.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from inner_tracks import FLOOR, judge
from numpy.typing import NDArray
from rich.progress import Progress
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from phasecall import modelfile
from phasecall.benchmark import TRACKS
from phasecall.circular import distance
from phasecall.density import ORDER, find_peak, fuse, lay_out, share_out
from phasecall.graph import N_CHANNELS, to_onnx
from phasecall.labels import TEST_FOLD
from phasecall.lessons import draw_lesson
from phasecall.methods import Examples, Method
from phasecall.network import load_keras
from phasecall.packing import open_trained
from phasecall.phases import SCHEMES, Scheme
from phasecall.points import MIN_VALUES, MOST_POINTS, lay_points
from phasecall.pretraining import Plan, measure_loss, pad, predict_heads, pretrain
from phasecall.runtime import chunk_size
from phasecall.timecourse import find_constant

if TYPE_CHECKING:
    import keras

Floats = NDArray[np.float64]
Row = tuple[str, ...]

KEYS = (
    *("cdc15-9", "cdc15-23", "alpha", "cdc28", "elu", "fused"),
    *("transfer-alpha", "transfer-cdc15", "transfer-cdc28"),
)
WIDTHS = (46, 32)
"""With these it has 19,511 weights, and the default network 19,913. One layer or three, normalised ones and
other activations did no better on the simulated experiments of `phasecall.pretraining`."""
N_LESSONS, LESSONS_SEED = 60, 70_000_000
"""No seed of a lesson that a network is trained on, or judged by elsewhere."""
N_POINTS, N_GENES, RUNS = 24, 4000, 7


def plain(widths: Sequence[int], seed: int) -> keras.Sequential:
    """Return a new network of dense layers, which reads what the default network does."""
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((None, N_CHANNELS)),
            layers.Lambda(lay_flat, output_shape=(MOST_POINTS * N_CHANNELS,)),
            *(layers.Dense(width, activation="relu") for width in widths),
            layers.Dense(2 * ORDER + 1),
        ]
    )


def lay_flat(points: Any) -> Any:
    """Return each gene's points in one row, as many numbers for a course of any length."""
    ops = load_keras().ops
    framed = ops.pad(points, [[0, 0], [MOST_POINTS - points.shape[1], 0], [0, 0]])
    return ops.reshape(framed, (-1, MOST_POINTS * N_CHANNELS))


def as_method(model: keras.Model) -> Method:
    """Return a network as a method that learns nothing; what several experiments say is fused."""

    def fit(_: Examples, __: NDArray[np.int64], scheme: Scheme, ___: int) -> Callable[[Examples], Floats]:
        def predict(asked: Examples) -> Floats:
            naturals = np.stack([read(model, asked, number) for number in range(len(asked.courses))])
            return share_out(lay_out(fuse(naturals)), scheme)

        return predict

    return Method("network", "network", "A network alone.", fit, needs_labels=False)


def read(model: keras.Model, genes: Examples, number: int) -> Floats:
    """Return what a network says of one experiment; NaN for genes of too few values or of one only."""
    course = genes.courses[number]
    measured = course.select_times(course.measured())
    enough = np.isfinite(measured.values).sum(axis=1) >= MIN_VALUES
    readable = enough & ~find_constant(measured.values)
    points = lay_points(measured, genes.clocks[number])[readable]
    # Points of zeros in front change nothing: one length, so that Keras compiles each network once.
    framed = np.pad(points, [(0, 0), (MOST_POINTS - points.shape[1], 0), (0, 0)])
    natural = np.full((len(course), 2 * ORDER), np.nan)
    natural[readable] = predict_heads(model, framed)[:, : 2 * ORDER]
    return natural


def judge_lessons(models: Sequence[keras.Model]) -> Iterator[Row]:
    """Yield the rows of the table for simulated experiments."""
    points, truth = pad([draw_lesson(LESSONS_SEED + number) for number in range(N_LESSONS)], MOST_POINTS)
    periodic, scheme = truth[:, 1] > 0, SCHEMES["four"]
    turns = truth[periodic, 0].astype(np.float64)
    codes = scheme.assign(turns)
    phases, peaks, rhythms = [], [], []
    for model in models:
        heads = predict_heads(model, points)
        masses = lay_out(heads[periodic, : 2 * ORDER])
        answers = share_out(masses, scheme)
        given = np.maximum(answers[np.arange(codes.size), codes], FLOOR)
        phases.append((100 * float((answers.argmax(axis=1) == codes).mean()), -float(np.log(given).mean())))
        near = distance(find_peak(masses).turn, turns) < 0.1
        loss = np.asarray(measure_loss(truth, heads.astype(np.float32)))
        peaks.append((100 * float(near.mean()), float(loss.mean())))
        rhythms.append(f"{roc_auc_score(periodic, heads[:, 2 * ORDER]):.3f}")
    yield "simulated", str(codes.size), *map(write_cell, phases)
    yield "simulated: peaks within 0.1 turns / loss", str(len(truth)), *map(write_cell, peaks)
    yield "simulated: AUC of following the cycle", str(len(truth)), *rhythms


def judge_track(key: str, models: Sequence[keras.Model]) -> Row:
    """Return the row of the table for a track."""
    task = TRACKS[key].load()
    found = [judge(task, as_method(model)) for model in models]
    n_genes = int((task.labelled & (task.folds != TEST_FOLD)).sum())
    return f"`{key}`", str(n_genes), *map(write_cell, found)


def write_cell(found: tuple[float, float] | None) -> str:
    return "–" if found is None else f"{found[0]:.1f} / {found[1]:.3f}"


def time_graph(graph: Any, series: NDArray[np.float32]) -> float:
    """Return the median microseconds of processor time a gene, one thread, in the runtime's chunks."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
    name, size, seconds = session.get_inputs()[0].name, chunk_size(N_POINTS), []
    for _ in range(RUNS + 1):
        start = time.process_time()
        for first in range(0, len(series), size):
            session.run(None, {name: series[first : first + size]})
        seconds.append(time.process_time() - start)
    return 1e6 * statistics.median(seconds[1:]) / len(series)


def flat_graph(model: keras.Model) -> Any:
    """Return the graph of a plain network, whose input is one row a gene.

    The graph writer takes it for a network on a grid, and wants a softmax at its end.
    """
    keras = load_keras()
    entry, flat = keras.Input((MOST_POINTS * N_CHANNELS, 1)), keras.layers.Flatten()
    return to_onnx(keras.Sequential([entry, flat, *model.layers[1:], keras.layers.Softmax()]))


def measure_cost(hybrid: keras.Model, rival: keras.Model) -> Iterator[Row]:
    """Yield the rows of the table for what each network costs."""
    yield "weights", "", *(f"{model.count_params():,}" for model in (hybrid, rival))
    rng = np.random.default_rng(0)
    points = rng.standard_normal((N_GENES, N_POINTS, N_CHANNELS), dtype=np.float32)
    rows = rng.standard_normal((N_GENES, MOST_POINTS * N_CHANNELS, 1), dtype=np.float32)
    spent = time_graph(to_onnx(hybrid), points), time_graph(flat_graph(rival), rows)
    yield "microseconds a gene", "", *(f"{one:.2f}" for one in spent)


def train(widths: Sequence[int], plan: Plan, folder: Path) -> keras.Model:
    """Return the plain network, trained; goes on with what the folder holds."""
    with Progress() as progress:
        bar = progress.add_task("epochs", total=plan.epochs)
        trained = pretrain(plain(widths, plan.seed), plan, folder, lambda _: progress.advance(bar))
    return trained.model


def main() -> None:
    """Train the plain network and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=Plan.epochs, help="those of the default network: 60")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    parser.add_argument("-o", "--output", type=Path, default=Path("build/hybrid"), metavar="FOLDER")
    given = parser.parse_args()
    rival = train(given.widths, Plan(epochs=given.epochs), given.output)
    hybrid, _ = open_trained(modelfile.DEFAULT)
    print("| | genes | CNN-BiLSTM | plain |\n|---|---|---|---|")
    tracks = (judge_track(key, (hybrid, rival)) for key in KEYS)
    with threadpool_limits(1):
        for row in chain(judge_lessons((hybrid, rival)), tracks, measure_cost(hybrid, rival)):
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
