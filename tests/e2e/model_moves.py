# SPDX-License-Identifier: Apache-2.0
"""The moves of the model test: each does one thing to the real process and the same to the oracle."""

import http.client
import json
import os
import shutil
import threading
import time

from iceberg_writer import Writer
from model_oracle import Endpoint
from server import column, wait_until

DOMAIN = "model"
KEYS = 12
GONE = (OSError, http.client.HTTPException)


def endpoints():
    """Every way of merging that the fold knows, in both formats."""
    return [Endpoint("kept", ()), Endpoint("last", ("id",)), Endpoint("ordered", ("id",), sequenced=True, table_format="iceberg"),
            Endpoint("pairs", ("id", "region"), sequenced=True), Endpoint("patched", ("id",), sequenced=True, patch=True),
            Endpoint("notes", (), table_format="iceberg")]


def columns_of(endpoint):
    columns = [column("id", "integer", primary_key="id" in endpoint.key), column("region", primary_key="region" in endpoint.key),
               column("v"), column("n", "double" if endpoint.widened else "integer"), column("seq", "integer"), column("req"),
               column("box", f"struct<k:integer,l:list<string>{',m:integer' if endpoint.extra_columns else ''}>")]
    return columns + [column(name, "integer") for name in endpoint.extra_columns]


def options_of(endpoint):
    options = {"format": endpoint.table_format, "merge_mode": "patch" if endpoint.patch else "replace"}
    return options | ({"sequence_by": "seq"} if endpoint.sequenced else {})


