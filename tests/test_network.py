"""The networks: their shape, their seeds, the layers users add, and files from strangers."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest

from networks import points, profiles, shake, shaken_default, shaken_reference
from phasecall.errors import InputError, MissingExtraError, ModelError
from phasecall.network import default, load_keras, load_network, reference

keras = load_keras()
layers = keras.layers

# Keras hands its variables to np.array, which NumPy 2 tells it not to do; it happens whenever Keras saves.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def _weights(model: Any) -> list[Any]:
    return [np.asarray(weight) for weight in model.weights]


def _equal(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(_weights(one), _weights(other), strict=True))


def test_the_reference_has_exactly_the_published_shape() -> None:
    model = reference().build()
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Conv1D", "BatchNormalization", "ReLU", "Bidirectional", "Dropout", "Dense", "Dense"]
    assert (model.input_shape, model.output_shape) == ((None, 9, 1), (None, 4))
    assert model.count_params() == 54_180
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 54_116
    assert model.layers[4].rate == 0.3


def test_points_and_phases_can_be_chosen() -> None:
    model = reference(n_points=23, n_phases=5).build()
    assert (model.input_shape, model.output_shape) == ((None, 23, 1), (None, 5))


@pytest.mark.parametrize("wrong", [{"n_points": 1}, {"n_phases": 1}, {"seed": -1}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(wrong))} is too small"):
        reference(**wrong)


def test_the_same_seed_gives_the_same_weights_whatever_was_drawn_before() -> None:
    network = reference(seed=3)
    first = network.build()
    keras.utils.set_random_seed(99)
    assert _equal(first, network.build())
    assert _equal(first, reference(seed=3).build())
    assert not _equal(first, reference(seed=4).build())


def test_added_layers_are_seeded_too_and_keep_a_seed_of_their_own() -> None:
    def build() -> Any:
        model = reference()
        model.add(layers.Conv1D(8, 3))
        model.add(layers.Dense(8, kernel_initializer=keras.initializers.GlorotUniform(seed=12)))
        return model.build()

    one, other = build(), build()
    assert _equal(one, other)
    assert one.layers[4].kernel_initializer.get_config()["seed"] == 12


def test_building_twice_gives_two_networks() -> None:
    network = reference()
    first, second = network.build(), network.build()
    first.layers[0].bias.assign(np.ones(32))
    assert not np.asarray(second.layers[0].bias).any()


def test_the_first_published_change_works_as_written() -> None:
    from keras.layers import Conv1D, MaxPooling1D

    model = reference()
    model.add(Conv1D(64, 3, activation="relu"))
    model.add(MaxPooling1D(2))
    built = model.build()
    assert [layer.name for layer in built.layers][-4:] == ["bilstm", "dropout", "dense", "phases"]
    assert [tuple(layer.output.shape) for layer in built.layers[3:5]] == [(None, 7, 64), (None, 3, 64)]


def test_the_second_published_change_works_as_written() -> None:
    from keras.layers import LSTM, Bidirectional

    model = reference()
    model.add(Bidirectional(LSTM(128, return_sequences=True)))
    assert tuple(model.build().layers[3].output.shape) == (None, 9, 256)


def test_one_layer_can_be_added_twice() -> None:
    model = reference()
    again = layers.Conv1D(16, 3, padding="same", name="again")
    model.add(again)
    model.add(again)
    assert [layer.name for layer in model.build().layers[3:5]] == ["again", "again_"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Flatten(), r"Flatten cannot stand before[\s\S]*returns a sequence[\s\S]*no Flatten"),
        (lambda: layers.LSTM(8), r"LSTM cannot stand before[\s\S]*return_sequences=True"),
        (lambda: layers.GlobalMaxPooling1D(), "GlobalMaxPooling1D cannot stand before"),
        (lambda: layers.Conv1D(8, 11), r"Conv1D does not fit[\s\S]*shape \(9, 32\)[\s\S]*shorter kernels"),
        (lambda: layers.MaxPooling1D(10), "MaxPooling1D does not fit"),
        (lambda: layers.Lambda(lambda x: x), r"kind Lambda cannot be added[\s\S]*one of Activation"),
        (lambda: layers.GRU(8, return_sequences=True), "kind GRU cannot be added"),
        (lambda: "Dense", r"kind str cannot be added[\s\S]*found: 'Dense'"),
        (lambda: layers.Dense, "kind type cannot be added"),
    ],
)
def test_a_layer_that_cannot_stand_in_the_body_is_refused(make: Any, message: str) -> None:
    model = reference()
    with pytest.raises(InputError, match=message):
        model.add(make())
    assert model.body == []


def test_the_default_reads_any_number_of_points() -> None:
    model = default().build()
    assert [layer.name for layer in model.layers] == [
        *("conv", "mask", "norm", "relu", "bilstm", "dropout", "embedding", "heads")
    ]
    assert (model.inputs[0].name, model.input_shape, model.output_shape) == (
        "points",
        (None, None, 8),
        (None, 9),
    )
    assert model.count_params() == 19_913
    assert _equal(model, default().build())
    assert not _equal(model, default(seed=1).build())
    with pytest.raises(InputError, match="seed is too small"):
        default(seed=-1)


def _padded(series: Any, n: int) -> Any:
    """Return points with n points of zeros in front."""
    return np.pad(series, ((0, 0), (n, 0), (0, 0)))


@pytest.mark.parametrize("n", [1, 2, 17])
def test_padding_in_front_changes_nothing(n: int) -> None:
    model, series = shaken_default(), points(20, 10)
    np.testing.assert_allclose(np.asarray(model(_padded(series, n))), np.asarray(model(series)), atol=1e-6)


def test_courses_of_several_lengths_go_into_one_batch() -> None:
    model = shaken_default()
    courses = [points(1, t, seed=t) for t in (4, 9, 24)]
    batch = np.concatenate([_padded(course, 24 - course.shape[1]) for course in courses])
    alone = np.concatenate([np.asarray(model(course)) for course in courses])
    np.testing.assert_allclose(np.asarray(model(batch)), alone, atol=1e-6)


def test_padding_does_not_count_in_the_normalisation_nor_after_loading(tmp_path: Path) -> None:
    shaken_default().save(tmp_path / "net.keras")
    series = points(20, 10)

    def moments(batch: Any) -> list[Any]:
        model = load_network(tmp_path / "net.keras")
        model(batch, training=True)
        norm = model.get_layer("norm")
        return [np.asarray(norm.moving_mean), np.asarray(norm.moving_variance)]

    before = shaken_default().get_layer("norm")
    plain, padded = moments(series), moments(_padded(series, 30))
    assert np.abs(plain[0] - np.asarray(before.moving_mean)).max() > 1e-4
    np.testing.assert_allclose(padded, plain, atol=1e-6)


def test_padding_has_no_gradient() -> None:
    def train(batch: Any) -> Any:
        model = shake(default().build())
        # Dropout draws by the shape of a batch behind the LSTM, which padding does not change.
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.train_on_batch(batch, np.ones((len(batch), 9)))
        return model

    series = points(20, 10)
    for one, other in zip(_weights(train(series)), _weights(train(_padded(series, 6))), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


# Keras says that a convolution does not pass the mask on.
@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
def test_layers_are_added_to_the_default_too() -> None:
    model = default()
    model.add(layers.Bidirectional(layers.LSTM(16, return_sequences=True)))
    model.add(layers.Conv1D(64, 3, activation="relu"))
    model.add(layers.MaxPooling1D(2))
    assert [tuple(layer.output.shape) for layer in model.build().layers[4:7]] == [
        (None, None, 32),
        (None, None, 64),
        (None, None, 64),
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Flatten(), r"Flatten cannot stand before[\s\S]*returns a sequence"),
        (lambda: layers.LSTM(8), "LSTM cannot stand before"),
        (lambda: layers.Conv1D(8, 5), r"Conv1D does not fit[\s\S]*shape \(4, 32\)"),
        (lambda: layers.MaxPooling1D(5), "MaxPooling1D does not fit"),
    ],
)
def test_a_layer_that_does_not_leave_one_point_of_few_is_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        default().add(make())


def test_a_saved_default_network_comes_back(tmp_path: Path) -> None:
    shaken_default().save(tmp_path / "net.keras")
    loaded, series = load_network(tmp_path / "net.keras"), points(5, 12)
    np.testing.assert_array_equal(np.asarray(loaded(series)), np.asarray(shaken_default()(series)))


def test_a_layer_of_the_users_own_is_refused_even_under_a_known_name() -> None:
    own = type("Dense", (layers.Dense,), {})
    with pytest.raises(InputError, match="kind Dense cannot be added"):
        reference().add(own(3))


def test_without_keras_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match=r"extra 'train'[\s\S]*'keras'[\s\S]*pip install"):
        reference()


@pytest.mark.parametrize(("given", "used"), [(None, "jax"), ("torch", "torch")])
def test_the_backend_is_jax_unless_the_environment_says_otherwise(given: str | None, used: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    command = "import os, sys, phasecall.network; print(os.environ['KERAS_BACKEND'], 'keras' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", command],
        env=environment | ({"KERAS_BACKEND": given} if given else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [used, "False"]


def test_a_saved_network_comes_back(tmp_path: Path) -> None:
    model = shaken_reference()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.save(tmp_path / "net.keras")
    series, _ = profiles(5)
    loaded = load_network(tmp_path / "net.keras")
    np.testing.assert_array_equal(np.asarray(loaded(series)), np.asarray(model(series)))


def _repack(source: Path, target: Path, change: Any) -> Path:
    """Write a copy of a network file with another description."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return target


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "net.keras"
    shaken_reference().save(path)
    return path


