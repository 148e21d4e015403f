# SPDX-License-Identifier: Apache-2.0
"""The query API: http-api.md §7."""

import base64
import csv
import io
import json
import time
import uuid
from decimal import Decimal

import pytest

import hostile_sql
from server import column, wait_until


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """Files a hostile query would like to read."""
    directory = tmp_path_factory.mktemp("secrets")
    (directory / "secret.csv").write_text("id,v\n1,hidden\n")
    (directory / "secret.json").write_text('{"id": 1}\n')
    (directory / "secret.parquet").write_bytes(b"PAR1" + b"\0" * 12 + b"PAR1")
    return directory


@pytest.fixture(scope="module")
def table(server):
    one = server.client()
    one.create("sql", "t", [column("id", "integer", primary_key=True), column("v")])
    one.batch("sql/t", [{"id": 1, "v": "x"}, {"id": 2, "v": "it's"}, {"id": 3, "v": "a;b"}])
    one.close()
    return "sql.silver.t"


def refused(client, sql, contains=None, folded=False):
    answer = client.query(sql)
    if answer.status != 400:
        return f"{sql!r} answered {answer}"
    detail = answer.json().get("detail")
    if not isinstance(detail, str):
        return f"{sql!r} has no detail text: {answer}"
    if contains and contains not in (detail.lower() if folded else detail):
        return f"{sql!r} says {detail!r}"
    return None


def fails(reports):
    reports = [one for one in reports if one]
    assert not reports, "\n".join([f"{len(reports)} failures"] + reports)


def starts_like_a_select(sql):
    return sql.lstrip("( \n").lower().startswith(("select", "with"))


def test_statements_are_refused(client, table, secrets):
    reports = []
    for sql in hostile_sql.texts(hostile_sql.STATEMENTS, table, secrets):
        reports.append(refused(client, sql, None if starts_like_a_select(sql) else "Only SELECT"))
    for path in secrets.iterdir():
        assert not path.name.startswith("out"), "a COPY went through"
    fails(reports)


def test_several_statements_and_dml_in_with_say_only_select(client, table):
    fails(refused(client, sql, "Only SELECT") for sql in (
        "SELECT 1; SELECT 2", f"SELECT 1; DROP TABLE {table}", f"WITH x AS (SELECT 1) DELETE FROM {table}"))


def test_file_functions_are_refused(client, table, secrets):
    fails(refused(client, sql, "file access", folded=True) for sql in hostile_sql.texts(hostile_sql.READ_FUNCTIONS, table, secrets))


def test_other_functions_and_paths_are_refused(client, table, secrets):
    reports = []
    for sql in hostile_sql.texts(hostile_sql.FUNCTIONS, table, secrets):
        reports.append(refused(client, sql))
    fails(reports)


def test_refusals_hold_on_get_and_with_parameters(client, table, secrets):
    for sql in (f"SELECT * FROM read_csv('{secrets}/secret.csv')", "SELECT getenv('HOME')", "DROP TABLE x"):
        assert client.get("/consumption/query", query={"sql": sql}).status == 400
        assert client.get("/consumption/query", query={"sql": sql, "format": "csv"}).status == 400
    assert client.query("SELECT * FROM read_csv(?)", parameters=[f"{secrets}/secret.csv"]).status == 400
    assert client.query("SELECT * FROM query(?)", parameters=["SELECT 1"]).status == 400
    assert client.query("SELECT getenv(?)", parameters=["HOME"]).status == 400


def test_look_alikes_are_answered(client, table, secrets):
    reports = []
    for sql in hostile_sql.texts(hostile_sql.LOOK_ALIKES, table, secrets):
        answer = client.query(sql)
        if answer.status != 200:
            reports.append(f"{sql!r} answered {answer}")
    fails(reports)


def test_the_server_is_unharmed(client, table):
    assert client.rows(f"SELECT id, v FROM {table} ORDER BY id") == [{"id": 1, "v": "x"}, {"id": 2, "v": "it's"}, {"id": 3, "v": "a;b"}]
    assert client.get("/readyz").status == 200


@pytest.mark.parametrize("sql", [
    "SELECT * FROM '/etc/secret/passwd'", "SELECT error('/srv/data/file.csv went')", "SELECT error('at s3://bucket/secret/key now')",
    "SELECT * FROM read_csv('/srv/data/x.csv')", "SELECT * FROM \"/srv/data/x.parquet\""])
