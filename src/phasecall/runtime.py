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

_Numbers = NDArray[np.float64]


class Predictor:
    """The network of a model file, ready to predict.

    Parameters
    ----------
    content
        Bytes of a model file; `phasecall.modelfile` has read and checked them.

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

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._lock = Lock()
        self._sessions = [_open_session(content)]
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
            If the series have another shape than the model takes.
        """
        rows = np.ascontiguousarray(series, dtype=np.float32)
        if rows.ndim != 3 or rows.shape[1:] != (self.n_points, 1):
            raise ModelError(
                "the series do not fit the model",
                expected=f"shape (n, {self.n_points}, 1)",
                found=f"shape {rows.shape}",
                fix="bring the time course to the grid of the model",
            )
        widths = {OUTPUT: self.n_phases}
        if embeddings:
            widths[EMBEDDING] = self.n_embedding
        results = [np.empty((len(rows), width)) for width in widths.values()]
        starts = range(0, len(rows), CHUNK)

        def work(share: int) -> None:
            session = self._session(share)
            for start in starts[share::THREADS]:
                chunk = slice(start, start + CHUNK)
                answers = session.run([*widths], {INPUT: rows[chunk]})
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
                self._sessions.append(_open_session(self._content))
        return self._sessions[share]


def _open_session(content: bytes) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Unfold the weights once, here, rather than at every call.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has no common class for what can be wrong with a graph
        raise ModelError("ONNX Runtime cannot load the graph", found=str(error).splitlines()[0]) from error