def test_a_lambda_in_a_network_file_is_refused_and_never_runs(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    touch = lambda x, mark=str(mark): [__import__("pathlib").Path(mark).touch(), x][1]  # noqa: E731
    hostile = keras.Sequential([keras.Input((9, 1)), layers.Lambda(touch)])
    assert mark.exists()
    mark.unlink()
    hostile.save(tmp_path / "hostile.keras")
    with pytest.raises(ModelError, match=r"does not load[\s\S]*found: keras.layers.Lambda"):
        load_network(tmp_path / "hostile.keras")
    assert not mark.exists()


def test_keras_itself_refuses_a_lambda_too_should_the_first_check_ever_miss_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = keras.Sequential([keras.Input((9, 1)), layers.Lambda(lambda x: x), layers.Flatten()])
    hostile.save(tmp_path / "hostile.keras")
    monkeypatch.setattr("phasecall.network.inspect_network", lambda description, where: None)
    with pytest.raises(ModelError, match="not a network that Keras can load"):
        load_network(tmp_path / "hostile.keras")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda c: c["config"]["layers"][1].update(module="os", class_name="system"), "os.system"),
        (lambda c: c["config"]["layers"][1].update(module="builtins", class_name="eval"), "builtins.eval"),
        (lambda c: c["config"]["layers"][1].update(registered_name="mine>Conv1D"), "keras.layers.Conv1D"),
        (lambda c: c["config"]["layers"][1]["config"].update(filters=10**9), "filters=1000000000"),
        (
            lambda c: c["config"]["layers"][1]["config"].update(
                activation={"module": "keras.utils", "class_name": "function", "config": "get_file"}
            ),
            "keras.utils.function",
        ),
        (lambda c: c.update(class_name="Functional"), "keras.Functional"),
    ],
)
def test_a_network_file_that_names_anything_else_is_refused(
    saved: Path, tmp_path: Path, change: Any, found: str
) -> None:
    with pytest.raises(ModelError, match=rf"does not load[\s\S]*found: {found}"):
        load_network(_repack(saved, tmp_path / "hostile.keras", change))


