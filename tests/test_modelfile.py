"""Model files: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks import CARD, CLOCK_CARD, graph
from phasecall import modelfile
from phasecall.errors import InputError, ModelError
from phasecall.graph import Kind
from phasecall.modelcard import Grid, ModelCard, require_grid, require_scheme
from phasecall.modelfile import read, seal, shipped, unseal, write
from phasecall.wire import frame_size, metadata_of

helper, T = onnx.helper, onnx.TensorProto


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "model.onnx", graph(), CARD)
    return tmp_path / "model.onnx"


def _resealed(proto: Any, card: ModelCard = CARD) -> bytes:
    """Return a file as somebody who means harm would make it: with a seal that is right."""
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    del copy.metadata_props[:]
    copy.metadata_props.add(key="phasecall", value=card.to_json())
    content: bytes = copy.SerializeToString()
    return content.replace(b"0" * 64 + b'"}', hashlib.sha256(content).hexdigest().encode() + b'"}')


def test_what_was_written_is_read(path: Path) -> None:
    file = read(path)
    assert file.card == CARD
    assert file.content == path.read_bytes()
    assert file.sha256 == hashlib.sha256(file.content).hexdigest()
    assert len(file.content) < 50_000


def test_the_checksum_can_be_verified_without_phasecall(path: Path) -> None:
    content = path.read_bytes()
    card = json.loads(onnx.load(path).metadata_props[0].value)
    opened = content.replace(card["file_sha256"].encode(), b"0" * 64)
    assert hashlib.sha256(opened).hexdigest() == card["file_sha256"]


def test_the_same_model_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "again.onnx", graph(), CARD)
    assert again.content == path.read_bytes() == (tmp_path / "again.onnx").read_bytes()
    resealed = seal(onnx.load(path), CARD)
    assert resealed.content == again.content


def test_an_open_entry_of_the_card_may_be_empty(tmp_path: Path) -> None:
    card = replace(CARD, sync=None, description='périod "file_sha256":"x')
    assert write(tmp_path / "m.onnx", graph(), card).card == read(tmp_path / "m.onnx").card == card


def test_a_write_that_fails_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    with pytest.raises(ModelError):
        write(path, graph(), replace(CARD, times=(1.0, 2.0)))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["model.onnx"]
    with pytest.raises(InputError):
        write(path.parent / "none" / "model.onnx", graph(), CARD)


def test_a_card_with_a_seal_of_its_own_cannot_be_written() -> None:
    with pytest.raises(ModelError, match="entry named 'file_sha256'"):
        seal(graph(), replace(CARD, training={"file_sha256": "f" * 64}))


@pytest.mark.parametrize("place", [0, 40, 5_000, 25_000, 43_000, -700, -100, -1])
def test_a_changed_byte_is_found_anywhere(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"altered after it was written|not a model file of phasecall"):
        read(path)


@pytest.mark.parametrize("extra", [b"\0", b"\x08\x0a"])
def test_a_longer_file_is_found(path: Path, extra: bytes) -> None:
    path.write_bytes(path.read_bytes() + extra)
    with pytest.raises(ModelError, match=r"altered|not a model file"):
        read(path)


def test_an_altered_file_names_both_checksums(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[5_000] ^= 1
    with pytest.raises(
        ModelError, match=r"altered[\s\S]*expected: SHA-256 [0-9a-f]{64}[\s\S]*get the file again"
    ):
        unseal(bytes(content))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x80\x04\x95\x00pickle", "a Python pickle, which could run code"),
        (b"PK\x03\x04rest", "a zip archive, such as a .keras file"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"gene,0,10,20\nYAL001C,1,2,3\n", "text"),
        (bytes(range(128, 256)), "something else, or an incomplete file"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, content: bytes, found: str) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=rf"not a model file of phasecall[\s\S]*found: {found}"):
        read(tmp_path / "model.onnx")


def test_an_incomplete_file_and_a_bare_graph_are_named(path: Path) -> None:
    content = path.read_bytes()
    with pytest.raises(ModelError, match="an incomplete file"):
        unseal(content[:30_000])
    with pytest.raises(ModelError, match="an ONNX file without the card of phasecall"):
        unseal(graph().SerializeToString())
    with pytest.raises(ModelError, match="a card without a seal"):
        unseal(content.replace(b'"file_sha256"', b'"file_sha255"'))


def test_a_missing_a_folder_an_empty_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        read(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="this is a folder"):
        read(tmp_path)
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(ModelError, match="is empty"):
        read(tmp_path / "empty.onnx")
    with (tmp_path / "huge.onnx").open("wb") as stream:
        stream.truncate(modelfile.MAX_BYTES + 1)
    with pytest.raises(ModelError, match=r"too large[\s\S]*67,108,864 bytes"):
        read(tmp_path / "huge.onnx")


def test_a_file_that_cannot_be_opened_is_a_model_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError("not yours")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ModelError, match=r"cannot be read[\s\S]*not yours"):
        read(path)


def _card(**changes: Any) -> str:
    return json.dumps(json.loads(CARD.to_json()) | changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no format"),
        (_card(format="1"), "no format"),
        (_card(format=3), r"newer phasecall[\s\S]*found: format 3[\s\S]*upgrade"),
        (_card(extra=1), "another type: extra"),
        (_card(times=[]), "found: times = "),
        (_card(times=None), "another type: times"),
        (_card(times=["40"]), "another type: times"),
        (_card(period="110"), "another type: period"),
        (_card(parameters=True), "another type: parameters"),
        (_card(training=[]), "another type: training"),
        (_card(times=[True, 2]), "another type: times"),
        (_card().replace('"name"', '"nom"'), "another type: name, nom"),
        (_card(period=0), r"out of range[\s\S]*a period above 0[\s\S]*found: period = 0"),
        (_card(period=-110), "found: period = -110"),
        (_card(period=1e-300), "found: period = 1e-300"),
        (_card(period=10**17), "found: period = 10+"),
        (_card(period=10**400), "a number of 401 digits"),
        (_card(period=float("inf")), "not finite, Infinity"),
        (_card(period=float("nan")), "not finite, NaN"),
        (_card(metrics={"ece": float("-inf")}), "not finite, -Infinity"),
        (_card().replace("110.0", "1e999"), "not finite, 1e999"),
        (_card(turn_at_zero=7.3), "found: turn_at_zero = 7.3"),
        (_card(turn_at_zero=1), "found: turn_at_zero = 1"),
        (_card(turn_at_zero=-0.1), "found: turn_at_zero = -0.1"),
        (_card(temperature=0), "found: temperature = 0"),
        (_card(parameters=-1), "found: parameters = -1"),
        (_card(times=[20, 10]), "found: times = .20, 10"),
        (_card(times=[10, 10]), "found: times = "),
        (_card(times=[0, 10**400]), "a number of 401 digits"),
        (_card(times=[0, 10**12]), "found: times = "),
        (_card(name="\x1b[2J"), r"found: name = \\x1b\[2J, too long or"),
        (_card(version="1\t2"), "found: version = "),
        (_card(description="x" * 2000), "found: description = x+ ... x*, too long"),
        (_card(name="\ud800"), "half a character"),
        (_card(training=json.loads("[" * 90 + "]" * 90)), "nested more than 24"),
        (_card(training={"x": "x" * 2**20}), "more than 1,048,576 characters"),
    ],
)
def test_a_card_that_cannot_be_read_says_why(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        ModelCard.from_json(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"period": 0.0},
        {"period": float("nan")},
        {"period": 10**400},
        {"times": (20.0, 10.0)},
        {"times": ()},
        {"turn_at_zero": 1.0},
        {"temperature": -1.0},
        {"parameters": -1},
        {"name": 7},
        {"name": "a\nb"},
        {"metrics": {"accuracy": float("nan")}},
        {"metrics": {"accuracy": np.float32(0.5)}},
        {"training": {"seed": 2**70}},
        {"training": {"nested": json.loads("[" * 90 + "]" * 90)}},
    ],
)
def test_a_card_that_could_not_be_read_is_not_written(path: Path, changes: dict[str, Any]) -> None:
    before = path.read_bytes()
    with pytest.raises(ModelError):
        replace(CARD, **changes).to_json()
    with pytest.raises(ModelError):
        write(path, graph(), replace(CARD, **changes))
    assert path.read_bytes() == before


def test_a_card_at_the_edge_of_its_ranges_is_written_and_read() -> None:
    card = replace(
        CARD, times=(-5.0, 0.0, 1e6), period=1e-3, turn_at_zero=0.0, temperature=0.01, parameters=0
    )
    assert ModelCard.from_json(card.to_json()) == card


def test_a_model_for_another_scheme_is_refused() -> None:
    require_scheme(CARD, "four")
    with pytest.raises(ModelError, match=r"another scheme[\s\S]*'five'[\s\S]*'four'[\s\S]*--scheme four"):
        require_scheme(CARD, "five")
    with pytest.raises(ModelError, match=r"unknown scheme[\s\S]*one of four, five"):
        seal(graph(), replace(CARD, scheme="seven"))


def _clock_card(**changes: Any) -> str:
    return json.dumps(json.loads(CLOCK_CARD.to_json()) | changes)


def _format_1(**changes: Any) -> str:
    whole = json.loads(CARD.to_json()) | {"format": 1} | changes
    return json.dumps({name: value for name, value in whole.items() if name not in ("kind", "conformal")})


def test_a_card_of_format_1_is_one_of_a_grid() -> None:
    card = ModelCard.from_json(_format_1())
    assert card == CARD
    assert (card.kind, card.conformal) == ("grid", {})
    assert json.loads(card.to_json())["format"] == 2
    # Two cards share nothing that can be changed.
    assert card.conformal is not ModelCard.from_json(_format_1()).conformal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps(json.loads(_format_1()) | {"kind": "clock"}), "another type: kind"),
        (_format_1(scheme=None), "found: scheme = None"),
        (_format_1(format=2), "another type: conformal, kind"),
        (_card(kind="sundial"), "found: kind = sundial"),
        (_card(kind=None), "another type: kind"),
        (_card(conformal=None), "another type: conformal"),
        (_card(scheme=None), "found: scheme = None"),
        (_card(period=None), "found: period = None"),
        (_card(turn_at_zero=None), "found: turn_at_zero = None"),
        (_card(kind="clock"), "out of range"),
        (_clock_card(kind="grid"), "out of range"),
        (_clock_card(scheme="four"), r"out of range[\s\S]*kind clock none[\s\S]*found: scheme = four"),
        (_clock_card(times=[1.0, 2.0]), "found: times = "),
        (_clock_card(sync="cdc15"), "found: sync = cdc15"),
        (_clock_card(period=110.0), "found: period = 110.0"),
        (_clock_card(turn_at_zero=0.5), "found: turn_at_zero = 0.5"),
        (_clock_card(temperature=1.5), "found: temperature = 1.5"),
    ],
)
def test_the_kind_of_a_card_says_what_else_it_holds(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        ModelCard.from_json(text)


def test_a_clock_is_written_and_read(tmp_path: Path) -> None:
    written = write(tmp_path / "clock.onnx", graph(kind="clock"), CLOCK_CARD)
    assert read(tmp_path / "clock.onnx") == written
    assert written.card == CLOCK_CARD == ModelCard.from_json(CLOCK_CARD.to_json())
    assert len(written.content) < 50_000


def test_a_clock_calls_any_scheme_and_has_no_grid() -> None:
    for key in ("four", "five", "human"):
        require_scheme(CLOCK_CARD, key)
    assert require_grid(CARD) == Grid("four", 110.0, 0.25)
    with pytest.raises(ModelError, match=r"no grid[\s\S]*found: the kind 'clock'[\s\S]*model 'default'"):
        require_grid(CLOCK_CARD)


def test_a_graph_of_another_kind_than_its_card_is_refused() -> None:
    with pytest.raises(ModelError, match="inputs"):
        seal(graph(), CLOCK_CARD)
    with pytest.raises(ModelError, match="inputs"):
        seal(graph(kind="clock"), CARD)


def _edit(change: Callable[[Any], object], kind: Kind = "grid") -> Any:
    copy = onnx.ModelProto()
    copy.CopyFrom(graph(kind=kind))
    change(copy)
    return copy


def _outside(proto: Any) -> None:
    tensor = proto.graph.initializer[0]
    tensor.data_location = T.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _swap_last(node: Any) -> Callable[[Any], object]:
    def change(proto: Any) -> None:
        node.input[:] = proto.graph.node[-1].input
        node.output[:] = ["probabilities"]
        proto.graph.node[-1].CopyFrom(node)

    return change


def _huge_broadcast(proto: Any) -> None:
    """Two weights of 128 KB whose product has 4 GB."""
    for name, dims in (("a", (32_768, 1)), ("b", (1, 32_768))):
        proto.graph.initializer.add(name=name, data_type=T.FLOAT, dims=dims, raw_data=bytes(4 * 32_768))
    proto.graph.node.append(helper.make_node("Mul", ["a", "b"], ["c"]))


def _huge_per_gene(proto: Any) -> None:
    proto.graph.initializer.add(name="a", data_type=T.FLOAT, dims=(1, 1, 2**18), raw_data=bytes(2**20))
    proto.graph.node.append(helper.make_node("Mul", ["series", "a"], ["b"]))


def _set_attribute(operator: str, name: str, value: int) -> Callable[[Any], object]:
    def change(proto: Any) -> None:
        for node in proto.graph.node:
            for attribute in node.attribute:
                if (node.op_type, attribute.name) == (operator, name):
                    attribute.CopyFrom(helper.make_attribute(name, [value] * len(attribute.ints) or value))

    return change


HOSTILE: dict[str, tuple[Callable[[Any], object], str]] = {
    "external data": (_outside, "outside the file"),
    "another operator": (_swap_last(helper.make_node("Loop", [], [])), "operator ai.onnx.Loop"),
    "another domain": (_swap_last(helper.make_node("Add", [], [], domain="evil")), "operator evil.Add"),
    "a subgraph": (
        _swap_last(helper.make_node("Add", [], [], body=helper.make_graph([], "g", [], []))),
        "attribute body of Add",
    ),
    "a function": (
        lambda p: p.functions.append(helper.make_function("x", "f", [], [], [], p.opset_import)),
        "functions",
    ),
    "sparse weights": (lambda p: p.graph.sparse_initializer.add(), "sparse weights"),
    "another operator set": (
        lambda p: p.opset_import.add(domain="com.microsoft", version=1),
        "operator sets",
    ),
    "a newer operator set": (lambda p: setattr(p.opset_import[0], "version", 99), "operator sets"),
    "a newer file format": (lambda p: setattr(p, "ir_version", 99), "file format 99"),
    "a declared huge weight": (
        lambda p: p.graph.initializer[0].dims.__setitem__(0, 2**30),
        r"weight t\d+\w* of shape \[1073741824",
    ),
    "a negative size": (lambda p: p.graph.initializer[0].dims.__setitem__(0, -1), r"of shape \[-1"),
    "a weight of text": (
        lambda p: p.graph.initializer.add(name="x", data_type=T.STRING, dims=[1], string_data=[b"x"]),
        "weight x of type 8",
    ),
    "weights outside raw data": (
        lambda p: p.graph.initializer.add(name="x", data_type=T.FLOAT, dims=[1], float_data=[1.0]),
        r"weight x of shape \[1\] in 0 bytes",
    ),
    "a huge reshape": (
        lambda p: p.graph.initializer.add(
            name="x", data_type=T.INT64, dims=[2], raw_data=np.array([0, 2**40], dtype="<i8").tobytes()
        ),
        r"shape \[0, 1099511627776\]",
    ),
    "huge padding": (_set_attribute("Conv", "pads", 2**40), "attribute pads=.* of Conv"),
    "negative padding": (_set_attribute("Conv", "pads", -3), "attribute pads=.* of Conv"),
    "a huge product": (_huge_broadcast, "numbers of memory"),
    "too much a gene": (_huge_per_gene, "numbers of memory"),
    "shapes that do not fit": (_set_attribute("Conv", "pads", 40_000), "do not fit|of memory"),
    "a cast to text": (_set_attribute("Cast", "to", T.STRING), "do not fit|unknown type"),
    "numbers that are no floats": (
        lambda p: p.graph.node.append(helper.make_node("Cast", ["series"], ["x"], to=T.INT8)),
        "unknown type or shape, x",
    ),
    "too many nodes": (
        lambda p: p.graph.node.extend(
            helper.make_node("Relu", ["series"], [f"r{number}"]) for number in range(1001)
        ),
        r"10\d\d nodes",
    ),
    "another input": (lambda p: setattr(p.graph.input[0], "name", "x"), "inputs"),
    "a fixed number of genes": (
        lambda p: setattr(p.graph.input[0].type.tensor_type.shape.dim[0], "dim_value", 10**9),
        "inputs",
    ),
    "one output": (lambda p: p.graph.output.pop(), "outputs"),
    "an embedding of no shape": (
        lambda p: p.graph.output[1].type.tensor_type.ClearField("shape"),
        "outputs",
    ),
    "an embedding of another kind": (
        lambda p: setattr(p.graph.output[1].type.tensor_type, "elem_type", T.STRING),
        "outputs",
    ),
    "three outputs": (lambda p: p.graph.output.append(p.graph.output[1]), "outputs"),
    "an input without a shape": (
        lambda p: p.graph.input[0].type.tensor_type.ClearField("shape"),
        "inputs",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_graph_is_refused_though_its_seal_is_right(tmp_path: Path, name: str) -> None:
    change, found = HOSTILE[name]
    (tmp_path / "hostile.onnx").write_bytes(_resealed(_edit(change)))
    with pytest.raises(ModelError, match=rf"phasecall does not write[\s\S]*found: .*{found}"):
        read(tmp_path / "hostile.onnx")


def _fix(axis: int, size: int) -> Callable[[Any], object]:
    return lambda p: setattr(p.graph.input[0].type.tensor_type.shape.dim[axis], "dim_value", size)


def _multiply(times: int, *orders: list[int]) -> Callable[[Any], object]:
    """Return a change that so many times multiplies a number a point by itself, its axes in other orders."""

    def change(proto: Any) -> None:
        numbers = np.array([0, 0, 1, 1], dtype="<i8").tobytes()
        proto.graph.initializer.add(name="a", data_type=T.FLOAT, dims=(8, 1), raw_data=bytes(4 * 8))
        proto.graph.initializer.add(name="s", data_type=T.INT64, dims=[4], raw_data=numbers)
        nodes = [helper.make_node("MatMul", ["points", "a"], ["q"])]
        nodes.append(helper.make_node("Reshape", ["q", "s"], ["p"]))
        for place, order in enumerate(orders):
            nodes.append(helper.make_node("Transpose", ["p"], [f"p{place}"], perm=order))
            for copy in range(times):
                factor = f"m{place - 1}_{copy}" if place else "p"
                nodes.append(helper.make_node("Mul", [factor, f"p{place}"], [f"m{place}_{copy}"]))
        proto.graph.node.extend(nodes)

    return change


def _hungry(proto: Any) -> None:
    """A window of few points that are far apart, so that a short course leaves none."""
    conv = next(node for node in proto.graph.node if node.op_type == "Conv")
    for attribute in conv.attribute:
        if attribute.name == "pads":
            attribute.CopyFrom(helper.make_attribute("pads", [0, 0]))
        if attribute.name == "dilations":
            attribute.CopyFrom(helper.make_attribute("dilations", [2]))


def _wide(proto: Any) -> None:
    proto.graph.initializer.add(name="a", data_type=T.FLOAT, dims=(1, 8, 5000), raw_data=bytes(4 * 40_000))
    nodes = [helper.make_node("MatMul", ["points", "a"], [f"w{number}"]) for number in range(12)]
    proto.graph.node.extend(nodes)


HOSTILE_CLOCKS: dict[str, tuple[Callable[[Any], object], str]] = {
    "a fixed number of points": (_fix(1, 24), "inputs"),
    "no point": (_fix(1, 0), "inputs"),
    "any number of channels": (
        lambda p: setattr(p.graph.input[0].type.tensor_type.shape.dim[2], "dim_param", "c"),
        "inputs",
    ),
    "other channels": (_fix(2, 9), "inputs"),
    "other heads": (
        lambda p: setattr(p.graph.output[0].type.tensor_type.shape.dim[1], "dim_value", 10),
        "outputs",
    ),
    "heads for each point": (lambda p: p.graph.output[0].type.tensor_type.shape.dim.add(), "outputs"),
    "more than short courses hold": (_hungry, "do not fit|unknown type or shape"),
    "too much a point": (_wide, "numbers of memory for 250 genes at 12 points"),
    "points by points": (_multiply(13, [0, 2, 1, 3]), "numbers of memory for 1 genes at 4096 points"),
    "points cubed": (_multiply(1, [0, 2, 1, 3], [0, 2, 3, 1]), "numbers of memory for 1 genes at 4096"),
    "genes cubed": (_multiply(2, [2, 1, 0, 3], [2, 1, 3, 0]), "numbers of memory for 250 genes at 12"),
    "a huge product": (_huge_broadcast, "numbers of memory"),
}


@pytest.mark.parametrize("name", HOSTILE_CLOCKS)
def test_a_hostile_graph_for_any_number_of_points_is_refused(tmp_path: Path, name: str) -> None:
    change, found = HOSTILE_CLOCKS[name]
    (tmp_path / "hostile.onnx").write_bytes(_resealed(_edit(change, "clock"), CLOCK_CARD))
    with pytest.raises(ModelError, match=rf"phasecall does not write[\s\S]*found: .*(?:{found})"):
        read(tmp_path / "hostile.onnx")


def test_a_graph_of_a_million_empty_parts_is_not_even_parsed(tmp_path: Path) -> None:
    proto = _edit(lambda p: setattr(p.graph, "doc_string", "x" * 2**21))
    (tmp_path / "frame.onnx").write_bytes(_resealed(proto))
    with pytest.raises(ModelError, match=r"graph cannot be read[\s\S]*more than 1,048,576 bytes beside"):
        read(tmp_path / "frame.onnx")
    proto = _edit(lambda p: p.graph.node.extend([onnx.NodeProto()] * 30_000))
    (tmp_path / "frame.onnx").write_bytes(_resealed(proto))
    with pytest.raises(ModelError, match=r"graph cannot be read[\s\S]*too many"):
        read(tmp_path / "frame.onnx")


def test_a_sealed_file_whose_graph_is_garbage_is_refused(tmp_path: Path) -> None:
    entry = onnx.StringStringEntryProto(key="phasecall", value=CARD.to_json()).SerializeToString()
    length = bytes([len(entry) & 0x7F | 0x80, len(entry) >> 7])
    # A graph whose only node says that it is longer than it is.
    content = b"\x3a\x04\x0a\x02\x0a\x7f" + b"\x72" + length + entry
    digest = hashlib.sha256(content).hexdigest().encode()
    (tmp_path / "garbage.onnx").write_bytes(content.replace(b"0" * 64 + b'"}', digest + b'"}'))
    with pytest.raises(ModelError, match="the graph cannot be read"):
        read(tmp_path / "garbage.onnx")


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_stumble(content: bytes) -> None:
    metadata_of(content)
    with pytest.raises(ModelError):
        unseal(content)


def test_metadata_and_proportions_agree_with_a_full_parse(path: Path) -> None:
    content, proto = path.read_bytes(), onnx.load(path)
    assert metadata_of(content) == {entry.key: entry.value for entry in proto.metadata_props}
    weights = sum(len(tensor.raw_data) for tensor in proto.graph.initializer)
    assert frame_size(content) == len(content) - weights


def test_the_shipped_model_is_read_from_the_package(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped.cache_clear()
    monkeypatch.setattr("phasecall.modelfile.resources.files", lambda package: path.parent)
    with pytest.raises(ModelError, match=r"is missing[\s\S]*reinstall phasecall"):
        shipped()
    (path.parent / "data").mkdir()
    path.rename(path.parent / "data" / "reference.onnx")
    assert shipped().card == CARD
    assert shipped() is shipped()
    shipped.cache_clear()
