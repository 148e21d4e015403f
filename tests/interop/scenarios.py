# SPDX-License-Identifier: Apache-2.0
"""What the tables of the interop tests hold, and how they are read back, whatever their format."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from canonical import lines
from server import column

METADATA = ["_insert_date", "_domain", "_endpoint", "_request_id", "_schema_version", "_offset"]


def differences(want, got):
    missing, extra = sorted(set(want) - set(got)), sorted(set(got) - set(want))
    if want == got:
        return []
    return [f"{len(want)} rows in Tarn, {len(got)} read"] + [f"only Tarn: {one}" for one in missing[:10]] + [f"only there: {one}" for one in extra[:10]]


KEYED = [column("id", "integer", primary_key=True), column("s"), column("n", "bigint"), column("f", "double"), column("d", "decimal"), column("d2", "decimal(12,3)"),
         column("b", "boolean"), column("at", "timestamp"), column("day", "date"), column("j", "json"), column("a", "array")]


def record(dice, key):
    row = {"id": key, "s": dice.choice(["", "plain", "ünï cödé 日本 😀", "quote \" and \\ and\nnewline", "x" * 500, "%20 a=b/c"]),
           "n": dice.choice([0, -1, 2**63 - 1, -(2**63), dice.randrange(10**9)]), "f": dice.choice([0.1, -1.5e300, 5e-324, 3, 1 / 3]),
           "d": dice.choice(["12345678901234567890123456789.123456789", "-0.000000001", 0, "1.5"]), "d2": dice.choice(["123456789.123", -1, "0.001"]),
           "b": dice.random() < 0.5, "at": dice.choice(["1969-12-31T23:59:59.999999Z", "2024-02-29T12:00:00.000001Z", "2024-06-01 10:00:00+02:00"]),
           "day": dice.choice(["1900-01-01", "2024-02-29", "2100-12-31"]), "j": {"k": [1, 1.5, None, {"ü": "x"}]}, "a": [1, "a", None, [2]]}
    for name in list(row)[1:]:
        if dice.random() < 0.15:
            row[name] = None
        elif dice.random() < 0.1:
            del row[name]
    return row


def job(client, domain, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": domain, "job_name": name, "query": query, **members})
    assert answer.status == 200, answer
    again(client, domain, name)


def again(client, domain, name):
    execution = client.run_job(domain, name)
    assert execution["status"] == "SUCCEEDED", execution


NESTED = """SELECT i, i::DECIMAL(38,9) / 7 AS d, [i, NULL, i + 1] AS list, {'a': i, 'b': {'c': 'x' || i, 'd': (i / 3)::DECIMAL(9,4)}} AS struct,
 [{'k': i, 'v': [1.5::DECIMAL(5,2)]}] AS deep, TIMESTAMPTZ '2024-01-01 00:00:00.000001Z' + INTERVAL (i) SECOND AS at, DATE '2024-01-01' + i::INTEGER AS day,
 i / 7.0::DOUBLE AS f, i::FLOAT AS f4, i % 2 = 0 AS b, 'ü' || i AS s, CASE WHEN i % 5 = 0 THEN NULL ELSE i::SMALLINT END AS small, i::HUGEINT AS h,
 ('{"i": ' || i || '}')::JSON AS j, i::VARCHAR::BLOB AS raw, uuid() AS u FROM range(50) t(i)"""


@dataclass
class Readers:
    """Foreign engines of one format: the script that reads with them, and the Python each lives in."""

    script: str
    pythons: dict


def compare(server, client, readers, table, folder, metadata=()):
    """Every engine against the HTTP query."""
    answer = client.query(f"SELECT * FROM {table}", max_rows=100_000)
    assert answer.status == 200, answer
    columns = answer.json()["columns"]
    names = [one["name"] for one in columns] + list(metadata)
    json_columns = {one["name"] for one in columns if one["type"] == "JSON"}
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    want = lines(client.rows(f"SELECT {quoted} FROM {table}", max_rows=100_000))
    errors = []
    for engine, python in readers.pythons.items():
        done = subprocess.run([python, str(Path(__file__).with_name(readers.script)), engine, str(server.lake / folder), ",".join(names), ",".join(json_columns)],
                              capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            errors.append(f"{engine} refuses {table}: {done.stderr[-1500:]}")
        else:
            errors += [f"{engine} {table}: {one}" for one in differences(want, done.stdout.splitlines())]
    assert not errors, "\n".join(errors)
    return len(want)