def _set(place: int, *keys: str, **values: Any) -> Any:
    """Return a change of entries in the configuration of a layer, or in one of the objects in it."""

    def change(description: Any) -> None:
        entry = description["config"]["layers"][place]["config"]
        for key in keys:
            entry = entry[key]
        entry.update(values)

    return change


def _insert(place: int, layer: Any) -> Any:
    return lambda description: description["config"]["layers"].insert(place, layer)


def _nest(description: Any) -> None:
    for _ in range(100):
        description["config"]["name"] = [description["config"]["name"]]


DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 4096}}
WIDE = {**DENSE, "build_config": {"input_shape": [None, 2**19]}}
SEQUENTIAL = {"module": "keras", "class_name": "Sequential", "config": {"layers": [DENSE]}}
INPUT = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 9, 1]}}
FLATTEN = {"module": "keras.layers", "class_name": "Flatten", "config": {}}
HOSTILE: dict[str, tuple[Any, str]] = {
    "a wide kernel": (_set(1, kernel_size=[20_000_000]), "kernel_size=20000000"),
    "a far reach": (_set(1, kernel_size=[4096], dilation_rate=[4096]), "a window of 4096 points"),
    "filters as text": (_set(1, filters="32"), "filters=32"),
    "filters as a fraction": (_set(1, filters=32.0), "filters=32.0"),
    "no filters": (_set(1, filters=None), "filters=None"),
    "other axes": (_set(1, data_format="channels_first"), "data_format=channels_first"),
    "a layer in a layer": (_set(1, activation=WIDE), "keras.layers.Dense"),
    "any large number": (_set(5, rate=1e9), "rate=1000000000.0"),
    "a large number inside": (_set(1, "kernel_initializer", "config", gain=10**6), "gain=1000000"),
    "no points": (_set(0, batch_shape=[None, 0, 1]), "batch_shape=0"),
    "any number of points and many channels": (
        _set(0, batch_shape=[None, None, 2**21]),
        "batch_shape=2097152",
    ),
    "any number of channels": (_set(0, batch_shape=[None, None, None]), "batch_shape=None"),
    "no channels": (_set(0, batch_shape=[None, 9]), r"series of shape \[None, 9\]"),
    "many points": (_set(0, batch_shape=[None, 4096, 1000]), "4,096,000 numbers for each gene"),
    "many units": (_set(4, "layer", "config", units=2500), r"layers of [\d,]+ weights"),
    "many units backwards": (_set(4, "backward_layer", "config", units=2500), r"layers of [\d,]+ weights"),
    "another cell": (_set(4, layer=DENSE), "keras.layers.Dense"),
    "many after flattening": (
        lambda d: [_insert(4, FLATTEN)(d), _insert(5, DENSE)(d), _insert(6, DENSE)(d), _insert(7, DENSE)(d)],
        r"layers of [\d,]+ weights",
    ),
    "built for another shape": (_insert(7, WIDE), r"layers of [\d,]+ weights"),
    "no input": (lambda d: d["config"]["layers"].pop(0), "a first layer Conv1D"),
    "two inputs": (_insert(1, INPUT), "a second InputLayer"),
    "a network in a network": (_insert(7, SEQUENTIAL), "keras.Sequential"),
    "no layer": (_insert(7, "Dense"), "something where a layer belongs"),
    "no layers": (lambda d: d["config"].update(layers=[]), "no list of layers"),
    "many layers": (lambda d: d["config"]["layers"].extend([FLATTEN] * 60), "70 layers, more than 64"),
    "no configuration": (lambda d: d.update(config=None), "keras.Sequential"),
}


