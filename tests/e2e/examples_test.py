# SPDX-License-Identifier: Apache-2.0
"""The projects in examples/, put into a real process by their own script, and what the other schedulers' examples do with it."""

import http.server
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from server import wait_until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES / "airflow"))

from tarn_jobs import JobFailed, Tarn, alert_text, send_alert  # noqa: E402

POLL_S = 0.05


def url_of(server):
    return f"http://127.0.0.1:{server.port}"


def apply(server, example):
    done = subprocess.run([EXAMPLES / "apply.sh", EXAMPLES / example, url_of(server)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def tarn(server):
    for example in ("orders", "revenue", "events"):
        apply(server, example)
    return Tarn(url_of(server))


def rows(client, sql):
    return [tuple(row.values()) for row in client.rows(sql)]


def test_orders_are_cleaned_and_summed_up_and_written_as_csv(client, server, tarn):
    for job in ("good_orders", "customer_totals"):
        tarn.wait(tarn.start("orders", job), POLL_S)
    assert rows(client, "SELECT order_id FROM orders.gold.good_orders ORDER BY 1") == [(329330,), (329331,), (329333,)]
    assert rows(client, "SELECT customer_id, order_count, total_spent::VARCHAR, avg_order_value::VARCHAR FROM orders.gold.customer_totals ORDER BY 1") == [
        (1007, 1, "410.50", "410.5"), (1123, 2, "1153.08", "576.54")]
    assert client.value("SELECT count(*) FROM orders.silver.orders") == 7  # what the rule leaves out is not gone
    wait_until(lambda: {path.name for path in server.lake_files.glob("exports/gold/orders/*/*.csv")} == {"good_orders.csv", "customer_totals.csv"}, 90,
               "the exports")


def test_a_corrected_sale_counts_once(client, tarn):
    tarn.wait(tarn.start("revenue", "daily_revenue"), POLL_S)
    assert rows(client, "SELECT day::VARCHAR, orders, revenue::VARCHAR FROM revenue.gold.daily_revenue ORDER BY 1") == [
        ("2025-01-01", 2, "69.80"), ("2025-01-02", 1, "49.90")]


def test_events_have_passed_their_tests_before_they_are_shown(client, tarn):
    place = "/pipelines/lakehouse"
    run = client.post(f"{place}/run").json()["run"]
    wait_until(lambda: client.get(f"{place}/runs/{run}").json()["stopped_at"], 90, "the pipeline")
    record = client.get(f"{place}/runs/{run}").json()
    assert record["status"] == "SUCCEEDED" and len(record["jobs"]) == 4, record
    assert "events/dim_users" in next(step["after"] for step in record["jobs"] if step["job"] == "events/fct_events")
    results = client.get("/tests/results", query={"domain": "events", "limit": 1000}).json()["results"]
    counted = {(result["name"], result["severity"]) for result in results}
    assert sum(severity == "error" for _, severity in counted) == 23 and sum(severity == "warn" for _, severity in counted) == 2
    assert {result["status"] for result in results} == {"pass"}
    assert ("not_null_fct_events_event_date", "error") in counted
    assert client.value("SELECT count(*) FROM events.gold.fct_events WHERE username IS NOT NULL") == 8
    assert client.get(place).json()["next_run_at"].endswith("T06:00:00Z")


def test_applying_again_changes_no_row(client, server, tarn):
    before = rows(client, "SELECT * FROM revenue.silver.sales ORDER BY ALL")
    apply(server, "revenue")
    assert rows(client, "SELECT * FROM revenue.silver.sales ORDER BY ALL") == before


def broken_users(client):
    """A second user with the address of the first: `unique email` fails."""
    record = {"user_id": "usr-666", "email": "ada@example.com", "name": "impostor", "created_at": "2025-06-01T00:00:00Z", "country": "XX"}
    assert client.batch("events/raw_users", [record])["total_records"] == 1


@pytest.fixture
def impostor(client, tarn):
    broken_users(client)
    yield
    assert client.post("/ingest/events/raw_users", {"data": {"user_id": "usr-666"}}, query={"op": "delete", "ack": "silver"}).status == 200


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def webhook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    server.texts = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_airflow_alerts_with_the_tests_that_failed(client, tarn, impostor, webhook):
    before = rows(client, "SELECT * FROM events.gold.dim_users ORDER BY ALL")
    execution = tarn.start("events", "dim_users")
    with pytest.raises(JobFailed) as failed:
        tarn.wait(execution, POLL_S)
    assert failed.value.execution["status"] == "FAILED"
    send_alert(f"http://127.0.0.1:{webhook.server_port}/", alert_text(failed.value, tarn.failed_tests(execution)))
    (text,) = webhook.texts
    assert "unique_dim_users_email: fail, 1 rows" in text, text
    assert rows(client, "SELECT * FROM events.gold.dim_users ORDER BY ALL") == before


def test_the_dag_is_python():
    path = EXAMPLES / "airflow" / "lakehouse_pipeline.py"
    compile(path.read_text(), str(path), "exec")


# A state machine, as far as the example goes: Amazon States Language with JSONPath.


def look_up(data, path):
    for part in path.removeprefix("$").split("."):
        data = data[part] if part else data
    return data


def fill(template, data, item=None):
    """Parameters: members that end with `.$` are paths or States.Format."""
    if not isinstance(template, dict):
        return template
    filled = {}
    for name, value in template.items():
        if not name.endswith(".$"):
            filled[name] = fill(value, data, item)
        elif value == "$$.Map.Item.Value":
            filled[name[:-2]] = item
        elif found := re.fullmatch(r"States\.Format\('([^']*)', (.*)\)", value):
            filled[name[:-2]] = found[1].format(*(look_up(data, path) for path in found[2].split(", ")))
        else:
            filled[name[:-2]] = look_up(data, value)
    return filled


class StateFailed(Exception):
    pass


class StateMachine:
    """`tasks`: resource → function of the parameters."""

    def __init__(self, tasks):
        self.tasks = tasks

    def run(self, machine, data):
        name = machine["StartAt"]
        while name:
            state = machine["States"][name]
            try:
                data = self.step(state, data)
            except StateFailed as error:
                (catch,) = state.get("Catch", [None])
                if catch is None:
                    raise
                data, name = {**data, catch["ResultPath"].removeprefix("$."): {"Cause": str(error)}}, catch["Next"]
                continue
            name = self.next_of(state, data)
        return data

    def step(self, state, data):
        kind = state["Type"]
        if kind == "Fail":
            raise StateFailed(look_up(data, state["CausePath"]))
        if kind == "Wait":
            time.sleep(POLL_S)
        if kind == "Map":
            for item in look_up(data, state["ItemsPath"]):
                self.run(state["ItemProcessor"], fill(state["ItemSelector"], data, item))
        if kind == "Task":
            result = self.tasks[state["Resource"]](fill(state["Parameters"], data))
            if state["ResultPath"] is not None:
                data = {**data, state["ResultPath"].removeprefix("$."): fill(state["ResultSelector"], result)}
        return data

    @staticmethod
    def next_of(state, data):
        if state["Type"] == "Choice":
            return next((rule["Next"] for rule in state["Choices"] if look_up(data, rule["Variable"]) == rule["StringEquals"]), state["Default"])
        return state.get("Next")


def state_machine(tarn, alerts):
    return StateMachine({
        "arn:aws:states:::http:invoke": lambda call: {"ResponseBody": tarn.call(call["Method"], call["ApiEndpoint"].removeprefix(tarn.url))},
        "arn:aws:states:::sns:publish": lambda call: alerts.append(call["Message"]),
    })


def test_the_state_machine_runs_the_jobs(client, tarn):
    machine = json.loads((EXAMPLES / "step-functions" / "lakehouse.asl.json").read_text())
    before = client.get("/transform/jobs/events/fct_events/executions").json()["count"]
    alerts = []
    state_machine(tarn, alerts).run(machine, {"tarn_url": tarn.url, "domain": "events", "jobs": ["dim_users", "fct_events"]})
    assert alerts == [] and client.get("/transform/jobs/events/fct_events/executions").json()["count"] > before


def test_the_state_machine_alerts(tarn, impostor):
    machine = json.loads((EXAMPLES / "step-functions" / "lakehouse.asl.json").read_text())
    alerts = []
    with pytest.raises(StateFailed):
        state_machine(tarn, alerts).run(machine, {"tarn_url": tarn.url, "domain": "events", "jobs": ["dim_users", "fct_events"]})
    assert len(alerts) == 1 and "unique_dim_users_email" in alerts[0], alerts
