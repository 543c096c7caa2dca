"""Runtime: probabilities, or heads, from a model file, by ONNX Runtime."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasecall.errors import ModelError
from phasecall.graph import EMBEDDING, INPUTS, MAX_POINTS, MIN_POINTS, N_CHANNELS, OUTPUTS, Kind

if TYPE_CHECKING:
    import onnxruntime

CHUNK = 250
"""The most genes a call of the runtime: their states stay in the cache of a core."""
CHUNK_POINTS = 3000
"""Their points, all together, so that long series stay there too."""
THREADS = 2
"""Threads that share the chunks, each with a session of its own: two threads in one session are slower."""

TOLERANCE = 1e-3
"""How far from 1 the probabilities of a gene may sum, for the rounding of float32."""

_Numbers = NDArray[np.float64]


class Predictor:
    """The network of a model file, ready to predict.

    Parameters
    ----------
    content
        Bytes of a model file; `phasecall.modelfile` has read and checked them.
    where
        What messages name.

    Attributes
    ----------
    kind
        `grid`: it takes series on one grid of times and gives probabilities. `clock`: it takes any number of
        points on the clock and gives heads, see `phasecall.density`.
    n_points
        Length of a series; None for any.
    n_outputs, n_embedding
        Length of a row of probabilities or heads, and of the numbers before the last layer.

    Raises
    ------
    ModelError
        If ONNX Runtime cannot load the graph.

    Examples
    --------
    The model that comes with the package::

        predictor = Predictor(phasecall.modelfile.shipped().content)
        probabilities = predictor.predict(series)
    """

    def __init__(self, content: bytes, *, where: str = "model") -> None:
        self._content = content
        self._where = where
        self._lock = Lock()
        self._sessions = [_open_session(content, where)]
        session = self._sessions[0]
        entry = session.get_inputs()[0]
        self.kind: Kind = "clock" if entry.name == INPUTS["clock"] else "grid"
        self.n_points = int(entry.shape[1]) if self.kind == "grid" else None
        self.n_outputs, self.n_embedding = (int(output.shape[1]) for output in session.get_outputs())

    @overload
    def predict(self, series: ArrayLike, *, embeddings: Literal[False] = False) -> _Numbers: ...
    @overload
    def predict(self, series: ArrayLike, *, embeddings: Literal[True]) -> tuple[_Numbers, _Numbers]: ...
    def predict(self, series: ArrayLike, *, embeddings: bool = False) -> _Numbers | tuple[_Numbers, _Numbers]:
        """Return the probability of each phase, or the heads, for each gene.

        Parameters
        ----------
        series
            Prepared values, no NaN; n_genes may be 0. For a grid of shape (n_genes, n_points, 1); for a clock
            (n_genes, t, `N_CHANNELS`) with t from `MIN_POINTS` to `MAX_POINTS`, none of them padding.
        embeddings
            Whether to return the numbers before the last layer too.

        Returns
        -------
        outputs
            Shape (n_genes, n_outputs): probabilities, of which each row sums to 1, or heads. The order of the
            genes and how they are cut into chunks change nothing beyond the rounding of float32.
        embedding
            Shape (n_genes, n_embedding), only if asked for.

        Raises
        ------
        ModelError
            If the series have another shape than the model takes or hold NaN, if ONNX Runtime cannot run the
            graph, or if what comes out are no probabilities, or no numbers.
        """
        rows = np.ascontiguousarray(series, dtype=np.float32)
        self._check(rows)
        widths = {OUTPUTS[self.kind]: self.n_outputs, **({EMBEDDING: self.n_embedding} if embeddings else {})}
        results = [np.empty((len(rows), width)) for width in widths.values()]
        size = chunk_size(rows.shape[1])
        starts = range(0, len(rows), size)

        def work(share: int) -> None:
            session = self._session(share)
            for start in starts[share::THREADS]:
                chunk = slice(start, start + size)
                answers = self._run(session, rows[chunk], widths)
                for result, answer in zip(results, answers, strict=True):
                    result[chunk] = answer

        if len(starts) < THREADS:
            work(0)
        else:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(work, range(THREADS)))
        return (results[0], results[1]) if embeddings else results[0]

    def _check(self, rows: NDArray[np.float32]) -> None:
        if self.kind == "clock":
            # Of fewer points a pool may leave none, and what an LSTM makes of none is whatever lay in memory.
            counts = range(MIN_POINTS, MAX_POINTS + 1)
            fits = rows.ndim == 3 and rows.shape[1] in counts and rows.shape[2] == N_CHANNELS
            expected = f"(n, {MIN_POINTS} to {MAX_POINTS}, {N_CHANNELS})"
            fix = "bring the time course onto its clock"
        else:
            fits = rows.ndim == 3 and rows.shape[1:] == (self.n_points, 1)
            expected = f"(n, {self.n_points}, 1)"
            fix = "bring the time course to the grid of the model"
        if not fits:
            raise ModelError(
                "the series do not fit the model",
                expected=f"shape {expected}",
                found=f"shape {rows.shape}",
                fix=fix,
            )
        # A network that rectifies turns NaN into 0 and answers as if nothing were missing.
        if not np.isfinite(rows).all():
            raise ModelError("the series hold values that are no numbers", fix="fill the gaps first")

    def _session(self, share: int) -> onnxruntime.InferenceSession:
        """Return the session of a thread; the second is opened only when there is work for two."""
        with self._lock:
            while len(self._sessions) <= share:
                self._sessions.append(_open_session(self._content, self._where))
        return self._sessions[share]

    def _run(
        self, session: onnxruntime.InferenceSession, rows: NDArray[np.float32], widths: dict[str, int]
    ) -> list[NDArray[np.float32]]:
        """Return the outputs for some genes, having checked that they are what they should be.

        That a graph passes inspection does not say that it runs, nor that it ends in probabilities or heads.
        """
        try:
            answers: list[NDArray[np.float32]] = session.run([*widths], {INPUTS[self.kind]: rows})
        except Exception as error:  # as in `_open_session`
            raise _fault("ONNX Runtime cannot run the graph", error, self._where) from error
        shapes = [answer.shape for answer in answers]
        wanted = [(len(rows), width) for width in widths.values()]
        if shapes != wanted:
            problem = "the model returns another shape than it declares"
            raise ModelError(problem, expected=str(wanted), found=str(shapes), where=self._where)
        if self.kind == "grid":
            self._check_sums(answers[0])
        elif not all(np.isfinite(answer).all() for answer in answers):
            raise ModelError(
                "the model returns values that are no numbers",
                expected="heads that are finite",
                where=self._where,
                fix="use a model file written by phasecall",
            )
        return answers

    def _check_sums(self, probabilities: NDArray[np.float32]) -> None:
        sums = probabilities.sum(axis=1)
        # Written so that NaN fails too.
        if not (probabilities.min() >= 0 and np.abs(sums - 1).max() <= TOLERANCE):
            raise ModelError(
                "the model returns no probabilities",
                expected="numbers from 0 to 1 that sum to 1 for each gene",
                found=f"numbers from {probabilities.min():g}, sums from {sums.min():g} to {sums.max():g}",
                where=self._where,
                fix="use a model file written by phasecall",
            )


def chunk_size(n_points: int) -> int:
    """Return how many genes of so many points each go into one call of the runtime, 1 or more."""
    return max(1, min(CHUNK, CHUNK_POINTS // n_points))


def _open_session(content: bytes, where: str) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Fatal only: everything else comes as an exception and must not be printed too.
    options.log_severity_level = 4
    # Unfold the weights once, here, rather than at every call.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has no common class for what can be wrong with a graph
        raise _fault("ONNX Runtime cannot load the graph", error, where) from error


def _fault(problem: str, error: Exception, where: str) -> ModelError:
    found = str(error).strip().partition("\n")[0] or type(error).__name__
    return ModelError(problem, found=found, where=where, fix="use a model file written by phasecall")