@pytest.fixture
def no_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: Any, **__: Any) -> None:
        pytest.fail("Keras was asked to build what the file describes")

    monkeypatch.setattr(keras.saving, "load_model", build)


@pytest.mark.usefixtures("no_keras")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_network_file_that_would_fill_the_memory_is_refused_before_keras_builds_it(
    saved: Path, tmp_path: Path, name: str
) -> None:
    change, found = HOSTILE[name]
    with pytest.raises(ModelError, match=rf"does not load[\s\S]*found: .*(?:{found})"):
        load_network(_repack(saved, tmp_path / "hostile.keras", change))


def test_an_lstm_is_unrolled_over_few_points_only(saved: Path, tmp_path: Path) -> None:
    def change(description: Any) -> None:
        _set(0, batch_shape=[None, 500, 1])(description)
        _set(4, "layer", "config", unroll=True)(description)

    with pytest.raises(ModelError, match="an LSTM unrolled over 500 points"):
        load_network(_repack(saved, tmp_path / "hostile.keras", change))


@pytest.mark.usefixtures("no_keras")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_nest, "nested more than 24 deep"),
        (_set(1, filters=float("inf")), "not finite, Infinity"),
        (_set(1, filters=10**400), "a number of 401 digits"),
        (lambda d: d.update(name="x" * 2**20), "more than 1,048,576 bytes"),
    ],
)
def test_a_description_that_would_fill_the_memory_is_not_parsed(
    saved: Path, tmp_path: Path, change: Any, found: str
) -> None:
    with pytest.raises(ModelError, match=rf"that Keras can load[\s\S]*found: .*{found}"):
        load_network(_repack(saved, tmp_path / "hostile.keras", change))


@pytest.mark.parametrize("text", ["[1]", "null", "0", '"Sequential"'])
def test_a_description_of_something_else_is_a_model_error(saved: Path, tmp_path: Path, text: str) -> None:
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(tmp_path / "net.keras", "w") as new:
        for name in old.namelist():
            new.writestr(name, text if name == "config.json" else old.read(name))
    with pytest.raises(ModelError, match="describes no network"):
        load_network(tmp_path / "net.keras")


def _declare_large(file: Any) -> None:
    file.create_dataset("huge", shape=(2**33,), dtype="f4", chunks=(2**20,))


def _point_outside(file: Any) -> None:
    file.create_dataset("outside", shape=(4,), dtype="f4", external=[("/etc/passwd", 0, 16)])


def _link_outside(file: Any) -> None:
    file["link"] = h5py.ExternalLink("other.h5", "/weights")


