# SPDX-License-Identifier: Apache-2.0
"""What the lake must hold after a crash, and the judge that compares it with what the lake holds.

Every record carries `req` (the request it came with) and `idx` (its place there). An acknowledged request must be there
once and whole; one whose answer was lost may be wholly in or wholly out, and stays what it is found to be.
"""

from collections import Counter
from dataclasses import dataclass, field

ACKNOWLEDGED, LOST, REFUSED = "acknowledged", "lost", "refused"
TABLES = ("events", "orders", "ledger")


@dataclass
class Request:
    """One ingest request as it was sent. `worker` sends one at a time, so its requests have an order."""

    name: str
    table: str
    records: list
    worker: int
    strict: bool = False
    delete: bool = False
    body: bytes = b""
    path: str = ""
    headers: dict = field(default_factory=dict)
    state: str = LOST

    @property
    def key(self):
        return self.headers.get("Idempotency-Key")

    def valid(self, record):
        return self.table != "events" or isinstance(record["n"], int)

    def in_bronze(self):
        return sum(1 for record in self.records if not self.strict or self.valid(record))

    def in_quarantine(self):
        return sum(1 for record in self.records if not self.valid(record))


@dataclass
class Model:
    requests: list = field(default_factory=list)
    runs_seen: dict = field(default_factory=dict)  # execution id -> last status a client saw

    def of(self, table):
        return [request for request in self.requests if request.table == table]

    def stored(self, table):
        return [request for request in self.of(table) if request.state == ACKNOWLEDGED]

    def orders(self):
        """Rows of the keyed table: the last write of each key, whose one writer sends in order."""
        rows = {}
        for request in self.stored("orders"):
            for index, record in enumerate(request.records):
                if request.delete:
                    rows.pop(record["id"], None)
                else:
                    rows[record["id"]] = (record["v"], request.name, index)
        return rows

    def ledger(self):
        """Rows of the sequenced table: per key the greatest sequence, whoever sent it when."""
        best = {}
        for request in self.stored("ledger"):
            for index, record in enumerate(request.records):
                if record["id"] not in best or best[record["id"]][0] < record["seq"]:
                    best[record["id"]] = (record["seq"], None if request.delete else (record["v"], request.name, index))
        return {key: row for key, (_, row) in best.items() if row is not None}


def groups(client, layer, table):
    """Per request: rows and distinct places."""
    rows = client.rows(f"SELECT req, count(*) AS n, count(DISTINCT idx) AS d FROM crash.{layer}.{table} GROUP BY req", max_rows=100_000)
    return {row["req"]: (row["n"], row["d"]) for row in rows}


def quarantined(client, table):
    rows = client.rows(f"SELECT json_extract_string(payload, '$.req') AS req, count(*) AS n FROM crash.quarantine.{table} GROUP BY 1", max_rows=100_000)
    return {row["req"]: row["n"] for row in rows}


def settle(model, found):
    """Decides each lost request by what bronze shows; a part of one is reported by the comparison that follows."""
    for request in model.requests:
        if request.state == LOST:
            rows, _ = found[request.table].get(request.name, (0, 0))
            request.state = ACKNOWLEDGED if rows else REFUSED


def compare_groups(what, want, got):
    """`want`: request -> rows. Every row counted once, nothing else there."""
    errors = []
    for name, rows in want.items():
        n, d = got.get(name, (0, 0))
        if (n, d) != (rows, rows):
            errors.append(f"{what}: request {name} has {n} rows ({d} distinct), expected {rows}")
    errors += [f"{what}: request {name} has {rows[0]} rows, expected none" for name, rows in got.items() if name not in want]
    return errors


def compare_rows(what, want, got):
    errors = [f"{what}: key {key} is {got.get(key)}, expected {row}" for key, row in want.items() if got.get(key) != row]
    return errors + [f"{what}: key {key} is {row}, expected no row" for key, row in got.items() if key not in want]


def keyed_rows(client, table):
    rows = client.rows(f"SELECT id, v, req, idx FROM crash.silver.{table}", max_rows=100_000)
    found = {row["id"]: (row["v"], row["req"], row["idx"]) for row in rows}
    doubles = [key for key, times in Counter(row["id"] for row in rows).items() if times > 1]
    return found, [f"silver {table}: key {key} has several rows" for key in doubles]


def judge_ingest(client, model):
    bronze = {table: groups(client, "bronze", table) for table in TABLES}
    settle(model, bronze)
    errors = []
    for table in TABLES:
        want = {request.name: request.in_bronze() for request in model.stored(table) if request.in_bronze()}
        errors += compare_groups(f"bronze {table}", want, bronze[table])
    valid = {request.name: sum(map(request.valid, request.records)) for request in model.stored("events")}
    errors += compare_groups("silver events", {name: rows for name, rows in valid.items() if rows}, groups(client, "silver", "events"))
    refused = {request.name: request.in_quarantine() for request in model.stored("events") if request.in_quarantine()}
    got = quarantined(client, "events")
    errors += [f"quarantine events: request {name} has {got.get(name, 0)}, expected {refused.get(name, 0)}"
               for name in refused.keys() | got.keys() if got.get(name, 0) != refused.get(name, 0)]
    for table, want in (("orders", model.orders()), ("ledger", model.ledger())):
        rows, doubles = keyed_rows(client, table)
        errors += doubles + compare_rows(f"silver {table}", want, rows)
    return errors


def executions(client, job):
    """All executions of a job, newest first."""
    found, cursor = [], None
    while True:
        answer = client.get(f"/transform/jobs/crash/{job}/executions", query={"limit": 100, **({"cursor": cursor} if cursor else {})})
        assert answer.status == 200, answer
        found += answer.json()["executions"]
        cursor = answer.json()["next_cursor"]
        if not cursor:
            return found


def judge_gold(client, model):
    """The append job has one row for each run that succeeded; no run a client saw end has changed."""
    listed = executions(client, "appended")
    states = {one["execution_id"]: one["status"] for one in listed}
    errors = [f"run {name} was {status} and is now {states.get(name)}" for name, status in model.runs_seen.items()
              if states.get(name) is None or (status == "SUCCEEDED" and states[name] != "SUCCEEDED")]
    errors += [f"run {name} is still {status}" for name, status in states.items() if status in ("QUEUED", "RUNNING")]
    succeeded = sum(1 for status in states.values() if status == "SUCCEEDED")
    rows = client.value("SELECT count(*) FROM crash.gold.appended") if succeeded else 0
    if rows != succeeded:
        errors.append(f"gold appended has {rows} rows, {succeeded} runs succeeded")
    if succeeded:
        distinct = client.value("SELECT count(DISTINCT token) FROM crash.gold.appended")
        if distinct != rows:
            errors.append(f"gold appended has {distinct} distinct tokens in {rows} rows")
    return errors


def judge(client, model):
    """Every difference between the lake and the model, as sentences; lost requests are settled on the way."""
    return judge_ingest(client, model) + judge_gold(client, model)
