"""Fetching public data from a real server on this machine: whole, broken off, wrong, gone."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request

import pytest

from phasecall.cli import main
from phasecall.errors import InputError, MissingDataError
from phasecall.publicdata import PUBLIC, PublicDataset, fetching, transfer

BODY = b"\talpha0\talpha7\n" + b"".join(b"Y%06d\t0.25\t-0.5\n" % number for number in range(20_000))
NEWER = BODY.replace(b"0.25", b"0.75")


@dataclass
class Home:
    """What a home of data holds, how it behaves, and what it was asked."""

    body: bytes = BODY
    status: int = 200
    etag: str = '"one"'
    ranges: bool = True
    shift: int = 0
    redirect: str = ""
    sends: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted, condition = handler.headers["Range"], handler.headers["If-Range"]
        self.asked.append(wanted or "all")
        if self.status != 200:
            handler.send_error(self.status)
            return
        if self.redirect:
            handler.send_response(302)
            handler.send_header("Location", self.redirect)
            handler.end_headers()
            return
        start = 0
        if wanted and self.ranges and condition == self.etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) + self.shift
            if start >= len(self.body):
                handler.send_error(416)
                return
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        else:
            handler.send_response(200)
        handler.send_header("Content-Length", str(len(self.body) - start))
        if self.etag:
            handler.send_header("ETag", self.etag)
        handler.end_headers()
        # Where a number of bytes is set, the connection is cut after them.
        end = start + self.sends.pop(0) if self.sends else len(self.body)
        handler.wfile.write(self.body[start:end])


@pytest.fixture
def home() -> Iterator[Home]:
    kept = Home()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kept.answer(self)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.address = f"http://127.0.0.1:{server.server_address[1]}/combined.txt"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


def row_at(*addresses: str, key: str = "spellman-alpha", body: bytes = BODY) -> PublicDataset:
    return replace(PUBLIC[key], addresses=addresses, text_sha256=hashlib.sha256(body).hexdigest())


@pytest.fixture
def row(home: Home, monkeypatch: pytest.MonkeyPatch) -> PublicDataset:
    return use(monkeypatch, row_at(home.address))


def use(monkeypatch: pytest.MonkeyPatch, row: PublicDataset) -> PublicDataset:
    monkeypatch.setattr(fetching, "PUBLIC", {row.key: row})
    return row


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_once_packed_and_reported(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    folder = tmp_path / "made" / "anew"
    outcome = fetching.fetch(folder=folder, show=lambda *told: seen.append(told))[0]
    assert (outcome.status, outcome.path, outcome.error) == ("fetched", folder / row.file, None)
    assert gzip.decompress((folder / row.file).read_bytes()) == BODY
    assert names(folder) == [row.file]
    assert seen[0] == (row.file, 0, len(BODY))
    assert seen[-1] == (row.file, len(BODY), len(BODY))
    assert fetching.fetch(folder=folder)[0].status == "already here"
    assert home.asked == ["all"]


def test_a_packed_answer_is_unpacked(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    home.body = gzip.compress(BODY)
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"
    assert gzip.decompress((tmp_path / row.file).read_bytes()) == BODY


def test_a_cut_connection_is_taken_up_where_it_broke(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    home.sends = [100_000, 70_000]
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"
    assert home.asked == ["all", "bytes=100000-", "bytes=170000-"]
    assert gzip.decompress((tmp_path / row.file).read_bytes()) == BODY


def test_what_has_come_is_kept_for_the_next_time(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    home.sends = [50_000, 1, 1, 1]
    outcome = fetching.fetch(folder=tmp_path)[0]
    assert outcome.status == "failed"
    assert re.search(r"broke off \(50003 of \d+ bytes have come\)", str(outcome.error))
    assert names(tmp_path) == [f"{row.file}.part", f"{row.file}.part.tag"]
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"
    assert home.asked[-1] == "bytes=50003-"
    assert names(tmp_path) == [row.file]


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"ranges": False}, ["all", "bytes=9000-"]),
        ({"etag": ""}, ["all", "all"]),
        ({"etag": 'W/"weak"'}, ["all", "all"]),
        ({"shift": 1}, ["all", "bytes=9000-", "all"]),
    ],
    ids=["no ranges", "no validator", "weak validator", "wrong range"],
)
def test_a_server_that_cannot_go_on_sends_all(
    change: dict[str, object], asked: list[str], home: Home, row: PublicDataset, tmp_path: Path
) -> None:
    home.sends = [9_000]
    for name, value in change.items():
        setattr(home, name, value)
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"
    assert home.asked == asked
    assert gzip.decompress((tmp_path / row.file).read_bytes()) == BODY


def test_a_file_that_changed_meanwhile_is_never_mixed(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = use(monkeypatch, row_at(home.address, body=NEWER))
    home.sends = [9_000, 0, 0, 0]
    assert fetching.fetch(folder=tmp_path)[0].status == "failed"
    home.body, home.etag = NEWER, '"two"'
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"
    assert home.asked[-1] == "bytes=9000-"
    assert gzip.decompress((tmp_path / row.file).read_bytes()) == NEWER


def test_a_part_longer_than_the_file_is_dropped(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    (tmp_path / f"{row.file}.part").write_bytes(b"x" * (len(BODY) + 1))
    (tmp_path / f"{row.file}.part.tag").write_text(json.dumps([home.address, home.etag]))
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"
    assert home.asked == [f"bytes={len(BODY) + 1}-", "all"]


def test_a_part_of_unknown_origin_is_not_used(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    (tmp_path / f"{row.file}.part").write_bytes(BODY[:100])
    (tmp_path / f"{row.file}.part.tag").write_text("no JSON")
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"
    assert home.asked == ["all"]


def test_another_file_is_refused_and_leaves_nothing(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    home.body = NEWER
    outcome = fetching.fetch(folder=tmp_path)[0]
    assert outcome.status == "failed"
    assert isinstance(outcome.error, MissingDataError)
    assert "what the server sent is another file" in str(outcome.error)
    assert names(tmp_path) == []


def test_a_web_page_in_place_of_the_file_is_refused(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    home.body = b"<!DOCTYPE html><p>We have moved"
    outcome = fetching.fetch(folder=tmp_path)[0]
    assert "it looks like a web page" in str(outcome.error)
    assert names(tmp_path) == []


@pytest.mark.parametrize("status", [404, 503])
def test_a_refusal_is_told(status: int, home: Home, row: PublicDataset, tmp_path: Path) -> None:
    home.status = status
    outcome = fetching.fetch(folder=tmp_path)[0]
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert f"the server refuses the file (HTTP {status}" in str(outcome.error)
    assert outcome.error.fix is not None
    assert "run the command again, or by hand: combined.txt as it is" in outcome.error.fix
    assert names(tmp_path) == []


def test_no_network_is_told(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Nobody listens on port 1; the reserved ending .invalid has no addresses.
    use(monkeypatch, row_at("http://127.0.0.1:1/combined.txt", "http://nowhere.invalid/combined.txt"))
    outcome = fetching.fetch(folder=tmp_path)[0]
    assert outcome.status == "failed"
    assert str(outcome.error).count("the server cannot be reached") == 2


def test_the_second_address_is_tried(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use(monkeypatch, row_at("http://127.0.0.1:1/combined.txt", home.address))
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"


def test_a_silent_server_is_a_broken_connection_and_stops_no_other(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(transfer, "TIMEOUT", 0.3)
    # Connections are made in its queue, and nobody ever answers.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = row_at(f"http://127.0.0.1:{silent.getsockname()[1]}/combined.txt")
        other = replace(row_at(home.address, key="spellman-elu"), file="other.txt.gz")
        monkeypatch.setattr(fetching, "PUBLIC", {row.key: row for row in (mute, other)})
        outcomes = fetching.fetch(folder=tmp_path)
        asked = count_waiting(silent)
    assert [outcome.status for outcome in outcomes] == ["failed", "fetched"]
    assert "the connection broke off (timed out)" in str(outcomes[0].error)
    assert asked == 4


def count_waiting(server: socket.socket) -> int:
    """Count the connections that wait in the queue of a server."""
    server.setblocking(False)
    for count in itertools.count():
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
    raise AssertionError


def test_a_part_that_cannot_be_written_is_told(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    (tmp_path / f"{row.file}.part").mkdir()
    outcome = fetching.fetch(folder=tmp_path)[0]
    assert outcome.status == "failed"
    assert f"{row.file}.part' cannot be written (Is a directory)" in str(outcome.error)


def test_no_redirect_leaves_https(home: Home) -> None:
    handler = transfer._NeverDown()
    asked = Request("https://data.example/file")
    with pytest.raises(URLError, match="redirects from HTTPS to http://elsewhere"):
        handler.redirect_request(asked, None, 302, "", None, "http://elsewhere")  # type: ignore[arg-type]


def test_a_redirect_is_followed(
    home: Home, row: PublicDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, replace(row, addresses=(home.address,)))
    home.redirect = home.address
    outcome = fetching.fetch(folder=tmp_path)[0]
    # To itself for ever, which the library ends.
    assert "infinite loop" in str(outcome.error)
    assert len(home.asked) > 1


def test_a_file_too_large_is_refused(
    home: Home, row: PublicDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(transfer, "MAX_BYTES", 1 << 17)
    outcome = fetching.fetch(folder=tmp_path)[0]
    assert "the file is too large" in str(outcome.error)
    assert names(tmp_path) == []


def test_an_altered_file_is_never_overwritten(home: Home, row: PublicDataset, tmp_path: Path) -> None:
    (tmp_path / row.file).write_bytes(gzip.compress(b"mine"))
    outcome = fetching.fetch(folder=tmp_path)[0]
    assert outcome.status == "failed"
    assert "is not the one expected" in str(outcome.error)
    assert home.asked == []
    assert gzip.decompress((tmp_path / row.file).read_bytes()) == b"mine"


def features(orfs: int) -> bytes:
    """SGD's table of features, with other features among the ORFs."""
    other = "S1\tCDS\t\t\t\t" + "\t" * 10 + "\n"
    lines = (f"S0\tORF\tVerified\tY{n:05d}\tG{n}" + "\t" * 11 + f"does {n}\n{other}" for n in range(orfs))
    return "".join(lines).encode()