def _store_text(file: Any) -> None:
    file["text"] = "text"


@pytest.mark.usefixtures("no_keras")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_declare_large, "80,000,000 numbers"),
        (_point_outside, "weights outside the file, outside"),
        (_link_outside, "weights that point elsewhere, link"),
        (_store_text, "weights that are no numbers, text"),
        (lambda file: [file.create_group(f"g{number}") for number in range(10_001)], "10,000 weights"),
    ],
)
def test_weights_that_are_huge_or_elsewhere_are_refused(
    saved: Path, tmp_path: Path, change: Any, found: str
) -> None:
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(tmp_path / "net.keras", "w") as new:
        for name in old.namelist():
            content = io.BytesIO(old.read(name))
            if name.endswith(".h5"):
                with h5py.File(content, "r+") as file:
                    change(file)
            new.writestr(name, content.getvalue())
    with pytest.raises(ModelError, match=rf"that Keras can load[\s\S]*found: .*{found}"):
        load_network(tmp_path / "net.keras")


def test_what_phasecall_ships_and_users_build_stays_within_the_bounds(tmp_path: Path) -> None:
    model = reference(n_points=200, n_phases=5)
    model.add(layers.Conv1D(256, 9, padding="causal", dilation_rate=2, activation=layers.ReLU()))
    model.add(layers.BatchNormalization())
    model.add(layers.AveragePooling1D(2))
    model.add(layers.Bidirectional(layers.LSTM(256, return_sequences=True)))
    model.build().save(tmp_path / "large.keras")
    assert load_network(tmp_path / "large.keras").count_params() > 1_000_000


def test_weights_that_do_not_fit_the_layers_are_a_model_error(saved: Path, tmp_path: Path) -> None:
    def change(config: Any) -> None:
        config["config"]["layers"][1]["config"]["filters"] = 31

    with pytest.raises(ModelError, match="not a network that Keras can load"):
        load_network(_repack(saved, tmp_path / "net.keras", change))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.keras", b"", "not a network that Keras can load"),
        ("a.keras", b"gene,0,10\n", r"not a network[\s\S]*not a zip file"),
        ("a.h5", b"\x89HDF", r"expected: a .keras file[\s\S]*\*.h5"),
        ("a.pkl", b"\x80\x04", r"\*.pkl"),
    ],
)
def test_a_file_that_is_no_network_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=message):
        load_network(tmp_path / name)


def test_a_missing_file_a_folder_and_a_bomb_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: Path
) -> None:
    for path in (tmp_path / "none.keras", tmp_path):
        with pytest.raises(ModelError, match="no such network file"):
            load_network(path)
    with zipfile.ZipFile(tmp_path / "b.keras", "w") as archive:
        archive.writestr("other.json", "{}")
    with pytest.raises(ModelError, match=r"an archive of other\.json instead of config\.json"):
        load_network(tmp_path / "b.keras")
    with zipfile.ZipFile(_repack(saved, tmp_path / "c.keras", lambda _: None), "a") as archive:
        archive.writestr("assets/more", "")
    with pytest.raises(ModelError, match="assets/more"):
        load_network(tmp_path / "c.keras")
    monkeypatch.setattr("phasecall.network._MAX_BYTES", 1000)
    with pytest.raises(ModelError, match="unpacks to more than 1,000 bytes"):
        load_network(saved)


@pytest.mark.parametrize(
    "stack",
    [
        lambda: [keras.Input((9, 2)), layers.Flatten(), layers.Dense(4, activation="softmax")],
        lambda: [keras.Input((9, 1)), layers.Dense(4, activation="softmax")],
        lambda: [keras.Input((9, 1)), layers.Flatten(), layers.Dense(4)],
        lambda: [keras.Input((None, 8)), layers.LSTM(4), layers.Dense(9, activation="softmax")],
        lambda: [keras.Input((None, 8)), layers.LSTM(4), layers.Dense(8)],
        lambda: [keras.Input((None, 8)), layers.Dense(9)],
        lambda: [keras.Input((None, 1)), layers.LSTM(4), layers.Dense(4, activation="softmax")],
        lambda: [keras.Input((None, 7)), layers.LSTM(4), layers.Dense(9)],
    ],
)
def test_a_network_that_does_not_call_phases_is_refused(tmp_path: Path, stack: Any) -> None:
    keras.Sequential(stack()).save(tmp_path / "net.keras")
    with pytest.raises(ModelError, match=r"does not call phases[\s\S]*softmax"):
        load_network(tmp_path / "net.keras")
