"""What the small file costs: `python benchmarks/quantisation.py`."""

from __future__ import annotations

import numpy as np

from phasecall import modelfile, packing
from phasecall.benchmark import TRACKS
from phasecall.preparation import prepare, standardise
from phasecall.runtime import Predictor
from phasecall.training import predict

JITTERS = 60


def main() -> None:
    """Print accuracies of the float published network and of its small file on jittered labelled genes."""
    model, card = packing.open_trained("reference")
    predictor = Predictor(modelfile.shipped().content)
    task = TRACKS["cdc15-9"].load()
    course = prepare(task.course.select_genes(task.codes >= 0), card.times).course
    truth = task.codes[task.codes >= 0]
    rng = np.random.default_rng(0)
    deviation = course.values.std(axis=1, keepdims=True)
    figures = []
    for jitter in [0.0] + [0.3] * JITTERS:
        noise = jitter * deviation * rng.standard_normal(course.values.shape)
        series = standardise(course.values + noise, course.times)
        exact, small = predict(model, series), predictor.predict(series)
        figures.append([100 * (answer.argmax(axis=1) == truth).mean() for answer in (exact, small)])
    plain, jittered = figures[0], np.array(figures[1:])
    loss = jittered[:, 0] - jittered[:, 1]
    print(f"without jitter, n = {truth.size}: float {plain[0]:.2f} %, small {plain[1]:.2f} %")
    print(f"{JITTERS} jitters: float {jittered[:, 0].mean():.3f} %, small {jittered[:, 1].mean():.3f} %")
    print(f"loss {loss.mean():.3f} points, standard error {loss.std() / np.sqrt(JITTERS):.3f}")


if __name__ == "__main__":
    main()