def test_errors_name_no_path(client, sql):
    answer = client.query(sql)
    assert answer.status == 400
    for part in ("/etc/secret", "/srv/data", "bucket/secret", "/passwd"):
        assert part not in answer.text, answer


def test_errors_of_tables_name_no_lake_path(client, server, table):
    for sql in ("SELECT * FROM sql.silver.nothing", f"SELECT nothing FROM {table}", f"SELECT CAST(v AS INTEGER) FROM {table}"):
        answer = client.query(sql)
        assert answer.status == 400 and str(server.root) not in answer.text, answer


VALUES = [
    ("1", 1), ("(-9223372036854775808)::BIGINT", -(2**63)), ("170141183460469231731687303715884105727::HUGEINT", 2**127 - 1),
    ("18446744073709551615::UBIGINT", 2**64 - 1), ("49.90::DECIMAL(10,2)", Decimal("49.9")), ("0.000000001::DECIMAL(38,9)", Decimal("0.000000001")),
    ("12345678901234567890123456789.123456789::DECIMAL(38,9)", Decimal("12345678901234567890123456789.123456789")),
    ("-0.5::DECIMAL(3,1)", Decimal("-0.5")), ("0.1::DOUBLE", Decimal("0.1")), ("1e300::DOUBLE", Decimal("1e300")), ("1.5::FLOAT", Decimal("1.5")),
    ("'NaN'::DOUBLE", None), ("'inf'::DOUBLE", None), ("'-inf'::FLOAT", None), ("true", True), ("NULL", None), ("'é\"\\😀'", 'é"\\😀'),
    ("'a'::VARCHAR", "a"), ("chr(0)", "\0"), ("chr(31)", "\x1f"), ("'{\"b\": [1, null, {\"c\": 1.50}]}'::JSON", {"b": [1, None, {"c": Decimal("1.50")}]}),
    ("'\"text\"'::JSON", "text"), ("DATE '2024-02-29'", "2024-02-29"), ("TIMESTAMP '2024-02-29 01:02:03'", "2024-02-29T01:02:03"),
    ("TIMESTAMP '2024-02-29 01:02:03.5'", "2024-02-29T01:02:03.5"), ("TIMESTAMP '2024-02-29 01:02:03.000001'", "2024-02-29T01:02:03.000001"),
    ("TIMESTAMPTZ '2024-02-29 01:02:03+02'", "2024-02-28T23:02:03Z"), ("TIME '01:02:03'", "01:02:03"), ("INTERVAL 1 DAY", str),
    ("'6f2cbd5e-8b6a-4f1d-9d0c-0d4c6d4c7a11'::UUID", "6f2cbd5e-8b6a-4f1d-9d0c-0d4c6d4c7a11"), ("[1, NULL, 3]", [1, None, 3]), ("[[1], []]", [[1], []]),
    ("{'a': 1, 'b': {'c': 'x'}}", {"a": 1, "b": {"c": "x"}}), ("MAP {'k': 1, 'l': 2}", {"k": 1, "l": 2}), ("'\\x00\\xFFa'::BLOB", base64.b64encode(b"\0\xffa").decode()),
    ("'a'::ENUM('a', 'b')", "a"), ("[]", []), ("[DATE '2024-01-01']", ["2024-01-01"]), ("{'d': 1.10::DECIMAL(5,2)}", {"d": Decimal("1.1")}),
    ("127::TINYINT", 127), ("255::UTINYINT", 255), ("''", ""), ("[{'x': NULL}]", [{"x": None}]),
]


@pytest.mark.parametrize("expression,want", VALUES, ids=[one for one, _ in VALUES])
def test_values_in_json(client, expression, want):
    (row,) = client.rows(f"SELECT {expression} AS x")
    if want is str:
        assert isinstance(row["x"], str)
    else:
        assert row["x"] == want and isinstance(row["x"], bool) == isinstance(want, bool)


