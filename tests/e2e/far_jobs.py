# SPDX-License-Identifier: Apache-2.0
"""What tests of jobs that run elsewhere do with them, whatever their engine; their domain is `far`."""

from server import column


def body(far_engine, name, query, **members):
    return {"domain": "far", "job_name": name, "query": query, "schedule_type": "manual", "engine": far_engine, **members}


def make(far_engine, client, name, query, **members):
    answer = client.post("/transform/jobs", body(far_engine, name, query, **members))
    assert answer.status == 200, answer
    return answer.json()


def orders(note, fraction, client, name, count=5, **members):
    """A table of `count` rows; `note` and `fraction` (of a second, with its point) are functions of a row's number."""
    client.create("far", name, [column("id", "integer", primary_key=True), column("amount", "decimal(12,2)"), column("made", "timestamp"), column("note")], **members)
    client.batch(f"far/{name}", [{"id": i, "amount": i + 0.25, "made": f"2026-01-0{i + 1}T10:00:00{fraction(i)}Z", "note": note(i)} for i in range(count)])


def run(client, name, **scope):
    answer = client.post(f"/transform/jobs/far/{name}/run", scope or None)
    assert answer.status == 200, answer
    return client.execution(answer.json()["execution_id"])


def succeed(client, name, **scope):
    execution = run(client, name, **scope)
    assert execution["status"] == "SUCCEEDED", execution
    return execution


def rows(client, sql):
    return [tuple(row.values()) for row in client.rows(sql)]
