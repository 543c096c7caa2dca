"""Runtime: probabilities from a model file, by ONNX Runtime."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasecall.errors import ModelError
from phasecall.graph import EMBEDDING, INPUT, OUTPUT

if TYPE_CHECKING:
    import onnxruntime

CHUNK = 250
"""Genes a call of the runtime: their states stay in the cache of a core."""
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
    n_points, n_phases
        Length of a series, and of a row of probabilities.

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
        self.n_points = int(session.get_inputs()[0].shape[1])
        self.n_phases, self.n_embedding = (int(output.shape[1]) for output in session.get_outputs())

    @overload
    def predict(self, series: ArrayLike, *, embeddings: Literal[False] = False) -> _Numbers: ...
    @overload
    def predict(self, series: ArrayLike, *, embeddings: Literal[True]) -> tuple[_Numbers, _Numbers]: ...
    def predict(self, series: ArrayLike, *, embeddings: bool = False) -> _Numbers | tuple[_Numbers, _Numbers]:
        """Return the probability of each phase for each gene.

        Parameters
        ----------
        series
            Prepared values, shape (n_genes, n_points, 1), no NaN; n_genes may be 0.
        embeddings
            Whether to return the numbers before the last layer too.

        Returns
        -------
        probabilities
            Shape (n_genes, n_phases), each row sums to 1. The order of the genes and how they are cut into
            chunks change nothing beyond the rounding of float32.
        embedding
            Shape (n_genes, n_embedding), only if asked for.

        Raises
        ------
        ModelError
            If the series have another shape than the model takes or hold NaN, if ONNX Runtime cannot run the
            graph, or if what comes out are no probabilities.
        """
        rows = np.ascontiguousarray(series, dtype=np.float32)
        if rows.ndim != 3 or rows.shape[1:] != (self.n_points, 1):
            raise ModelError(
                "the series do not fit the model",
                expected=f"shape (n, {self.n_points}, 1)",
                found=f"shape {rows.shape}",
                fix="bring the time course to the grid of the model",
            )
        # A network that rectifies turns NaN into 0 and answers as if nothing were missing.
        if not np.isfinite(rows).all():
            raise ModelError("the series hold values that are no numbers", fix="fill the gaps first")
        widths = {OUTPUT: self.n_phases, **({EMBEDDING: self.n_embedding} if embeddings else {})}
        results = [np.empty((len(rows), width)) for width in widths.values()]
        starts = range(0, len(rows), CHUNK)

        def work(share: int) -> None:
            session = self._session(share)
            for start in starts[share::THREADS]:
                chunk = slice(start, start + CHUNK)
                answers = self._run(session, rows[chunk], widths)
                for result, answer in zip(results, answers, strict=True):
                    result[chunk] = answer

        if len(starts) < THREADS:
            work(0)
        else:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(work, range(THREADS)))
        return (results[0], results[1]) if embeddings else results[0]

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

        That a graph passes inspection does not say that it runs, nor that it ends in probabilities.
        """
        try:
            answers: list[NDArray[np.float32]] = session.run([*widths], {INPUT: rows})
        except Exception as error:  # as in `_open_session`
            raise _fault("ONNX Runtime cannot run the graph", error, self._where) from error
        shapes = [answer.shape for answer in answers]
        wanted = [(len(rows), width) for width in widths.values()]
        if shapes != wanted:
            problem = "the model returns another shape than it declares"
            raise ModelError(problem, expected=str(wanted), found=str(shapes), where=self._where)
        sums = answers[0].sum(axis=1)
        # Written so that NaN fails too.
        if not (answers[0].min() >= 0 and np.abs(sums - 1).max() <= TOLERANCE):
            raise ModelError(
                "the model returns no probabilities",
                expected="numbers from 0 to 1 that sum to 1 for each gene",
                found=f"numbers from {answers[0].min():g}, sums from {sums.min():g} to {sums.max():g}",
                where=self._where,
                fix="use a model file written by phasecall",
            )
        return answers


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