def test_doubles_are_the_shortest_that_round_trip(client):
    text = client.query("SELECT 0.1::DOUBLE + 0.2::DOUBLE AS a, 1e23::DOUBLE AS b, 5e-324::DOUBLE AS c, 100.0::DOUBLE AS d").text
    row = json.loads(text)["data"][0]
    assert [float(row[key]) for key in "abcd"] == [0.30000000000000004, 1e23, 5e-324, 100.0] and "0.30000000000000004" in text


def test_answer_shape(client):
    answer = client.get("/consumption/query", query={"sql": "SELECT 1 AS a, 'x' AS b, DATE '2024-01-01' AS c"})
    body = answer.json()
    assert answer.headers["content-type"].startswith("application/json")
    assert body["data"] == [{"a": 1, "b": "x", "c": "2024-01-01"}] and body["row_count"] == 1 and not body.get("truncated")
    assert body["columns"] == [{"name": "a", "type": "INTEGER"}, {"name": "b", "type": "VARCHAR"}, {"name": "c", "type": "DATE"}]
    empty = client.query("SELECT 1 AS a WHERE false").json()
    assert empty["data"] == [] and empty["row_count"] == 0 and empty["columns"] == [{"name": "a", "type": "INTEGER"}]


def test_doubled_column_names(client):
    text = client.query("SELECT 1 AS a, 2 AS a, 3 AS a, 4 AS b").json()
    assert text["data"] == [{"a": 1, "a_1": 2, "a_2": 3, "b": 4}]
    assert [entry["name"] for entry in text["columns"]] == ["a", "a_1", "a_2", "b"]
    (row,) = client.rows("SELECT 1 AS a, 2 AS a_1, 3 AS a")
    assert sorted(row.values()) == [1, 2, 3]


@pytest.mark.parametrize("rows,options,count,truncated", [
    (10_000, {}, 10_000, False), (10_001, {}, 10_000, True), (12_000, {"max_rows": 100_000}, 12_000, False), (7, {"max_rows": 7}, 7, False),
    (8, {"max_rows": 7}, 7, True), (100_000, {"max_rows": 100_000}, 100_000, False), (0, {"max_rows": 1}, 0, False)])
def test_truncation(client, rows, options, count, truncated):
    body = client.query(f"SELECT * FROM range({rows})", **options).json()
    assert (len(body["data"]), body["row_count"], body.get("truncated", False)) == (count, count, truncated)
    if truncated:
        assert body["max_rows"] == options.get("max_rows", 10_000)


@pytest.mark.parametrize("options", [{"max_rows": 0}, {"max_rows": 100_001}, {"max_rows": "x"}, {"max_rows": -1}, {"timeout_ms": "x"}, {"timeout_ms": -5},
                                     {"format": "xml"}, {"sql": 5}, {"sql": None}, {"parameters": 5}])
def test_members_that_do_not_fit_are_422(client, options):
    assert client.post("/consumption/query", {"sql": "SELECT 1", **options}).status == 422
    if "sql" not in options and "parameters" not in options:
        assert client.get("/consumption/query", query={"sql": "SELECT 1", **options}).status == 422


def test_missing_and_blank_sql(client):
    answer = client.get("/consumption/query")
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "sql"] and answer.detail[0]["type"] == "missing"
    answer = client.post("/consumption/query", {})
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", "sql"]
    for text in ("", "   ", "\n\t"):
        for answer in (client.get("/consumption/query", query={"sql": text}), client.query(text)):
            assert answer.status == 400 and "Empty" in answer.detail, answer
    for body in ("[]", "1", "{", '"SELECT 1"'):
        assert client.post("/consumption/query", body).status == 422


def test_lengths(client):
    base = "SELECT 1 /*{}*/"
    exact = base.format("x" * (10_000 - len(base) + 2))
    assert client.get("/consumption/query", query={"sql": exact}).status == 200
    answer = client.get("/consumption/query", query={"sql": exact + " "})
    assert answer.status == 400 and "maximum length" in answer.detail, answer
    wide = "SELECT '" + "é" * 9_900 + "' AS x"
    assert client.get("/consumption/query", query={"sql": wide}).status == 200
    assert client.query(base.format("x" * 200_000)).status == 200
    assert client.query(base.format("x" * 2**20)).status == 400


