# SPDX-License-Identifier: Apache-2.0
"""Athena and Glue by their JSON APIs: requests are checked for their signatures and shapes, and the Tarn under test
answers the queries. What a query reads must be registered in Glue with metadata that has the snapshot."""

import hashlib
import hmac
import http.server
import json
import re
import threading
import uuid

import s3_server
from server import Client

DATABASE = "lake_db"
REGION = "us-east-1"
PAGE_ROWS = 2
TABLE = re.compile(rf'"{DATABASE}"\."([^"]*)"(?: FOR VERSION AS OF (-?\d+))?')
TYPES = {"BOOLEAN": "boolean", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "FLOAT": "float", "DOUBLE": "double",
         "VARCHAR": "varchar", "JSON": "json", "DATE": "date", "BLOB": "varbinary", "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone"}
SHAPES = {
    "AmazonAthena.StartQueryExecution": {"QueryString", "ClientRequestToken", "WorkGroup", "QueryExecutionContext", "ResultConfiguration"},
    "AmazonAthena.GetQueryExecution": {"QueryExecutionId"},
    "AmazonAthena.GetQueryResults": {"QueryExecutionId", "MaxResults", "NextToken"},
    "AmazonAthena.StopQueryExecution": {"QueryExecutionId"},
    "AWSGlue.GetTable": {"DatabaseName", "Name"},
    "AWSGlue.CreateTable": {"DatabaseName", "TableInput"},
    "AWSGlue.UpdateTable": {"DatabaseName", "TableInput", "SkipArchive"},
}


class Refusal(Exception):
    def __init__(self, word, text, status=400):
        super().__init__(text)
        self.status = status
        self.body = {"__type": word, "Message": text}