def test_a_revised_file_is_converted_and_taken_by_its_layout(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = use(monkeypatch, row_at(home.address, key="sgd-orfs"))
    home.body = features(6500)
    assert fetching.fetch(folder=tmp_path)[0].status == "fetched"
    lines = gzip.decompress((tmp_path / row.file).read_bytes()).decode().splitlines()
    assert lines[:2] == ["orf\tgene\tstatus\tdescription", "Y00000\tG0\tVerified\tdoes 0"]
    assert len(lines) == 6501
    assert fetching.fetch(folder=tmp_path)[0].status == "already here"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (features(3000), "the table seems cut off"),
        (b"one\ttwo\nthree\tfour\n", "this is not the table expected"),
    ],
)
def test_a_revised_file_of_another_layout_is_refused(
    body: bytes, problem: str, home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, row_at(home.address, key="sgd-orfs"))
    home.body = body
    assert problem in str(fetching.fetch(folder=tmp_path)[0].error)
    assert names(tmp_path) == []


def test_what_is_to_be_made_by_hand_says_how(tmp_path: Path) -> None:
    outcome = fetching.fetch(["pramila2006"], tmp_path)[0]
    assert outcome.status == "by hand"
    assert isinstance(outcome.error, MissingDataError)
    told = outcome.error.as_dict()
    assert "'pramila2006' cannot be fetched" in str(told["problem"])
    assert str(told["expected"]).startswith("the file pramila2006.csv.gz: the mean of the two dye swaps")
    assert "acc=GSE4987" in str(told["fix"])
    assert PUBLIC["pramila2006"].text_sha256 in str(told["fix"])


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be made"):
        fetching.fetch(["pramila2006"], tmp_path / "file" / "folder")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, words)))
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


