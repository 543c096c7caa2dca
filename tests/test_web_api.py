"""REST: a real server, asked as clients ask."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed")

import httpx
from click.testing import CliRunner

import phasecall
from phasecall.cli.call import command as call_verb
from phasecall.cli.datasets import command as datasets_verb
from phasecall.cli.qc import command as qc_verb
from phasecall.cli.serve import command
from phasecall.errors import MissingExtraError
from phasecall.web.api import _PART, _parts
from servers import Server, served

GENES = 60
ERROR = {"error", "problem", "expected", "found", "where", "fix"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(
        tmp_path_factory.mktemp("jobs"), "--workers", "1", "--max-upload", "1", "--max-cells", "5000"
    ) as one:
        yield one


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.api, timeout=120) as one:
        yield one


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "alpha.tsv"
    phasecall.write(phasecall.load("alpha").select_genes(range(GENES)), path)
    return path


def packed(path: Path) -> tuple[str, bytes]:
    """Return a file as httpx sends it."""
    return path.name, path.read_bytes()


def told_by(verb: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    """Return the JSON of a verb that is run in a folder."""
    monkeypatch.chdir(folder)
    return json.loads(CliRunner().invoke(verb, [*words, "--json"], standalone_mode=False).stdout)


def test_calls_are_those_of_the_verb(
    client: httpx.Client, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = told_by(call_verb, course.parent, monkeypatch, "alpha.tsv", "--scheme", "five", "--period", "62")
    answer = client.post(
        "/calls?wait=60", files={"file": packed(course)}, data={"scheme": "five", "period": "62"}
    )
    assert answer.status_code == 200
    assert answer.json() == wanted
    assert len(wanted["genes"]) == GENES


def test_findings_are_those_of_the_verb(
    client: httpx.Client, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = told_by(qc_verb, course.parent, monkeypatch, "alpha.tsv")
    answer = client.post("/qc?wait=60", files={"file": packed(course)})
    assert answer.json() == wanted


def test_a_job_is_polled_and_its_result_had_in_every_format(client: httpx.Client, course: Path) -> None:
    taken = client.post("/calls", files={"file": ("my course.tsv", course.read_bytes())})
    assert taken.status_code == 202
    job = taken.json()
    assert taken.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert job["state"] in ("queued", "running")
    job = client.get(f"/jobs/{job['id']}?wait=60").json()
    assert (job["state"], job["progress"]["share"], job["error"]) == ("done", 1.0, None)
    for form in job["formats"]:
        answer = client.get(f"/jobs/{job['id']}/result", params={"format": form})
        assert answer.status_code == 200, form
        if form != "json":
            assert f'filename="my-course-calls.{form}"' in answer.headers["content-disposition"]
    table = client.get(f"/jobs/{job['id']}/result?format=tsv").text
    assert len(table.splitlines()) == GENES + 1
    assert client.get(f"/jobs/{job['id']}/result?format=docx").status_code == 404
    assert client.delete(f"/jobs/{job['id']}").status_code == 204
    gone = client.get(f"/jobs/{job['id']}")
    assert (gone.status_code, set(gone.json())) == (404, ERROR)


def test_several_files_are_fused_and_labels_tie_the_clock(client: httpx.Client, course: Path) -> None:
    other = phasecall.load("cdc28").select_genes(range(GENES))
    path = course.with_name("cdc28.tsv")
    phasecall.write(other, path)
    files = [("file", packed(course)), ("file", packed(path))]
    answer = client.post("/calls?wait=60", files=files, data={"sync": ["alpha", "cdc28"]})
    assert [clock["name"] for clock in answer.json()["clocks"]] == ["alpha", "cdc28"]
    labels = "gene,phase\n" + "".join(f"{gene},G1\n" for gene in other.genes[:5])
    answer = client.post(
        "/calls?wait=60", files={"file": packed(path), "labels": ("known.csv", labels.encode())}
    )
    assert answer.status_code == 200, answer.text
    both = client.post(
        "/calls?wait=60",
        files={"file": packed(path), "labels": ("known.csv", labels.encode())},
        data={"markers": "yeast"},
    )
    assert (both.status_code, both.json()["problem"]) == (
        422,
        "markers and labels both tie the clock to turns",
    )


def test_a_report_is_one_page(client: httpx.Client, course: Path) -> None:
    answer = client.post("/reports?wait=60", files={"file": packed(course)})
    assert answer.headers["content-type"].startswith("text/html")
    assert "phasecall call alpha.tsv --report report.html" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "data", "problem", "where"),
    [
        (b"", {}, "'bad.csv' is empty", None),
        (b"gene,0,10\n", {}, "there is no gene below the header", "bad.csv"),
        (b"gene,0,10\na,1,x\n", {}, None, "bad.csv"),
        (b"\x80\x04pickle", {}, "'bad.csv' is no table", None),
        (b"gene,0,10\na,1,2\n", {"times": "0,zwei"}, "the times are no numbers parted by commas", "times"),
        (b"gene,0,10\na,1,2\n", {"period": "-5"}, "a field of the request cannot be used: period", "period"),
        (b"gene,0,10\na,1,2\n", {"perod": "5"}, "a field of the request cannot be used: perod", "perod"),
        (
            b"gene,0,10\na,1,2\n",
            {"dataset": "alpha"},
            "there must be a file, or a data set, and not both",
            None,
        ),
        (b"gene,0,10\na,1,2\n", {"experiment": "other"}, None, None),
    ],
)
def test_what_cannot_be_used_is_told_in_one_shape(
    client: httpx.Client, content: bytes, data: dict[str, str], problem: str | None, where: str | None
) -> None:
    answer = client.post("/calls?wait=60", files={"file": ("bad.csv", content)}, data=data)
    told = answer.json()
    assert (answer.status_code, set(told), told["error"]) == (422, ERROR, "bad_input"), told
    assert problem is None or told["problem"] == problem
    assert where is None or where in told["where"]
    assert "/tmp" not in answer.text
    assert "upload-" not in answer.text


def test_a_failed_job_says_so_wherever_it_is_asked(client: httpx.Client) -> None:
    taken = client.post("/qc", files={"file": ("bad.csv", b"gene,0,10\n")})
    job = client.get(f"{taken.headers['location'].removeprefix('/api/v1')}?wait=60").json()
    assert (job["state"], job["error"]["problem"]) == ("failed", "there is no gene below the header")
    answer = client.get(f"/jobs/{job['id']}/result")
    assert (answer.status_code, answer.json()) == (422, job["error"])


def test_a_job_is_cancelled_and_says_so_afterwards(client: httpx.Client) -> None:
    # With one worker, the second waits for the first.
    working, waiting = (client.post("/reports", data={"dataset": "cdc15-4381"}).json() for _ in range(2))
    for job in (waiting, working):
        told = client.post(f"/jobs/{job['id']}/cancel")
        assert (told.status_code, told.json()["state"]) == (200, "cancelled")
        assert client.get(f"/jobs/{job['id']}").json() == told.json()
        answer = client.get(f"/jobs/{job['id']}/result")
        assert (answer.status_code, answer.json()["error"]) == (409, "cancelled")
    # What has ended stays as it ended.
    assert client.post(f"/jobs/{working['id']}/cancel").json() == told.json()
    assert client.post("/jobs/x/cancel").status_code == 404


def test_a_large_result_is_sent_in_parts_and_whole(client: httpx.Client, course: Path) -> None:
    taken = client.post("/reports?wait=60", files={"file": packed(course)})
    assert int(taken.headers["content-length"]) == len(taken.content) > 2 * _PART
    assert taken.text.rstrip().endswith("</html>")
    opened = io.BytesIO(taken.content)
    parts = list(_parts(opened))
    assert max(map(len, parts)) == _PART
    assert b"".join(parts) == taken.content
    assert opened.closed


def test_what_is_too_large_is_413(client: httpx.Client) -> None:
    answer = client.post("/calls", files={"file": ("big.csv", b"x" * (2 << 20))})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")

    def parts() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        for _ in range(40):
            yield b"x" * (64 << 10)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post("/calls", content=parts(), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    rows = "".join(f"g{n},1,2,3,4\n" for n in range(1300))
    answer = client.post("/calls?wait=60", files={"file": ("long.csv", f"gene,0,10,20,30\n{rows}".encode())})
    assert (answer.status_code, answer.json()["found"]) == (413, "1,300 genes x 4 time points")


def test_no_form_no_such_address_and_no_such_way(client: httpx.Client) -> None:
    assert client.post("/calls", json={}).status_code == 415
    wrong = client.post("/calls", data={"dataset": "alfa"}).json()
    assert "'alpha'" in wrong["expected"]
    assert (
        client.post("/calls", data={"perod": "5", "dataset": "alpha"}).json()["fix"] == "did you mean period?"
    )
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/calls", 405), ("GET", "/jobs/x", 404)):
        answer = client.request(method, path)
        assert (answer.status_code, set(answer.json())) == (status, ERROR)


def test_tables_health_and_manual(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/datasets").json() == told_by(datasets_verb, tmp_path, monkeypatch, "list")
    assert {"phasecall", "reference"} <= {row["key"] for row in client.get("/methods").json()}
    health = client.get("/health").json()
    assert (health["status"], health["version"], health["workers"]) == ("ok", phasecall.__version__, 1)
    page = client.get("/docs")
    assert "POST /api/v1/calls" in page.text
    assert "http" not in page.text.replace("httpx", "")
    assert "script" not in page.text


def test_ctrl_c_ends_the_server_and_a_taken_port_is_told(server: Server, tmp_path: Path) -> None:
    port = server.address.rsplit(":", 1)[1]
    told = CliRunner().invoke(command, ["--port", port, "--folder", str(tmp_path)])
    assert f"the port {port} of 127.0.0.1 is taken" in str(told.exception)
    with served(tmp_path, "--workers", "1") as other:
        second = CliRunner().invoke(command, ["--port", "0", "--folder", str(tmp_path)])
        assert "another phasecall serve uses" in str(second.exception)
        # Somebody who waits for a job gets an answer: the job, which is done after the next start.
        with ThreadPoolExecutor(1) as aside:
            address, asked = f"{other.api}/reports?wait=60", {"dataset": "cdc15-4381"}
            waiting = aside.submit(lambda: httpx.post(address, data=asked, timeout=120))
            while not httpx.get(f"{other.api}/health", timeout=120).json()["jobs"]["running"]:
                pass
            assert other.stop(signal.SIGINT) == 0
            assert waiting.result().status_code in (200, 202)
        assert other.said[-1] == "stopped\n"
        assert "Traceback" not in "".join(other.said)


def test_without_its_libraries_the_verb_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    told = CliRunner().invoke(command, ["--port", "0"])
    assert isinstance(told.exception, MissingExtraError)
    assert told.exception.fix == "pip install 'phasecall[web]'"


def test_limits_of_the_verb_are_those_of_the_server(client: httpx.Client) -> None:
    limits = client.get("/health").json()["limits"]
    assert (limits["workers"], limits["upload_bytes"], limits["cells"]) == (1, 1 << 20, 5000)
    assert limits["keep_hours"] == 24


def test_a_counted_table_without_times_is_read_by_what_is_said_of_it(client: httpx.Client) -> None:
    rows = "".join(f"YAL{n:03d}C,{','.join(str(10 + (n * k) % 90) for k in range(8))}\n" for n in range(30))
    table = f"gene,{','.join(f's{k}' for k in range(8))}\n{rows}".encode()
    said = {"times": "0,10,20,30,40,50,60,70", "scale": "counts", "unit": "min", "period": "60"}
    answer = client.post("/calls?wait=60", files={"file": ("counts.csv", table)}, data=said)
    assert answer.status_code == 200, answer.text
    assert answer.json()["period"] == 60
    sheet = "sample,time\n" + "".join(f"s{k},{10 * k}\n" for k in range(8))
    files = {"file": ("counts.csv", table), "samples": ("design.csv", sheet.encode())}
    both = client.post("/calls?wait=60", files=files, data={"scale": "counts", "period": "60"})
    assert both.json()["genes"] == answer.json()["genes"]
