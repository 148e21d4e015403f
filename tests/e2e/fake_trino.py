# SPDX-License-Identifier: Apache-2.0
"""A server that speaks Trino's client protocol and lets the Tarn under test answer: names and versions are read back
from Trino's spelling, rows go out as Trino spells them."""

import http.server
import json
import re
import threading

from server import Client

TABLE = re.compile(r'"tarn"\."([^"]*)"\."([^"]*)"(?: FOR VERSION AS OF (-?\d+))?')
PAGE_ROWS = 2
LAYERS = ("silver", "gold")

SCALARS = {"BOOLEAN": "boolean", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "FLOAT": "real",
           "DOUBLE": "double", "VARCHAR": "varchar", "DATE": "date", "JSON": "json", "BLOB": "varbinary"}


def signature(sql_type):
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", sql_type)
    if sql_type == "HUGEINT":
        return "decimal", [38, 0]
    if decimal:
        return "decimal", [int(decimal[1]), int(decimal[2])]
    if sql_type.startswith("TIMESTAMP"):
        return ("timestamp with time zone" if "ZONE" in sql_type else "timestamp"), [6]
    return SCALARS[sql_type], []


def column(name, sql_type):
    raw, arguments = signature(sql_type)
    return {"name": name, "type": raw, "typeSignature": {"rawType": raw, "arguments": [{"kind": "LONG", "value": one} for one in arguments]}}


def spelled(value, raw):
    """A value of a VARCHAR cast as Trino's JSON has it."""
    if value is None:
        return None
    if raw in ("bigint", "integer", "smallint", "tinyint"):
        return int(value)
    if raw in ("double", "real"):
        return float(value)
    if raw == "boolean":
        return value == "true"
    if raw == "timestamp with time zone":
        return value.replace("+00", " UTC")
    return value


def read_back(found, with_version):
    """What the lake calls the table."""
    schema, table, version = found.groups()
    domain, _, layer = schema.rpartition(".")
    name = f"{domain}.{layer}.{table}" if layer in LAYERS else f'{schema.split(".")[0]}.external."{".".join([*schema.split(".")[1:], table])}"'
    return f"(SELECT * FROM {name} AT (VERSION => {version}))" if version and with_version and layer in LAYERS else name


class FakeTrino:
    """`statements` are the texts it got; `requests` their methods, paths and headers. What stands in `troubles` is done
    instead of the next answers: a status, an error object, or "wait" for an answer that holds nothing yet."""

    def __init__(self, port_of_tarn):
        self.port_of_tarn = port_of_tarn
        self.statements, self.requests, self.troubles, self.cancelled = [], [], [], threading.Event()
        self.pages = {}
        self.knows_versions = True
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def handler(self):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, answer = fake.answer(self.command, self.path, dict(self.headers), body)
                data = json.dumps(answer).encode() if answer is not None else b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = take

        return Handler

    def answer(self, method, path, headers, body):
        with self.lock:
            self.requests.append((method, path, headers))
            trouble = self.troubles.pop(0) if self.troubles and method != "DELETE" else None
        if method == "DELETE":
            self.cancelled.set()
            return 204, None
        if isinstance(trouble, int):
            return trouble, {"message": "busy"}
        if isinstance(trouble, dict):
            return 200, {"id": "q", "error": trouble}
        if method == "POST":
            with self.lock:
                self.statements.append(body)
                number = len(self.statements)
            return 200, {"id": f"q{number}", "nextUri": f"http://elsewhere.invalid/v1/statement/queued/{number}/0", "stats": {"state": "QUEUED"}}
        number, at = (int(part) for part in path.rsplit("/", 2)[1:])
        again = f"http://elsewhere.invalid/v1/statement/executing/{number}/{at}"
        if trouble == "wait":
            with self.lock:
                self.troubles.insert(0, "wait")
            return 200, {"id": f"q{number}", "nextUri": again, "stats": {"state": "RUNNING"}}
        return 200, self.page(number, at)

    def page(self, number, at):
        with self.lock:
            if number not in self.pages:
                self.pages[number] = self.run(self.statements[number - 1])
            result = self.pages[number]
        if isinstance(result, str):
            return {"id": f"q{number}", "error": {"message": result, "errorName": "SYNTAX_ERROR", "errorType": "USER_ERROR"}}
        columns, rows = result
        answer = {"id": f"q{number}", "columns": columns, "data": rows[at * PAGE_ROWS:(at + 1) * PAGE_ROWS]}
        if (at + 1) * PAGE_ROWS < len(rows):
            answer["nextUri"] = f"http://elsewhere.invalid/v1/statement/executing/{number}/{at + 1}"
        return answer

    def run(self, sql):
        """Columns and rows, or what is wrong."""
        sql = re.sub(r"TIMESTAMP ('[^']* UTC')", r"TIMESTAMPTZ \1", sql)
        mine = TABLE.sub(lambda found: read_back(found, self.knows_versions), sql)
        client = Client(self.port_of_tarn())
        try:
            described = client.query(f"DESCRIBE {mine}")
            if described.status != 200:
                return described.detail
            columns = [column(row["column_name"], row["column_type"]) for row in described.json()["data"]]
            texts = ", ".join(f'CAST("{one["name"]}" AS VARCHAR) AS "{one["name"]}"' for one in columns)
            answer = client.query(f"SELECT {texts} FROM ({mine})")
            if answer.status != 200:
                return answer.detail
            return columns, [[spelled(value, one["type"]) for value, one in zip(row.values(), columns)] for row in answer.json()["data"]]
        finally:
            client.close()