def test_command(home: Home, row: PublicDataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "datasets", "fetch", row.key, "--to", tmp_path)
    assert (status, err) == (0, "")
    assert out.splitlines()[2].split() == ["fetched", row.file, row.key]
    status, out, _ = run(capsys, "datasets", "fetch", "--to", tmp_path, "--json")
    assert status == 0
    assert json.loads(out) == [
        {
            "file": row.file,
            "keys": [row.key],
            "status": "already here",
            "path": str(tmp_path / row.file),
            "error": None,
        }
    ]


def test_command_fails_with_the_reason(
    home: Home, row: PublicDataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.status = 404
    status, out, err = run(capsys, "datasets", "fetch", "--to", tmp_path)
    assert (status, out.splitlines()[2].split()[0]) == (2, "failed")
    assert f"phasecall: the file {row.file} could not be fetched" in err
    status, out, err = run(capsys, "datasets", "fetch", "--to", tmp_path, "--json")
    assert status == 2
    assert json.loads(out)[0]["error"]["error"] == json.loads(err)["error"] == "missing_data"


def test_command_says_what_is_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("datasets", "fetch", "pramila2006", "benchmark-b1", "--to", tmp_path)
    status, out, err = run(capsys, *words)
    assert status == 2
    assert out.count("by hand") == 2
    assert "'phasecall datasets show KEY' says how" in err
    assert "'pramila2006' cannot be fetched" in err
    assert "'benchmark-b1' cannot be fetched" in err
    assert "no public data set named 'alpha'" in run(capsys, "datasets", "fetch", "alpha")[2]


def test_all_by_hand_is_no_failure_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, PUBLIC["pramila2006"])
    assert run(capsys, "datasets", "fetch", "--to", tmp_path)[0] == 0


def test_a_bar_is_drawn_on_a_terminal(
    home: Home,
    row: PublicDataset,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, out, err = run(capsys, "datasets", "fetch", "--to", tmp_path, "--json")
    assert row.file in err
    assert json.loads(out)[0]["status"] == "fetched"