@pytest.mark.parametrize("sql,parameters,want", [
    ("SELECT ? AS x", [5], 5), ("SELECT $1 AS x", ["é'; DROP"], "é'; DROP"), ("SELECT ? + ? AS x", [1, 2], 3), ("SELECT $2 AS x, $1 AS y", ["a", "b"], "b"),
    ("SELECT $name AS x", {"name": True}, True), ("SELECT ? AS x", [None], None), ("SELECT ? AS x", [1.5], Decimal("1.5")),
    ("SELECT ? AS x", [2**63 - 1], 2**63 - 1), ("SELECT list_sum(?) AS x", [[1, 2]], 3), ("SELECT count(*) AS x FROM range(5) t(i) WHERE i > ?", [2], 2)])
def test_parameters(client, sql, parameters, want):
    for member in ("parameters", "params"):
        answer = client.post("/consumption/query", {"sql": sql, member: parameters})
        assert answer.status == 200 and answer.exact()["data"][0]["x"] == want, answer


@pytest.mark.parametrize("sql,parameters", [("SELECT ?", []), ("SELECT ?", [1, 2]), ("SELECT 1", [1]), ("SELECT $a", {"b": 1}), ("SELECT $a", [1]),
                                            ("SELECT ?", {"a": 1}), ("SELECT $a", {"a": 1, "b": 2}), ("SELECT ?", None)])
def test_wrong_parameters_are_400(client, sql, parameters):
    answer = client.post("/consumption/query", {"sql": sql, **({} if parameters is None else {"parameters": parameters})})
    assert answer.status == 400, answer


CSV_SQL = "SELECT * FROM (VALUES (1, 'a,b', NULL), (2, 'q\"q', 'line\nline'), (3, '', 'é')) t(\"n,o\", s, x)"


def test_csv(client):
    for ask in ({"query": {"sql": CSV_SQL, "format": "csv"}}, {"query": {"sql": CSV_SQL}, "headers": {"Accept": "text/csv"}}):
        answer = client.get("/consumption/query", **ask)
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/csv"), answer
        rows = list(csv.reader(io.StringIO(answer.text, newline="")))
        assert rows == [["n,o", "s", "x"], ["1", "a,b", ""], ["2", 'q"q', "line\nline"], ["3", "", "é"]]
        assert answer.text.startswith('"n,o",s,x')


def test_ndjson(client):
    for ask in ({"query": {"sql": CSV_SQL, "format": "NDJSON"}}, {"query": {"sql": CSV_SQL}, "headers": {"Accept": "application/x-ndjson"}}):
        answer = client.get("/consumption/query", **ask)
        assert answer.status == 200 and answer.headers["content-type"].startswith("application/x-ndjson"), answer
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert lines == [{"n,o": 1, "s": "a,b", "x": None}, {"n,o": 2, "s": 'q"q', "x": "line\nline"}, {"n,o": 3, "s": "", "x": "é"}]


@pytest.mark.parametrize("format_", ["csv", "ndjson"])
def test_streams_have_no_row_cap(client, format_):
    answer = client.query("SELECT i, 'some text ' || i AS s FROM range(150000) t(i)", format=format_)
    assert answer.status == 200 and len(answer.text.splitlines()) == 150_000 + (format_ == "csv")
    answer = client.query("SELECT * FROM range(50)", format=format_, max_rows=20)
    assert len(answer.text.splitlines()) == 20 + (format_ == "csv")


def test_format_negotiation(client):
    def ask(accept, **query):
        return client.get("/consumption/query", query={"sql": "SELECT 1 AS a", **query}, headers={"Accept": accept})

    assert ask("*/*").headers["content-type"].startswith("application/json")
    assert ask("application/json").json()["row_count"] == 1
    assert ask("text/csv", format="json").headers["content-type"].startswith("application/json")
    assert ask("image/png, text/csv;q=0.5").headers["content-type"].startswith("text/csv")
    assert ask("image/png").status == 406
    assert ask("text/csv", format="xml").status == 422
    assert ask("text/csv", sql="SELECT nothing").headers["content-type"].startswith("application/json")
    for format_ in ("arrow", "parquet"):
        answer = ask("*/*", format=format_)
        assert answer.status == 501 and format_ in answer.detail.lower(), answer


