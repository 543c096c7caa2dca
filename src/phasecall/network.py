"""Network: the Keras networks that phasecall trains, as chains of layers to which users can add."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasecall.density import N_HEADS
from phasecall.emitters import LAYERS
from phasecall.errors import InputError, MissingExtraError, ModelError
from phasecall.graph import INPUTS, MIN_POINTS, N_CHANNELS
from phasecall.inspection import MAX_WEIGHTS, inspect_network
from phasecall.wire import MAX_TEXT, parse_json

if TYPE_CHECKING:
    import keras

# Set on import, so that an `import keras` after this one finds the backend that the extra 'train' installs.
os.environ.setdefault("KERAS_BACKEND", "jax")

_MAX_BYTES = 256 * 2**20
"""A network file that unpacks to more than this is refused."""
_MAX_STORED = 4 * MAX_WEIGHTS
"""Numbers in the file: the weights, and what an optimiser keeps of each."""
_MAX_ENTRIES = 10_000
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_FILES = {"metadata.json", _CONFIG, _WEIGHTS}


def load_keras() -> Any:
    """Import Keras, on the JAX backend unless the environment variable `KERAS_BACKEND` says otherwise.

    Raises
    ------
    MissingExtraError
        If Keras or its backend is not installed.
    """
    try:
        import keras
    except ImportError as error:
        raise MissingExtraError("Training a network", "train", error.name or "keras") from error
    return keras


class Network:
    """A network before it is built: stem, body and head, three lists of Keras layers.

    Layers are added to the body, between the stem and the head, because nothing can follow the softmax or
    the linear units that end the head. The layers given are a pattern: `build` makes new ones from their
    configurations.

    Parameters
    ----------
    stem, head
        The fixed layers before and after those that a user adds. The head takes a sequence.
    n_points
        Time points of a series, 1 or more; None for any number of them.
    n_channels
        Numbers at each time point.
    seed
        Sets the initial weights and the dropout of every layer without a seed of its own, from 0.
    """

    def __init__(
        self, stem: list[Any], head: list[Any], *, n_points: int | None, n_channels: int = 1, seed: int = 0
    ) -> None:
        self.stem = list(stem)
        self.body: list[Any] = []
        self.head = list(head)
        self.n_points = n_points
        self.n_channels = n_channels
        self.seed = seed

    def add(self, layer: Any) -> None:
        """Append a layer to the body.

        Parameters
        ----------
        layer
            A Keras layer that takes a sequence, shape (genes, points, channels), and returns one. Of a
            network for any number of points, it must leave one of `MIN_POINTS`. Convolutions and pools do not
            know which points of a batch are padding: train with batches of one length behind them.

        Raises
        ------
        InputError
            If it is no Keras layer, cannot be written to a model file, or does not return a sequence.
        """
        keras = load_keras()
        kind = type(layer).__name__
        own = type(layer).__module__.startswith("keras.")
        if not isinstance(layer, keras.Layer) or not own or kind not in LAYERS:
            raise InputError(
                f"a layer of the kind {kind} cannot be added",
                expected=f"a Keras layer, one of {', '.join(sorted(LAYERS))}",
                found=repr(layer),
            )
        self._check_shape(layer)
        self.body.append(layer)

    def build(self) -> keras.Sequential:
        """Return a new, untrained network: the same seed gives the same initial weights.

        Returns
        -------
        keras.Sequential
            Input (n_points, n_channels), output the probability of each phase, or the heads. It holds Keras'
            own layers only, so a `.keras` file of it loads in safe mode.
        """
        import numpy as np

        keras = load_keras()
        random = np.random.default_rng(self.seed)
        seeds = iter(lambda: int(random.integers(2**31)), -1)
        layers = [_copy(layer, seeds) for layer in (*self.stem, *self.body, *self.head)]
        taken: set[str] = set()
        for layer in layers:
            while layer.name in taken:
                layer.name += "_"
            taken.add(layer.name)
        name = INPUTS["clock" if self.n_points is None else "grid"]
        entry = keras.Input((self.n_points, self.n_channels), name=name)
        return keras.Sequential([entry, *layers], name="phasecall")

    def _check_shape(self, layer: Any) -> None:
        # What leaves a point of the fewest leaves one of any number.
        shape: tuple[int | None, ...] = (None, self.n_points or MIN_POINTS, self.n_channels)
        advice = "keep the sequence: return_sequences=True in an LSTM, no Flatten, shorter kernels and pools"
        try:
            for other in (*self.stem, *self.body):
                shape = _copy(other).compute_output_shape(shape)
            result = tuple(_copy(layer).compute_output_shape(shape))
        except ValueError as error:
            found = str(error).splitlines()[0]
            raise InputError(
                f"{type(layer).__name__} does not fit after the layers before it",
                expected=f"a layer that takes a sequence of shape {shape[1:]}",
                found=found,
                fix=advice,
            ) from error
        if len(result) != 3 or not all(result[1:]) or min(size or 0 for size in result[1:]) < 1:
            raise InputError(
                f"{type(layer).__name__} cannot stand before the last bidirectional LSTM",
                expected="a layer that returns a sequence, shape (points, channels), of 1 point or more",
                found=f"shape {result[1:]} from a sequence of shape {shape[1:]}",
                fix=advice,
            )


def reference(n_points: int = 9, n_phases: int = 4, seed: int = 0) -> Network:
    """Return the reference network, exactly in the published shape: 54,180 parameters for 9 points, 4 phases.

    A convolution of 32 filters over 3 points, batch normalisation, ReLU, a bidirectional LSTM of 64 units a
    direction, dropout of 0.3, 32 dense units and a softmax over the phases. Layers added stand between the
    ReLU and the LSTM.

    Parameters
    ----------
    n_points
        Time points of a series, 2 or more.
    n_phases
        Phases to tell apart, 2 or more.
    seed
        Sets the initial weights and the dropout, from 0.

    Raises
    ------
    InputError
        If a number is out of range.
    MissingExtraError
        If Keras is not installed.

    Examples
    --------
    With Keras imported after `phasecall.network`, which sets its backend::

        from keras.layers import LSTM, Bidirectional, Conv1D, MaxPooling1D

        model = reference()
        model.add(Conv1D(64, 3, activation="relu"))
        model.add(MaxPooling1D(2))
        model.add(Bidirectional(LSTM(128, return_sequences=True)))
        network = model.build()
    """
    for name, value, least in (("n_points", n_points, 2), ("n_phases", n_phases, 2), ("seed", seed, 0)):
        if value < least:
            raise InputError(f"{name} is too small", expected=f"{least} or more", found=str(value))
    layers = load_keras().layers
    stem = [
        layers.Conv1D(32, 3, padding="same", name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"),
    ]
    head = [
        layers.Bidirectional(layers.LSTM(64), name="bilstm"),
        layers.Dropout(0.3, name="dropout"),
        layers.Dense(32, activation="relu", name="dense"),
        layers.Dense(n_phases, activation="softmax", name="phases"),
    ]
    return Network(stem, head, n_points=n_points, seed=seed)


def default(seed: int = 0) -> Network:
    """Return the default network, which reads a series as it was measured: 19,913 parameters.

    It takes any number of time points, `N_CHANNELS` numbers each. A convolution of 32 filters over 3 points,
    batch normalisation, ReLU, a bidirectional LSTM of 32 units a direction, dropout of 0.1, 32 dense units,
    and `N_HEADS` linear units: the parameters of a density over the turn (`phasecall.density`) and the logit
    of being periodic. Layers added stand between the ReLU and the LSTM.

    Training batches pad short courses with points of zeros only, in front. Nothing of them reaches the
    output or the normalisation: the convolution is causal and has no bias, so it gives zeros there and
    nowhere else, and Keras' `Masking`, which would not come through a convolution, hides them behind it. At
    the end padding would not do: the last windows would hold true points.

    Parameters
    ----------
    seed
        Sets the initial weights and the dropout, from 0.

    Raises
    ------
    InputError
        If the seed is out of range.
    MissingExtraError
        If Keras is not installed.
    """
    if seed < 0:
        raise InputError("seed is too small", expected="0 or more", found=str(seed))
    layers = load_keras().layers
    stem = [
        layers.Conv1D(32, 3, padding="causal", use_bias=False, name="conv"),
        layers.Masking(0.0, name="mask"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"),
    ]
    head = [
        layers.Bidirectional(layers.LSTM(32), name="bilstm"),
        layers.Dropout(0.1, name="dropout"),
        layers.Dense(32, activation="relu", name="embedding"),
        layers.Dense(N_HEADS, name="heads"),
    ]
    return Network(stem, head, n_points=None, n_channels=N_CHANNELS, seed=seed)


def load_network(path: str | Path) -> keras.Model:
    """Load a network from a `.keras` file; nothing in the file can run code.

    Parameters
    ----------
    path
        A file written by `model.save("name.keras")`.

    Returns
    -------
    keras.Model
        The network, not compiled.

    Raises
    ------
    ModelError
        If the file is not a Keras network, names anything that could run code or that cannot be written as a
        graph, is too large once unfolded, or neither takes series of shape (n_points, 1) and returns
        probabilities, nor takes points of shape (None, `N_CHANNELS`) and returns heads.
    MissingExtraError
        If Keras is not installed.
    """
    keras = load_keras()
    where = str(path)
    inspect_network(_read_config(Path(path)), where)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # whatever Keras stumbles over in a stranger's file is a fault of the file
        raise _unreadable(where, str(error) or repr(error)) from error
    _check_ends(model, where)
    return model


def _check_ends(model: keras.Model, where: str) -> None:
    shape, output = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    last = model.layers[-1] if model.layers else None
    activation = getattr(getattr(last, "activation", None), "__name__", type(last).__name__)
    entry, end = tuple(shape or ())[1:], tuple(output or ())[1:]
    if entry == (None, N_CHANNELS):
        fits = end == (N_HEADS,) and activation == "linear"
    else:
        fits = len(entry) == 2 and bool(entry[0]) and entry[1] == 1 and len(end) == 1
        fits = fits and activation.lower() == "softmax"
    if not fits:
        raise ModelError(
            "this network does not call phases",
            expected="input (genes, points, 1) and, as last layer, a softmax over the phases; or input"
            f" (genes, None, {N_CHANNELS}) and {N_HEADS} linear units",
            found=f"input {shape}, output {output}, last layer {type(last).__name__}",
            where=where,
        )


def _unreadable(where: str, found: str) -> ModelError:
    return ModelError(
        "this is not a network that Keras can load",
        expected="a .keras file written by model.save",
        found=found.strip().splitlines()[0],
        where=where,
    )


def _read_config(path: Path) -> Any:
    """Return the description of the layers in a `.keras` file, and check its weights, without Keras."""
    where = str(path)
    if not path.is_file():
        raise ModelError("there is no such network file", where=where, fix="check the path")
    if path.suffix != ".keras":
        raise _unreadable(where, f"a file named *{path.suffix}")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(archive)
            config = parse_json(archive.read(_CONFIG).decode())
            if not isinstance(config, dict):
                raise TypeError(f"a {_CONFIG} that describes no network")
            _check_weights(archive.read(_WEIGHTS))
    except Exception as error:  # zip, deflate, JSON and HDF5 each have errors of their own
        raise _unreadable(where, str(error) or "no zip archive") from error
    # How it was compiled is not loaded, so it need not be safe.
    return {key: value for key, value in config.items() if key != "compile_config"}


def _check_archive(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if set(names) != _FILES or len(names) != len(_FILES):
        raise ValueError(f"an archive of {', '.join(names)} instead of {', '.join(sorted(_FILES))}")
    if sum(entry.file_size for entry in archive.infolist()) > _MAX_BYTES:
        raise ValueError(f"an archive that unpacks to more than {_MAX_BYTES:,} bytes")
    if archive.getinfo(_CONFIG).file_size > MAX_TEXT:
        raise ValueError(f"a {_CONFIG} of more than {MAX_TEXT:,} bytes")


def _check_weights(content: bytes) -> None:
    """Check that the weights lie in the file and are no more than a network may have.

    HDF5 can point to other files, and declare arrays of any size of which it stores nothing.
    """
    import h5py  # type: ignore[import-untyped]  # comes with Keras

    entries = numbers = 0
    with h5py.File(BytesIO(content)) as file:
        groups = [file]
        while groups:
            group = groups.pop()
            for name in group:
                entries += 1
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ValueError(f"weights that point elsewhere, {name}")
                item = group[name]
                if isinstance(item, h5py.Group):
                    groups.append(item)
                elif not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
                    raise ValueError(f"weights outside the file, {name}")
                elif item.dtype.kind not in "fiu" or item.dtype.itemsize > 8:
                    raise ValueError(f"weights that are no numbers, {name}")
                else:
                    numbers += item.size or 0
                if entries > _MAX_ENTRIES or numbers > _MAX_STORED:
                    raise ValueError(f"more than {_MAX_ENTRIES:,} weights or {_MAX_STORED:,} numbers in them")


def _copy(layer: Any, seeds: Iterator[int] | None = None) -> Any:
    """Return a new layer of the same configuration, its missing seeds filled in."""
    config = layer.get_config()
    return type(layer).from_config(_fill_seeds(config, seeds) if seeds else config)


def _fill_seeds(value: Any, seeds: Iterator[int]) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: next(seeds) if key == "seed" and item is None else _fill_seeds(item, seeds)
        for key, item in value.items()
    }
