"""Safety: names, addresses and uploads that mean harm, against a real server."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed")

import httpx

from phasecall.web.api import make_app
from phasecall.web.bodies import Receive
from phasecall.web.dispatch import Dispatcher
from phasecall.web.faults import TooManyError
from phasecall.web.limits import Limits
from phasecall.web.safety import Guard, Send
from phasecall.web.saying import label_of_upload
from phasecall.web.work import Options, command_of
from servers import Server, served

NASTY = "<script>alert('gene')</script>"
COURSE = "gene,0,10,20,30,40,50,60,70\n" + "".join(
    f"{name},{','.join(str((n * k) % 7) for k in range(8))}\n"
    for n, name in enumerate([NASTY, *(f"YAL{number:03d}C" for number in range(1, 30))])
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outer") / "jobs"


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    with served(root, "--workers", "1", "--max-per-client", "3") as one:
        yield one


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.api, timeout=120) as one:
        yield one


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\boot.ini", "/abs/path.csv", NASTY, "a\x00b", ".."]
)
def test_the_name_of_an_upload_is_never_a_path(client: httpx.Client, root: Path, name: str) -> None:
    job = client.post("/qc?wait=60", files={"file": (name, COURSE.encode())})
    where = job.headers["location"].removeprefix("/api/v1")
    folder = root / where.rsplit("/", 1)[1]
    assert {one.name for one in folder.iterdir() if not one.name.startswith("result.")} == {
        "job.json",
        "upload-0",
    }
    assert {one.name for one in root.parent.iterdir()} == {"jobs"}
    (told,) = client.get(where).json()["files"]
    assert not {"/", "\\", "\x00"} & set(told["name"].replace("\\x00", "")) or name == NASTY
    assert client.delete(where).status_code == 204


def test_labels_and_commands_are_for_showing_only() -> None:
    assert label_of_upload("a" * 500 + ".csv").endswith(".csv")
    assert len(label_of_upload("a" * 500)) <= 120
    assert label_of_upload(None) == "file"
    from phasecall.web.jobs import Upload

    told = command_of(
        "call", Options(sync=["$(rm -rf /)"], times=[0, 10]), [Upload("file", "-o x.csv", "upload-0")]
    )
    assert told == "phasecall call './-o x.csv' --times 0,10 --sync '$(rm -rf /)'"
    told = command_of("call", Options(dataset="alpha", period=[62.1234567]), [])
    assert (
        told == "phasecall datasets export alpha -o alpha.tsv; phasecall call alpha.tsv --period 62.1234567"
    )


def test_a_gene_called_script_is_shown_and_not_run(client: httpx.Client) -> None:
    answer = client.post("/reports?wait=60", files={"file": (f"{NASTY}.csv", COURSE.encode())})
    assert answer.status_code == 200
    assert NASTY not in answer.text
    assert "alert(&#39;gene&#39;)" in answer.text or "&lt;script&gt;" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-same-origin" not in policy
    assert client.get("/jobs/x").headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost"}, 200),
        ({"Host": "[::1]:80"}, 200),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Host": "[bad"}, 403),
    ],
)
def test_a_name_that_was_led_here_is_not_answered(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    assert client.get("/health", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 200),
        ({"Origin": "null"}, 200),
        ({"Origin": "http://[bad"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        # Somebody who follows a link to here.
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
    ],
)
def test_a_form_of_another_page_is_refused(
    client: httpx.Client, server: Server, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/calls", data={"dataset": "alpha"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "foreign_request")
    assert client.get("/health", headers=headers).status_code == status
    talk = f"{server.address}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    refused = httpx.get(talk, headers=headers)
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in {*answer.headers, *refused.headers}
    assert httpx.get(talk).status_code == 200


def test_an_answer_to_a_fault_has_the_headers_of_safety_too(tmp_path: Path) -> None:
    desk = Dispatcher(tmp_path, Limits(workers=1))
    app = make_app(desk)

    @app.get("/api/v1/broken")
    def break_down() -> None:
        raise RuntimeError("a fault of ours")

    def way() -> httpx.AsyncClient:
        inside = httpx.ASGITransport(
            Guard(app, "localhost", desk.limits, desk.require_place), raise_app_exceptions=False
        )
        return httpx.AsyncClient(transport=inside, base_url="http://localhost")

    async def ask() -> httpx.Response:
        async with way() as client:
            return await client.get("/api/v1/broken")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["error"]) == (500, "internal")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


Message = MutableMapping[str, Any]


def asked_at(client: str, path: str = "/upload") -> Message:
    """Return a request as the guard sees it, of which nothing but its head has come."""
    headers = [(b"host", b"localhost"), (b"content-length", b"5")]
    return {"type": "http", "method": "POST", "path": path, "client": (client, 1), "headers": headers}


async def read_all(scope: Message, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body"})


async def never() -> Message:
    """Return nothing: what should be read is still on its way."""
    await asyncio.Event().wait()
    return {}


async def status_from(guard: Guard, scope: Message, receive: Receive) -> tuple[int, dict[bytes, bytes]]:
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    await guard(scope, receive, send)
    return said[0]["status"], dict(said[0].get("headers", ()))


def test_files_that_come_at_once_are_counted_before_they_are_read() -> None:
    limits = Limits(workers=1, waiting=2, per_client=2)

    async def live() -> None:
        reading = asyncio.Semaphore(0)
        guard, go_on = Guard(read_all, "localhost", limits, lambda _: None), asyncio.Event()

        async def slow() -> Message:
            reading.release()
            await go_on.wait()
            return {"type": "http.request", "body": b"hello"}

        coming = [asyncio.create_task(status_from(guard, asked_at(one), slow)) for one in "aab"]
        for _ in coming:
            await reading.acquire()
        for client, found in (("a", b"at most 2 of one client"), ("c", b"at most 3 of all")):
            said: list[Message] = []

            async def send(message: Message, said: list[Message] = said) -> None:
                said.append(message)

            await guard(asked_at(client), never, send)
            assert said[0]["status"] == 429
            assert int(dict(said[0]["headers"])[b"retry-after"]) >= 1
            assert found in said[1]["body"]
        go_on.set()
        assert [status for status, _ in await asyncio.gather(*coming)] == [200] * 3
        assert (await status_from(guard, asked_at("a"), slow))[0] == 200

    asyncio.run(live())


def test_files_without_a_place_and_files_that_never_come_are_refused() -> None:
    def refuse(client: str) -> None:
        raise TooManyError("enough", retry_after=7)

    async def live() -> None:
        guard = Guard(read_all, "localhost", Limits(upload_seconds=0), refuse)
        status, headers = await status_from(guard, asked_at("a", "/api/v1/calls"), never)
        assert (status, headers[b"retry-after"]) == (429, b"7")
        assert (await status_from(guard, asked_at("a"), never))[0] == 408

    asyncio.run(live())


def test_the_own_page_may_ask(client: httpx.Client, server: Server) -> None:
    headers = {"Origin": server.address, "Sec-Fetch-Site": "same-origin"}
    answer = client.post("/qc?wait=60", data={"dataset": "alpha"}, headers=headers)
    assert answer.status_code == 200


def test_an_upload_that_is_cut_off_leaves_nothing(client: httpx.Client, server: Server, root: Path) -> None:
    before = client.get("/health").json()["jobs"]
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n' + COURSE.encode()
    kind = "Content-Type: multipart/form-data; boundary=b"
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(
            f"POST /api/v1/calls HTTP/1.1\r\nHost: {host}\r\n{kind}\r\nContent-Length: 9999\r\n\r\n".encode()
        )
        line.sendall(part)
    # The same with an end of the request, but none of the form.
    answer = client.post("/calls", content=part, headers={"Content-Type": kind.split(": ")[1]})
    assert (answer.status_code, answer.json()["found"]) == (422, "no file that came in full")
    assert client.get("/health").json()["jobs"] == before
    assert not [one for one in root.iterdir() if one.name.startswith(".new")]


def test_more_jobs_than_a_client_may_have_are_429(client: httpx.Client) -> None:
    answers = [client.post("/reports", data={"dataset": "cdc15"}) for _ in range(5)]
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert refused[0].json()["error"] == "too_many"
    assert int(refused[0].headers["retry-after"]) >= 1
    for one in answers:
        if one.status_code == 202:
            assert client.delete(one.headers["location"].removeprefix("/api/v1")).status_code == 204


def test_a_server_that_is_killed_keeps_the_jobs_that_it_promised(tmp_path: Path) -> None:
    words = (tmp_path, "--workers", "1")
    with served(*words) as server:
        done = httpx.post(f"{server.api}/qc?wait=60", data={"dataset": "alpha"}, timeout=120)
        taken = httpx.post(f"{server.api}/calls", data={"dataset": "alpha"}, timeout=120)
        assert (done.status_code, taken.status_code) == (200, 202)
        server.stop(signal.SIGKILL)
    with served(*words) as server:
        again = httpx.get(f"{server.address}{done.headers['location']}/result", timeout=120)
        assert again.json() == done.json()
        job = httpx.get(f"{server.address}{taken.headers['location']}?wait=60", timeout=120)
        assert job.json()["state"] == "done"
