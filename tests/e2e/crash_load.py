# SPDX-License-Identifier: Apache-2.0
"""Concurrent load for the crash rounds: writers, a runner of jobs and a reader, all from one seed."""

import gzip
import http.client
import json
import random
import threading
import time

from crash_model import ACKNOWLEDGED, LOST, REFUSED, Request
from server import column

KEYS_OF_A_WRITER = 40
LEDGER_KEYS = 60
GONE = (OSError, http.client.HTTPException)


def create_tables(client, dice):
    """Endpoints and jobs of one lake; options vary with the seed."""
    options = {"land_interval": dice.choice(["1s", "1s", "15m"])}
    client.create("crash", "events", [column("req", required=True), column("idx", "integer"), column("n", "integer")], **options)
    keyed = [column("id", "integer", primary_key=True), column("v"), column("req"), column("idx", "integer")]
    client.create("crash", "orders", keyed, **options)
    client.create("crash", "ledger", [*keyed, column("seq", "integer")], sequence_by="seq", **options)
    for job, query, mode in (("appended", "SELECT CAST(uuid() AS VARCHAR) AS token, count(*) AS n FROM crash.silver.events", "append"),
                             ("totals", "SELECT id % 7 AS k, count(*) AS n FROM crash.silver.orders GROUP BY 1", "overwrite")):
        answer = client.post("/transform/jobs", {"domain": "crash", "job_name": job, "query": query, "write_mode": mode})
        assert answer.status == 200, answer