def test_timeout_is_408_and_harmless(client):
    started = time.monotonic()
    answer = client.query("SELECT count(*) FROM range(100000000) a(i), range(100000) b(j) WHERE (i * j) % 7 = 3", timeout_ms=300)
    assert answer.status == 408 and isinstance(answer.detail, str), answer
    assert time.monotonic() - started < 10
    assert client.query("SELECT 1 AS a").json()["data"] == [{"a": 1}]


def test_defect_10_no_engine_per_query(client):
    started = time.monotonic()
    for number in range(50):
        assert client.value(f"SELECT {number}") == number
    assert time.monotonic() - started < 5


def test_bronze_errors_name_the_reference(client, table):
    answer = client.query("SELECT * FROM sql.bronze.missing_one")
    assert answer.status == 400 and "sql.bronze.missing_one" in answer.detail and "does not exist" in answer.detail
    answer = client.query("SELECT * FROM sql.silver.missing_two")
    assert answer.status == 400 and "missing_two" in answer.detail
    assert "did you mean" not in answer.detail.lower()


def test_references_are_bound_and_not_replaced(client, table):
    assert client.value(f"SELECT '{table}' AS x") == table
    assert client.rows("SELECT t.id FROM sql.silver.t WHERE t.v = 'x'") == [{"id": 1}]
    assert client.rows(f"WITH t AS (SELECT 9 AS id) SELECT t.id, s.id AS s FROM t, {table} s WHERE s.id = 1") == [{"id": 9, "s": 1}]


def test_a_query_sees_one_state(client, name):
    client.create("sql", name, [column("id", "integer", primary_key=True)])
    client.batch(f"sql/{name}", [{"id": n} for n in range(100)])
    (row,) = client.rows(f"SELECT (SELECT count(*) FROM sql.silver.{name}) AS a, (SELECT count(*) FROM sql.bronze.{name}) AS b")
    assert row == {"a": 100, "b": 100}


def test_tables_list(client, name):
    domain = "lists"
    client.create(domain, name, [column("id", "integer", primary_key=True), column("amount", "decimal(10,2)")])
    client.create(domain, "zz", [column("b", "boolean")])
    job = client.post("/transform/jobs", {"domain": domain, "job_name": "made", "query": f"SELECT id FROM {domain}.silver.{name}"})
    assert job.status == 200, job

    def listed(**query):
        body = client.get("/consumption/tables", query={"domain": domain, **query}).json()
        assert body["count"] == len(body["tables"])
        assert all(isinstance(one["location"], str) for one in body["tables"])
        return [(one["domain"], one["layer"], one["name"]) for one in body["tables"]], body["tables"]

    names, tables = listed()
    assert names == [(domain, "gold", "made"), (domain, "silver", name), (domain, "silver", "zz")]
    assert tables[0]["columns"] == []
    assert [(one["name"], one["type"].replace(" ", "")) for one in tables[1]["columns"]] == [("id", "BIGINT"), ("amount", "DECIMAL(10,2)")]
    assert listed(layer="silver")[0] == names[1:] and listed(layer="GOLD")[0] == names[:1]
    everything = listed(layer="all")[0]
    assert {layer for _, layer, _ in everything} == {"bronze", "gold", "quarantine", "silver"} and everything == sorted(everything)
    assert client.get("/consumption/tables", query={"layer": "odd"}).status == 422
    assert client.get("/consumption/tables", query={"domain": "nobody"}).json() == {"tables": [], "count": 0}
    client.ingest(f"{domain}/{name}", {"id": 1, "amount": 2, "evolved": "x"})
    client.run_job(domain, "made")
    tables = listed()[1]
    assert [one["name"] for one in tables[0]["columns"]] == ["id"]
    assert [one["name"] for one in tables[1]["columns"]] == ["id", "amount", "evolved"]


def test_cancel_on_disconnect(server, client):
    marker = uuid.uuid4().hex
    gone = server.client(timeout_s=0.3)
    with pytest.raises(OSError):
        gone.query(f"SELECT count(*) AS \"{marker}\" FROM range(100000000) a(i), range(100000) b(j) WHERE (i * j) % 7 = 3")
    gone.close()

    def idle():
        started = time.monotonic()
        client.value("SELECT count(*) FROM range(2000000)")
        return time.monotonic() - started < 2

    wait_until(idle, 20, "the abandoned query's end")
