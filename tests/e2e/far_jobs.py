# SPDX-License-Identifier: Apache-2.0
"""What tests of jobs that run elsewhere do with them, whatever their engine; their domain is `far`."""


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
