# SPDX-License-Identifier: Apache-2.0
"""HTTP itself: http-api.md §1 and §2, with malformed, slow and odd requests over a bare socket."""

import json
import re
import socket
import threading
import time

import pytest

import json_cases
from server import Server, column, raw_exchange

ROUTES = ["/", "/healthz", "/readyz", "/metrics", "/endpoints", "/endpoints/a/b", "/ingest/a/b", "/consumption/query", "/consumption/tables",
          "/transform/jobs", "/quarantine", "/nowhere"]


def answers(raw):
    """Status codes of the responses in a byte stream."""
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3})", raw)]


def send(server, payload, **kwargs):
    return raw_exchange(server.port, payload.encode("latin-1") if isinstance(payload, str) else payload, **kwargs)


def test_service_routes(client):
    root = client.get("/").json()
    assert root["status"] == "healthy" and root["service"] == "tarn"
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status == 200 and ready.json()["status"] == "ready" and isinstance(ready.json()["checks"], dict)
    metrics = client.get("/metrics")
    assert metrics.status == 200 and metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(r"^# TYPE \w+ (counter|gauge|histogram|summary)$", metrics.text, re.M)
    for line in metrics.text.splitlines():
        assert line.startswith("#") or not line or re.fullmatch(r'[a-zA-Z_:][\w:]*(\{[^}]*\})? [-+0-9.eEInfNa]+( \d+)?', line), line


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_routes_of_later_work(client, path):
    assert client.get(path).status in (200, 404, 501)