class Moves:
    """Random moves over one lake. Everything random comes from `dice`."""

    def __init__(self, server, dice):
        self.server = server
        self.dice = dice
        self.client = server.client()
        self.endpoints = endpoints()
        self.requests = 0
        self.sequence = 10
        self.unsettled = True  # silver may lack what bronze has
        self.writer = Writer()
        for endpoint in self.endpoints:
            self.client.create(DOMAIN, endpoint.name, columns_of(endpoint), **options_of(endpoint))

    # Records.

    def record(self, endpoint, request):
        """A valid record. In a patch some columns are left out."""
        dice = self.dice
        self.sequence += dice.choice([0, 1, 1, 2])
        late = dice.random() < 0.25
        row = {"id": dice.randrange(KEYS) + (1000 if dice.random() < 0.1 else 0), "region": dice.choice(["north", "south"]),
               "v": dice.choice(["a", "b", "ü", "", None]), "n": dice.randrange(1000), "req": request,
               "seq": self.sequence - (dice.randrange(1, 30) if late else 0)}
        if dice.random() < 0.05 and not endpoint.patch:
            row["seq"] = None
        for name in ("v", "n"):
            if dice.random() < 0.3:
                del row[name]
        for name in endpoint.extra_columns:
            if dice.random() < 0.5:
                row[name] = dice.randrange(100)
        if dice.random() < 0.6:
            row["box"] = dice.choice([None, {}, {"l": []}, {"k": dice.randrange(100)}, {"l": ["a", None, "ü"], "k": None}])
            if row["box"] and endpoint.extra_columns:
                row["box"]["m"] = dice.randrange(100)
        for number in range(3):
            if dice.random() < 0.1:
                text = dice.random() < 0.2 or endpoint.state.types.get(f"x{number}") == "string" and dice.random() < 0.5
                row[f"x{number}"] = "word" if text else dice.randrange(100)
        return row

    def next_request(self):
        self.requests += 1
        return f"r{self.requests}"

    def post(self, endpoint, records, ack, headers=None, **query):
        answer = self.client.post(f"/ingest/{DOMAIN}/{endpoint.name}/batch", records, headers=headers, query={"ack": ack, **query})
        assert answer.status == 200, answer
        self.unsettled = ack != "silver"  # else everything before it is merged, too
        return answer

    def ack(self):
        return self.dice.choices(["silver", "bronze", "wal"], [16, 2, 1])[0]

    # Moves: each answers what it did.

    def upsert(self, endpoint):
        request = self.next_request()
        records = [self.record(endpoint, request) for _ in range(self.dice.choice([1, 2, 3, 3, 25]))]
        headers = {"Idempotency-Key": request} if self.dice.random() < 0.3 else None
        self.post(endpoint, records, self.ack(), headers)
        for row in records:
            endpoint.arrive(row)
        if headers:
            endpoint.keyed_requests.append((request, records))
        return f"{len(records)} upserts"

    def delete(self, endpoint):
        if not endpoint.key:
            answer = self.client.post(f"/ingest/{DOMAIN}/{endpoint.name}", {"data": {"id": 1}}, query={"op": "delete"})
            assert answer.status == 400, answer
            return "a delete that is refused"
        request = self.next_request()
        rows = []
        for _ in range(self.dice.choice([1, 1, 3])):
            record = self.record(endpoint, request)
            rows.append({name: record[name] for name in ("id", "region", "seq", "req")})
        if self.dice.random() < 0.5:
            self.post(endpoint, rows, self.ack(), op="delete")
        else:
            self.post(endpoint, [{**row, "_op": "delete"} for row in rows], self.ack())
        for row in rows:
            endpoint.arrive(row, delete=True)
        return f"{len(rows)} deletes"

    def duplicate(self, endpoint):
        """What was sent is sent again: with its key nothing happens, without it arrives anew."""
        if not endpoint.keyed_requests:
            return self.upsert(endpoint)
        key, records = self.dice.choice(endpoint.keyed_requests)
        if self.dice.random() < 0.5:
            answer = self.client.post(f"/ingest/{DOMAIN}/{endpoint.name}/batch", records, headers={"Idempotency-Key": key}, query={"ack": "silver"})
            assert answer.status in (200, 422), answer  # 422: it was sent with another ack
            assert answer.status == 422 or answer.headers.get("idempotent-replay") == "true", answer
            return f"{key} again with its key"
        self.post(endpoint, records, self.ack())
        for row in records:
            endpoint.arrive(row)
        return f"{key} again"

    def refuse(self, endpoint):
        """Records that do not fit: kept, refused by strict, or found out by the merge."""
        request = self.next_request()
        good = self.record(endpoint, request)
        how = self.dice.choice(["kept", "strict"] + (["no key"] if endpoint.key else []))
        if how == "no key":
            bad = {name: value for name, value in good.items() if name != "id"}
            self.post(endpoint, [bad], "silver", validate="false")
        else:
            self.post(endpoint, [good, {**good, "n": "bad"}], "silver", strict=str(how == "strict").lower())
            endpoint.arrive(good)
        endpoint.quarantine["rejected" if how == "strict" else "pending"] += 1
        if how != "strict":
            endpoint.bronze_rows += 1
            endpoint.refused += 1
        return f"a refusal ({how})"

    def waiting(self, endpoint, status="pending"):
        answer = self.client.get(f"/quarantine/{DOMAIN}/{endpoint.name}", query={"status": status})
        assert answer.status == 200, answer
        return answer.json()["records"]

    def replay(self, endpoint):
        waiting = self.waiting(endpoint, self.dice.choice(["pending", "pending", "rejected"]))
        if not waiting:
            return self.refuse(endpoint)
        record = self.dice.choice(waiting)
        path = f"/quarantine/{DOMAIN}/{endpoint.name}/{record['id']}"
        if self.dice.random() < 0.2:
            assert self.client.delete(path).status == 200
            after = "discarded"
        else:
            row = self.record(endpoint, self.next_request())
            answer = self.client.post(path + "/replay", {"payload": row})
            assert answer.status == 200, answer
            assert self.client.post(path + "/replay", {"payload": row}).status == 409
            endpoint.arrive(row)
            after = "replayed"
            self.unsettled = True
        endpoint.quarantine[record["status"]] -= 1
        endpoint.quarantine[after] += 1
        return f"a refusal {after}"

    def evolve(self, endpoint):
        if not endpoint.widened and self.dice.random() < 0.3:
            endpoint.widened = True
            endpoint.state.types["n"] = "double"
        elif len(endpoint.extra_columns) < 4:
            endpoint.extra_columns.append(f"c{len(endpoint.extra_columns)}")
        answer = self.client.put(f"/endpoints/{DOMAIN}/{endpoint.name}", {"columns": columns_of(endpoint)})
        assert answer.status == 200, answer
        return "another contract, " + self.upsert(endpoint)

    def foreign(self, endpoint):
        """Another writer appends a row: pyiceberg through the catalog, or a commit put into the Delta log."""
        if not endpoint.versions:
            return self.upsert(endpoint)
        row = {"id": 5000 + endpoint.foreign_files, "region": "north", "v": "foreign", "seq": self.sequence}
        if endpoint.table_format == "iceberg":
            self.writer.append(f"http://127.0.0.1:{self.server.port}", [DOMAIN, "silver", endpoint.name], row)
        else:
            self.append_by_hand(endpoint, row)
        endpoint.add_foreign(row)
        return "a foreign row"

    def append_by_hand(self, endpoint, row):
        log = self.folder_of(endpoint) / "_delta_log"
        job = f"foreign_{endpoint.name}"
        body = {"domain": DOMAIN, "job_name": job, "format": "delta",
                "query": f"SELECT {row['id']}::BIGINT AS id, 'north' AS region, 'foreign' AS v, {row['seq']}::BIGINT AS seq"}
        known = self.client.get(f"/transform/jobs/{DOMAIN}/{job}").status == 200
        answer = self.client.put(f"/transform/jobs/{DOMAIN}/{job}", body) if known else self.client.post("/transform/jobs", body)
        assert answer.status == 200, answer
        run = self.client.run_job(DOMAIN, job)
        assert run["status"] == "SUCCEEDED", run
        append_to_delta(log, newest_file(self.server.lake_files / "gold" / DOMAIN / job))

    def folder_of(self, endpoint):
        """Of its silver table: another one after a purge."""
        answer = self.client.get("/consumption/tables", query={"domain": DOMAIN, "layer": "silver"})
        assert answer.status == 200, answer
        (location,) = [table["location"] for table in answer.json()["tables"] if table["name"] == endpoint.name]
        return self.server.lake_files / location

    def rollback(self, endpoint):
        if not endpoint.versions:
            return self.upsert(endpoint)
        version = self.dice.choice(sorted(endpoint.versions)[-12:])
        answer = self.client.post(f"/tables/{DOMAIN}/silver/{endpoint.name}/rollback", {"version": version})
        if answer.status == 400 and endpoint.versions[version].types != endpoint.state.types:
            return "a rollback over another type, refused"
        assert answer.status == 200, answer
        endpoint.roll_back(version)
        return f"a rollback to {version}"

    def rebuild(self, endpoint):
        if not endpoint.versions:
            return self.upsert(endpoint)
        force = self.dice.random() < 0.5
        answer = self.client.post(f"/endpoints/{DOMAIN}/{endpoint.name}/rebuild", query={"force": str(force).lower()})
        assert answer.status == 202, answer
        crashed = self.dice.random() < 0.2
        if crashed:
            time.sleep(self.dice.uniform(0, 0.2))
            self.restart()
        done = self.client.execution(answer.json()["execution_id"])
        if not force and endpoint.state.foreign_rows():
            assert done["status"] == "FAILED" and "other writers" in done["error"], done
            return "a rebuild that would lose foreign rows, refused"
        assert done["status"] == "SUCCEEDED", done
        endpoint.rebuild()
        return "a rebuild" + (" over a crash" if crashed else "")

    def purge(self, endpoint):
        answer = self.client.delete(f"/endpoints/{DOMAIN}/{endpoint.name}", query={"purge": "true"})
        assert answer.status == 200, answer
        endpoint.purge()
        self.client.create(DOMAIN, endpoint.name, columns_of(endpoint), **options_of(endpoint))
        return "a purge, " + self.upsert(endpoint)

    def upkeep(self, endpoint):
        def run():
            return self.client.post("/upkeep/runs", query={"table": f"{DOMAIN}.silver.{endpoint.name}"})
        answer = run()
        if answer.status == 404:  # its first merge may be on its way
            self.settle(endpoint)
            answer = run()
        if answer.status == 404:  # nothing was ever merged into it
            assert self.client.value(f"SELECT count(*) FROM {DOMAIN}.silver.{endpoint.name}") == 0, answer
            return "upkeep of nothing"
        assert answer.status == 200, answer
        failed = [run for run in answer.json()["runs"] if run["status"] != "SUCCEEDED"]
        assert not failed, failed
        return "upkeep"

    def crash(self, endpoint):
        """kill -9 while a request is on its way; it is in as a whole or not at all."""
        before = [self.upsert(endpoint) for _ in range(self.dice.randrange(2))]
        request = self.next_request()
        records = [self.record(endpoint, request) for _ in range(self.dice.choice([1, 5, 200]))]
        answers = []
        sender = threading.Thread(target=self.send_into_the_crash, args=(endpoint, records, self.dice.choice(["wal", "bronze", "silver"]), answers))
        sender.start()
        time.sleep(self.dice.choice([0, 0.002, 0.01, 0.03, 0.1]))
        self.restart(sender)
        found = self.client.value(f"SELECT count(*) FROM {DOMAIN}.bronze.{endpoint.name} WHERE req = '{request}'")
        assert found in (0, len(records)), f"{found} of {len(records)} records of {request} are in bronze"
        assert found or not answers, f"{request} was acknowledged and is gone"
        if found:
            for row in records:
                endpoint.arrive(row)
        return ", ".join(before + [f"a crash, {found} of {len(records)} records in"])

    def send_into_the_crash(self, endpoint, records, ack, answers):
        client = self.server.client()
        try:
            answer = client.post(f"/ingest/{DOMAIN}/{endpoint.name}/batch", records, query={"ack": ack})
            if answer.status in (200, 202):
                answers.append(answer)
        except GONE:
            pass
        finally:
            client.close()

    def restart(self, sender=None):
        self.client.close()
        self.unsettled = True
        self.server.kill()
        if sender is not None:
            sender.join()
        self.server.start()
        self.client = self.server.client()

    def settle(self, endpoint):
        """Waits until silver has everything."""
        def pending():
            return self.client.value(f"SELECT coalesce(sum(pending), 0) FROM tarn.system.ledger WHERE domain = '{DOMAIN}' AND endpoint = '{endpoint.name}'")
        if self.unsettled:
            wait_until(lambda: pending() == 0, 60, f"the merge of {endpoint.name}")
        self.unsettled = False


def newest_file(folder):
    """The data file that the last commit of a Delta table added."""
    newest = max((folder / "_delta_log").glob("*[0-9].json"))
    added = [json.loads(line)["add"] for line in newest.read_text().splitlines() if line.startswith('{"add"')]
    return folder / added[-1]["path"]


def append_to_delta(log, source):
    """Copies the Parquet file into the table and commits it behind the newest version, by a put that replaces nothing."""
    version = max(int(path.stem) for path in log.glob("*.json") if path.stem.isdigit()) + 1
    name = f"foreign-{version}.parquet"
    shutil.copyfile(source, log.parent / name)
    now = int(time.time() * 1000)
    lines = [{"commitInfo": {"timestamp": now, "operation": "WRITE", "engineInfo": "model"}},
             {"add": {"path": name, "partitionValues": {}, "size": source.stat().st_size, "modificationTime": now, "dataChange": True,
                      "stats": json.dumps({"numRecords": 1})}}]
    draft = log / f".{version}.draft"
    draft.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    os.link(draft, log / f"{version:020}.json")
    draft.unlink()