class Load:
    """Threads that send until told to stop or until the server is gone. Anything unexpected is kept in `problems`."""

    def __init__(self, port_of, model, seed, prefix):
        self.port_of = port_of  # () -> a fresh client
        self.model = model
        self.seed = seed
        self.prefix = prefix
        self.stopping = threading.Event()
        self.problems = []
        self.sequence = 0
        self.lock = threading.Lock()
        self.threads = []

    def start(self):
        plans = [(self.write, "events", 0), (self.write, "events", 1), (self.write, "orders", 2), (self.write, "orders", 3), (self.write, "ledger", 4),
                 (self.write, "ledger", 5), (self.run_jobs, "jobs", 6), (self.read, "reads", 7)]
        for work, table, number in plans:
            thread = threading.Thread(target=self.guard, args=(work, table, number), daemon=True)
            self.threads.append(thread)
            thread.start()

    def join(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
            if thread.is_alive():
                self.problems.append("a client waits for ever")

    def guard(self, work, table, number):
        try:
            work(table, number, random.Random(f"{self.seed}/{self.prefix}/{number}"))
        except GONE:
            pass
        except Exception as error:  # noqa: BLE001 - reported with the round
            self.problems.append(f"{table} {number}: {type(error).__name__}: {error}")

    # Writers.

    def write(self, table, worker, dice):
        client = self.port_of()
        count = 0
        while not self.stopping.is_set():
            request = self.make(table, worker, dice, count)
            count += 1
            self.model.requests.append(request)
            send(client, request, self.problems)
            if request.state == LOST:
                return
            if dice.random() < 0.2:
                time.sleep(dice.random() * 0.005)
        client.close()

    def next_sequence(self):
        with self.lock:
            self.sequence += 1
            return self.sequence

    def make(self, table, worker, dice, count):
        name = f"{self.prefix}w{worker}r{count}"
        single = dice.random() < 0.4
        request = Request(name, table, [], worker)
        request.delete = table != "events" and dice.random() < 0.2
        request.strict = table == "events" and dice.random() < 0.2
        for index in range(1 if single else dice.randrange(2, 40)):
            request.records.append(self.record(request, index, worker, dice))
        if table == "orders" and request.delete:
            request.records = list({record["id"]: record for record in request.records}.values())
        encode(request, single, dice)
        return request

    def record(self, request, index, worker, dice):
        record = {"req": request.name, "idx": index}
        if request.table == "events":
            bad = index > 0 and dice.random() < 0.1
            record["n"] = "bad" if bad else dice.randrange(10**6)
        elif request.table == "orders":
            record["id"] = worker * 1000 + dice.randrange(KEYS_OF_A_WRITER)
            record["v"] = f"{request.name}/{index}"
        else:
            record["id"] = dice.randrange(LEDGER_KEYS)
            record["seq"] = self.next_sequence() ^ 63  # unique, and locally out of order
            record["v"] = f"{request.name}/{index}"
        return record

    # Jobs and queries.

    def run_jobs(self, _, __, dice):
        client = self.port_of()
        while not self.stopping.is_set():
            job = dice.choice(["appended", "appended", "totals"])
            answer = client.post(f"/transform/jobs/crash/{job}/run")
            if answer.status != 200:
                if answer.status != 503:
                    self.problems.append(f"run {job}: {answer}")
                continue
            execution = answer.json()["execution_id"]
            if job == "appended":
                self.model.runs_seen[execution] = "RUNNING"
            while not self.stopping.is_set():
                state = client.get(f"/transform/executions/{execution}").json()["status"]
                if state not in ("QUEUED", "RUNNING"):
                    if state != "SUCCEEDED":
                        self.problems.append(f"run {execution} of {job} is {state}")
                    if job == "appended":
                        self.model.runs_seen[execution] = state
                    break
                time.sleep(0.005)

    def read(self, _, __, dice):
        """Readers never see a doubled row, however the merges go."""
        client = self.port_of()
        while not self.stopping.is_set():
            table, key = dice.choice([("orders", "id"), ("ledger", "id"), ("events", "(req, idx)")])
            answer = client.query(f"SELECT count(*) - count(DISTINCT {key}) AS doubled FROM crash.silver.{table}")
            if answer.status != 200 or answer.json()["data"] != [{"doubled": 0}]:
                if answer.status != 503:
                    self.problems.append(f"reading {table}: {answer}")
            time.sleep(0.01)


def encode(request, single, dice):
    """Path, headers and body of a request in one of the forms the API takes."""
    ack = dice.choice(["wal"] * 8 + ["bronze", "silver"])
    query = f"?ack={ack}" + ("&op=delete" if request.delete else "") + ("&strict=true" if request.strict else "")
    request.path = f"/ingest/crash/{request.table}" + ("" if single else "/batch") + query
    form = dice.choice(["array", "array", "records", "ndjson"])
    if single:
        text = json.dumps({"data": request.records[0]})
    elif form == "ndjson":
        text = "\n".join(map(json.dumps, request.records)) + "\n"
        request.headers["Content-Type"] = "application/x-ndjson"
    else:
        text = json.dumps(request.records if form == "array" else {"records": request.records})
    request.body = text.encode()
    if dice.random() < 0.15:
        request.body = gzip.compress(request.body, 1)
        request.headers["Content-Encoding"] = "gzip"
    if dice.random() < 0.5:
        request.headers["Idempotency-Key"] = f"key {request.name}"


def send(client, request, problems):
    """Sends once and notes what became of it."""
    try:
        answer = client.post(request.path, request.body, headers=request.headers)
    except ConnectionRefusedError:
        request.state = REFUSED
        raise
    except GONE:
        request.state = LOST
        return
    if answer.status in (200, 202):
        request.state = ACKNOWLEDGED
    elif answer.status == 503:
        request.state = REFUSED
    else:
        request.state = REFUSED
        problems.append(f"{request.path} answered {answer}")


def send_again(client, model, problems):
    """Requests with a key whose answer was lost are sent once more, as a client would; then they must be in."""
    for request in model.requests:
        if request.state == LOST and request.key:
            for _ in range(200):
                answer = client.post(request.path, request.body, headers=request.headers)
                if answer.status not in (409, 503):
                    break
                time.sleep(0.02)
            if answer.status in (200, 202):
                request.state = ACKNOWLEDGED
            else:
                problems.append(f"repeating {request.name} answered {answer}")


def push_through(client, model, prefix):
    """One marker a table with ack=silver: all before it has been merged once it is acknowledged."""
    for table in ("events", "orders", "ledger"):
        for attempt in range(20):
            request = Request(f"{prefix}marker{table}{attempt}", table, [], 9)
            record = {"req": request.name, "idx": 0}
            record |= {"n": 1} if table == "events" else {"id": 10**6 + attempt, "v": request.name}
            record |= {"seq": 10**12 + len(model.requests)} if table == "ledger" else {}
            request.records = [record]
            model.requests.append(request)
            answer = client.post(f"/ingest/crash/{table}?ack=silver", {"data": record})
            assert answer.status in (200, 202), answer
            request.state = ACKNOWLEDGED
            if answer.status == 200:
                break


def let_runs_end(client, timeout_s=30):
    """Runs that were under way are finished or failed by whoever finds them."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        waiting = [client.get("/transform/executions", query={"domain": "crash", "status": status, "limit": 10}).json()["executions"]
                   for status in ("QUEUED", "RUNNING")]
        if not any(waiting):
            return
        time.sleep(0.02)