@pytest.mark.parametrize("path", ROUTES)
def test_cors_is_everywhere(client, path):
    answer = client.get(path, headers={"Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "*", answer
    preflight = client.request("OPTIONS", path, headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"})
    assert preflight.status in (200, 204)
    assert {"GET", "POST", "PUT", "DELETE"} <= {one.strip() for one in preflight.headers["access-control-allow-methods"].split(",")}
    allowed = {one.strip().lower() for one in preflight.headers["access-control-allow-headers"].split(",")}
    assert {"content-type", "x-api-key", "authorization", "idempotency-key"} <= allowed


def test_request_ids(client):
    first, second = (client.get(path).headers["x-request-id"] for path in ("/healthz", "/nowhere"))
    assert first and second and first != second
    assert client.get("/nowhere", headers={"X-Request-Id": "mine ~1"}).headers["x-request-id"] == "mine ~1"
    assert client.get("/", headers={"X-Request-Id": "x" * 128}).headers["x-request-id"] == "x" * 128
    assert client.get("/", headers={"X-Request-Id": "x" * 129}).headers["x-request-id"] != "x" * 129


@pytest.mark.parametrize("path", ["/", "/healthz", "/endpoints", "/consumption/query?sql=SELECT%201", "/nowhere"])
def test_head_is_get_without_a_body(client, path):
    full, head = client.get(path), client.request("HEAD", path)
    assert head.status == full.status and head.body == b""
    assert head.headers.get("content-type") == full.headers.get("content-type")


def test_unknown_paths_and_methods(client):
    answer = client.get("/nowhere")
    assert answer.status == 404 and answer.detail == "Not Found" and answer.headers["content-type"].startswith("application/json")
    for method, path in (("DELETE", "/endpoints"), ("PUT", "/consumption/query"), ("GET", "/ingest/a/b"), ("PATCH", "/transform/jobs"), ("POST", "/")):
        answer = client.request(method, path)
        assert answer.status == 405 and answer.detail == "Method Not Allowed" and answer.headers["allow"], (method, path, answer)


@pytest.mark.parametrize("path", ["/endpoints/", "/consumption/tables/", "/transform/jobs/", "/healthz/"])
def test_trailing_slashes(client, path):
    assert client.get(path).status in (200, 307)


@pytest.mark.parametrize("path", ["/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/endpoints/../../etc", "//endpoints", "/endpoints/%00/x", "/endpoints/a%2Fb/c",
                                  "/ingest/..%5c/x", "/endpoints/%", "/endpoints/%zz/x", "/%ff", "/endpoints/é/x"])
def test_odd_paths_are_harmless(server, path):
    raw = send(server, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answers(raw) and answers(raw)[0] in (200, 400, 404, 405), raw[:200]
    assert b"root:" not in raw


def test_errors_carry_one_shape(client):
    for answer in (client.get("/nowhere"), client.post("/endpoints", "{"), client.get("/consumption/query"), client.query("DROP TABLE x"),
                   client.post("/ingest/a/b", {"data": {}}), client.get("/endpoints/a/b")):
        assert answer.headers["content-type"].startswith("application/json") and "detail" in answer.json()
        detail = answer.detail
        assert isinstance(detail, str) if answer.status != 422 else all(set(one) >= {"type", "loc", "msg"} for one in detail)


@pytest.mark.parametrize("path", ["/endpoints", "/transform/jobs", "/endpoints/infer", "/consumption/query"])
def test_broken_json_is_422_json_invalid(client, path):
    for body in ("", "{", "{'a': 1}", '{"a": NaN}', '{"a": 01}', "nul", b"\xff", b'{"a": "\xc3"}'):
        answer = client.post(path, body)
        assert answer.status == 422 or (answer.status == 400 and isinstance(body, bytes)), (body, answer)
        if answer.status == 422:
            assert answer.detail[0]["type"] in ("json_invalid", "missing"), answer


def test_duplicate_members_the_last_one_wins(client, name):
    answer = client.post("/endpoints", f'{{"domain":"x","domain":"wire","name":"{name}","columns":[{{"name":"a","type":"date","type":"string"}}]}}')
    assert answer.status == 200 and answer.json()["domain"] == "wire"
    assert client.post(f"/ingest/wire/{name}?ack=silver", '{"data":{"a":1},"data":{"a":"first","a":"last"}}').status == 200
    assert client.rows(f"SELECT a FROM wire.silver.{name}") == [{"a": "last"}]


@pytest.fixture(scope="module")
def anything(server):
    one = server.client()
    one.create("wire", "anything", mode="single_column")
    one.close()
    return "/ingest/wire/anything"


def judge_json(client, path, cases):
    wrong = []
    for body, want in cases:
        status = client.post(path, body).status
        allowed = {True: (200,), False: (422,), None: (200, 422)}[want]
        if want is False and isinstance(body, bytes) and not is_utf8(body):
            allowed = (422, 400)
        if status not in allowed:
            wrong.append((body[:100], want, status))
    assert not wrong, "\n".join(map(str, [len(wrong), *wrong]))


def is_utf8(body):
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def test_json_values(client, anything):
    judge_json(client, anything, [(b'{"data":{"v":' + text.encode("utf-8", "surrogatepass") + b"}}", want) for text, want in json_cases.VALUES])


def test_json_documents(client, anything):
    judge_json(client, anything, json_cases.DOCUMENTS)


def test_stored_json_is_what_was_sent(client, name):
    client.create("wire", name, mode="single_column")
    texts = [text for text, want in json_cases.VALUES if want and len(text) < 500 and '"a":1,"a"' not in text]
    body = "[" + ",".join(f'{{"n":{number},"v":{text}}}' for number, text in enumerate(texts)) + "]"
    client.batch(f"wire/{name}", body)
    got = {row["data"]["n"]: row["data"]["v"] for row in client.query(f"SELECT data FROM wire.silver.{name}").json()["data"]}
    wrong = [(text, got.get(number, "missing")) for number, text in enumerate(texts) if got.get(number, "missing") != json.loads(text)]
    assert not wrong


@pytest.mark.parametrize("depth,good", [(1, True), (64, True), (126, True), (129, False), (200, False), (2000, False), (200_000, False)])
def test_nesting(client, anything, depth, good):
    levels = depth - 2  # data and the record are two
    body = '{"data":{"v":' + "[" * max(levels, 0) + "]" * max(levels, 0) + "}}" if levels > 0 else '{"data":{"v":1}}'
    assert client.post(anything, body).status == (200 if good else 422)
    assert client.post("/endpoints/infer", '{"payload":{"v":' + "[" * depth + "]" * depth + "}}").status == (200 if depth <= 126 else 422)


def test_numbers_keep_their_text(client, name):
    client.create("wire", name, [column("id", "integer"), column("d", "decimal"), column("e", "decimal(38,20)")])
    client.batch(f"wire/{name}", '[{"id":1,"d":12345678901234567890.5,"e":0.12345678901234567890,"free":1.0}]')
    row = client.rows(f"SELECT d, e FROM wire.silver.{name}")[0]
    assert str(row["d"]).rstrip("0") == "12345678901234567890.5" and str(row["e"]).rstrip("0") == "0.1234567890123456789"
    assert client.query(f"SELECT free FROM wire.silver.{name}").json()["columns"][0]["type"] == "DOUBLE"


POST = "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{more}\r\n"


def test_chunked_bodies(server, anything):
    head = POST.format(path=anything, more="Transfer-Encoding: chunked\r\nConnection: close\r\n").encode()
    for body in (b'10\r\n{"data":{"v":"ab\r\n4\r\nc"}}\r\n0\r\n\r\n', b'10;ext=1\r\n{"data":{"v":"ab\r\n4\r\nc"}}\r\n0\r\nTrailer: x\r\n\r\n',
                 b"".join(b"1\r\n%c\r\n" % one for one in b'{"data":{"v":"x"}}') + b"0\r\n\r\n"):
        assert answers(send(server, head + body)) == [200], body
    for body in (b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\nabc\r\n0\r\n\r\n", b"ffffffffffffffffff\r\nabc\r\n", b"5\r\nabc\r\n0\r\n\r\n"):
        codes = answers(send(server, head + body, timeout_s=4))
        assert not codes or codes[0] in (400, 413, 422), (body, codes)
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    codes = answers(send(server, head + b'7\r\n[{"v":"\r\n' + piece * 520, timeout_s=10))
    assert codes == [413] or codes == []


MALFORMED = ["GARBAGE\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET / HTTP/1.1 extra\r\nHost: x\r\n\r\n", "G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n",
             "GET / HTTP/1.1\r\nHost x\r\n\r\n", "GET / HTTP/1.1\r\nBad Header: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", "POST /endpoints HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
             "POST /endpoints HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
             "POST /endpoints HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: nonsense\r\n\r\n", "GET / HTTP/1.1\r\n" + "A: b\r\n" * 20000 + "\r\n",
             "GET / HTTP/1.1\r\nA: " + "b" * 2_000_000 + "\r\n\r\n", "GET /" + "a" * 2_000_000 + " HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
             "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n", " GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\n\n"]


@pytest.mark.parametrize("payload", MALFORMED, ids=[f"{number}" for number in range(len(MALFORMED))])
def test_malformed_requests_hurt_nobody(server, client, payload):
    raw = send(server, payload, timeout_s=1.5, half_close=True)
    codes = answers(raw)
    assert all(code < 500 or code in (501, 505) for code in codes), raw[:300]
    assert client.get("/healthz").status == 200


def test_pipelined_requests_are_answered_in_order(server, anything):
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    body = b'{"data":{"v":1}}'
    post = POST.format(path=anything, more=f"Content-Length: {len(body)}\r\n").encode() + body
    raw = send(server, one + post + one + post * 3 + last)
    assert answers(raw) == [200] * 6 + [404]


def test_a_long_request_line(server):
    comment = "x" * 65_000
    raw = send(server, f"GET /healthz?x={comment} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answers(raw) == [200]


def test_expect_continue(server, anything):
    body = b'{"data":{"v":1}}'
    head = POST.format(path=anything, more=f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n").encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer:
        peer.sendall(head)
        assert b"100" in peer.recv(1000).split(b"\r\n")[0]
        peer.sendall(body)
        received = b""
        while piece := peer.recv(65536):
            received += piece
        assert answers(received) == [200]


def test_http_1_0_and_connection_close(server):
    raw = send(server, "GET /healthz HTTP/1.0\r\n\r\n")
    assert raw.startswith(b"HTTP/1.") and b"200" in raw.split(b"\r\n")[0]
    started = time.monotonic()
    send(server, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert time.monotonic() - started < 2


def test_slow_and_abandoned_requests_block_nobody(server, client, anything):
    idle = []
    for number in range(40):
        peer = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        peer.sendall(b"POST /ingest/wire/anything HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n" + (b"\r\n{" if number % 2 else b""))
        idle.append(peer)
    started = time.monotonic()
    for _ in range(20):
        assert client.post(anything, b'{"data":{"v":1}}').status == 200
    assert time.monotonic() - started < 5
    before = client.value("SELECT count(*) FROM wire.bronze.anything")
    for peer in idle:
        peer.close()
    assert client.value("SELECT count(*) FROM wire.bronze.anything") == before


def test_a_dripping_client_is_served(server, anything):
    body = b'{"data":{"v":"drip"}}'
    payload = POST.format(path=anything, more=f"Content-Length: {len(body)}\r\nConnection: close\r\n").encode() + body
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(payload), 3):
            peer.sendall(payload[start:start + 3])
            time.sleep(0.001)
        assert answers(peer.recv(65536)) == [200]


def test_many_connections_at_once(server, anything):
    statuses = []

    def work():
        one = server.client()
        for _ in range(5):
            statuses.append(one.post(anything, b'{"data":{"v":1}}').status)
        one.close()

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 503} and statuses.count(200) > 0


# The single configured key.

KEY = "s3cret-Key~1"


@pytest.fixture(scope="module", params=["environment", "file"])
def locked(request, tmp_path_factory):
    if request.param == "environment":
        one = Server(env={"TARN_API_KEY": KEY})
    else:
        config = tmp_path_factory.mktemp("config") / "tarn.yaml"
        config.write_text(f"api_key: {KEY}\n")
        one = Server(arguments=["--config", str(config)])
    with one:
        one.start()
        yield one


GUARDED = [("GET", "/endpoints"), ("POST", "/endpoints"), ("POST", "/ingest/a/b"), ("GET", "/consumption/query?sql=SELECT%201"), ("GET", "/transform/jobs"),
           ("GET", "/quarantine"), ("GET", "/metrics"), ("GET", "/consumption/tables"), ("DELETE", "/endpoints/a/b")]


@pytest.mark.parametrize("method,path", GUARDED)
def test_routes_need_the_key(locked, method, path):
    one = locked.client()
    for headers in ({}, {"x-api-key": ""}, {"x-api-key": KEY + "x"}, {"x-api-key": KEY[:-1]}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {KEY}"}):
        answer = one.request(method, path, headers=headers)
        assert answer.status == 401 and answer.headers["www-authenticate"] and isinstance(answer.detail, str), (headers, answer)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert KEY not in answer.text
    for headers in ({"x-api-key": KEY}, {"X-API-KEY": KEY}, {"Authorization": f"Bearer {KEY}"}):
        assert one.request(method, path, headers=headers).status != 401
    one.close()


def test_routes_without_key(locked):
    one = locked.client()
    for path in ("/", "/healthz", "/readyz"):
        assert one.get(path).status == 200
    assert one.request("OPTIONS", "/endpoints").status in (200, 204)
    one.headers = {"x-api-key": KEY}
    one.create("locked", "t" if one.get("/endpoints/locked/t").status == 404 else "u", [column("a")])
    link = one.get("/endpoints/locked/t/download").json()["download_url"]
    one.headers = {}
    path = "/" + link.split("/", 3)[3]
    assert one.get(path).status == 200
    assert one.get(path.split("?")[0] + "?expires=99999999999&signature=00").status in (401, 403)
    one.close()


def test_the_key_is_not_logged(locked):
    assert KEY.encode() not in locked.log()