def check_signature(path, headers, body):
    """Signature Version 4 as AWS documents it."""
    found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})", headers.get("authorization", ""))
    if not found:
        raise Refusal("MissingAuthenticationTokenException", "no signature", 403)
    key_id, day, region, service, signed, signature = found.groups()
    target = headers["x-amz-target"].split(".")[0]
    names = signed.split(";")
    assert {"host", "x-amz-date", "x-amz-target", "content-type"} <= set(names) and names == sorted(names), names
    canonical = "\n".join(["POST", path, "", *[f"{name}:{headers[name].strip()}" for name in names], "", signed, hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + s3_server.SECRET_KEY).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    right = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    if key_id != s3_server.ACCESS_KEY or right != signature or region != REGION or service != {"AmazonAthena": "athena", "AWSGlue": "glue"}[target]:
        raise Refusal("InvalidSignatureException", "the signature does not match", 403)


def described(name, sql_type):
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", sql_type)
    precision, scale = (int(decimal[1]), int(decimal[2])) if decimal else (38, 0) if sql_type == "HUGEINT" else (17, 0)
    word = "decimal" if decimal or sql_type == "HUGEINT" else "array" if sql_type.endswith("[]") else TYPES[sql_type]
    return {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": word, "Precision": precision, "Scale": scale,
            "Nullable": "UNKNOWN", "CaseSensitive": False}


def spelled(value, word):
    """A value of a VARCHAR cast as Athena has it."""
    if value is None:
        return {}
    return {"VarCharValue": value.replace("+00", " UTC") if word == "timestamp with time zone" else value}


class FakeAthena:
    """`executions` and `tables` are what it was told. What stands in `troubles` is done instead of the next starts: "hang",
    the members of a Status, or a Refusal."""

    def __init__(self, port_of_tarn):
        self.port_of_tarn = port_of_tarn
        self.lock = threading.Lock()
        self.executions, self.tables, self.troubles, self.calls = {}, {}, [], []
        self.has_database = self.knows_versions = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def environment(self):
        url = f"http://127.0.0.1:{self.server.server_port}"
        return {"TARN_ATHENA_DATABASE": DATABASE, "TARN_ATHENA_WORKGROUP": "jobs", "TARN_ATHENA_ENDPOINT": url, "TARN_ATHENA_GLUE_ENDPOINT": url}

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def handler(self):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    check_signature(self.path, headers, body)
                    status, answer = 200, fake.answer(headers["x-amz-target"], json.loads(body))
                except Refusal as refusal:
                    status, answer = refusal.status, refusal.body
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler

    def answer(self, target, asked):
        if target not in SHAPES or not set(asked) <= SHAPES[target]:
            raise Refusal("SerializationException", f"{target}: {sorted(asked)}")
        with self.lock:
            self.calls.append(target.split(".")[1])
            return getattr(self, target.split(".")[1])(**asked)

    # Glue

    def GetTable(self, DatabaseName, Name):
        if not self.has_database or DatabaseName != DATABASE or Name not in self.tables:
            raise Refusal("EntityNotFoundException", f"Table {Name} not found")
        return {"Table": {"DatabaseName": DatabaseName, **self.tables[Name]}}

    def CreateTable(self, DatabaseName, TableInput):
        if not self.has_database or DatabaseName != DATABASE:
            raise Refusal("EntityNotFoundException", "Database not found")
        if TableInput["Name"] in self.tables:
            raise Refusal("AlreadyExistsException", "Table already exists")
        assert re.fullmatch(r"[a-z0-9_]{1,255}", TableInput["Name"]) and TableInput["TableType"] == "EXTERNAL_TABLE", TableInput
        self.tables[TableInput["Name"]] = TableInput
        return {}

    def UpdateTable(self, DatabaseName, TableInput, SkipArchive):
        assert DatabaseName == DATABASE and SkipArchive is True
        if TableInput["Name"] not in self.tables:
            raise Refusal("EntityNotFoundException", "Table not found")
        self.tables[TableInput["Name"]] = TableInput
        return {}

    # Athena

    def StartQueryExecution(self, QueryString, ClientRequestToken, WorkGroup, QueryExecutionContext, ResultConfiguration):
        assert 32 <= len(ClientRequestToken) <= 128 and WorkGroup == "jobs", (ClientRequestToken, WorkGroup)
        assert QueryExecutionContext == {"Catalog": "AwsDataCatalog", "Database": DATABASE}, QueryExecutionContext
        place = ResultConfiguration["OutputLocation"]
        assert set(ResultConfiguration) == {"OutputLocation"} and place.startswith("s3://") and place.endswith("/"), ResultConfiguration
        for number, execution in self.executions.items():
            if execution["token"] == ClientRequestToken:
                return {"QueryExecutionId": number}
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, Refusal):
            raise trouble
        number = str(uuid.uuid4())
        self.executions[number] = {"token": ClientRequestToken, "sql": QueryString, "place": place, "looks": 0, "state": trouble}
        folder = s3_server.files_of(place)
        folder.mkdir(parents=True, exist_ok=True)
        for name in (f"{number}.csv", f"{number}.csv.metadata"):
            (folder / name).write_text("what Athena leaves")
        return {"QueryExecutionId": number}

    def execution(self, number):
        if number not in self.executions:
            raise Refusal("InvalidRequestException", f"QueryExecution {number} was not found")
        return self.executions[number]

    def GetQueryExecution(self, QueryExecutionId):
        execution = self.execution(QueryExecutionId)
        execution["looks"] += 1
        status = {"State": "QUEUED" if execution["looks"] == 1 else "RUNNING"}
        if execution["state"] == "hang":
            pass
        elif isinstance(execution["state"], dict):
            status = execution["state"]
        elif execution["looks"] > 2:
            status = self.run(execution)
        return {"QueryExecution": {"QueryExecutionId": QueryExecutionId, "Status": status}}

    def StopQueryExecution(self, QueryExecutionId):
        self.execution(QueryExecutionId)["state"] = {"State": "CANCELLED", "StateChangeReason": "Query was cancelled"}
        return {}

    def read_back(self, found):
        """What the lake calls the table, once its metadata was looked at."""
        parameters = self.tables[found[1]]["Parameters"]
        assert parameters["table_type"] == "ICEBERG" and parameters["metadata_location"].startswith(self.tables[found[1]]["StorageDescriptor"]["Location"] + "/"), parameters
        metadata = json.loads(s3_server.files_of(parameters["metadata_location"]).read_text())
        if not found[2]:
            return parameters["tarn.table"]
        assert int(found[2]) in [one["snapshot-id"] for one in metadata["snapshots"]], metadata
        return f"(SELECT * FROM {parameters['tarn.table']} AT (VERSION => {found[2]}))" if self.knows_versions else parameters["tarn.table"]

    def run(self, execution):
        if "columns" not in execution:
            mine = TABLE.sub(self.read_back, execution["sql"])
            mine = re.sub(r"TIMESTAMP ('[^']* UTC')", r"TIMESTAMPTZ \1", mine)
            client = Client(self.port_of_tarn())
            answer = client.query(f"DESCRIBE {mine}")
            if answer.status != 200:
                return {"State": "FAILED", "StateChangeReason": f"COLUMN_NOT_FOUND: line 1:8: {answer.detail}",
                        "AthenaError": {"ErrorCategory": 2, "ErrorType": 1100, "Retryable": False, "ErrorMessage": "x"}}
            execution["columns"] = [described(row["column_name"], row["column_type"]) for row in answer.json()["data"]]
            texts = ", ".join(f'CAST("{one["Name"]}" AS VARCHAR) AS "{one["Name"]}"' for one in execution["columns"])
            execution["rows"] = [list(row.values()) for row in client.rows(f"SELECT {texts} FROM ({mine})")]
            client.close()
        return {"State": "SUCCEEDED"}

    def GetQueryResults(self, QueryExecutionId, MaxResults, NextToken=None):
        assert 0 < MaxResults <= 1000
        execution = self.execution(QueryExecutionId)
        words = [one["Type"] for one in execution["columns"]]
        lines = [[{"VarCharValue": one["Name"]} for one in execution["columns"]]]
        lines += [[spelled(value, word) for value, word in zip(row, words)] for row in execution["rows"]]
        at = int(NextToken or 0)
        answer = {"UpdateCount": 0, "ResultSet": {"Rows": [{"Data": line} for line in lines[at:at + PAGE_ROWS]], "ResultSetMetadata": {"ColumnInfo": execution["columns"]}}}
        if at + PAGE_ROWS < len(lines):
            answer["NextToken"] = str(at + PAGE_ROWS)
        return answer
