# SPDX-License-Identifier: Apache-2.0
"""Monitors of tables and the alerts they and failing runs open (docs/guide/monitors.md)."""

import http.client
import threading
import time

import pytest

from server import Server, column, wait_until
from webhook_receiver import Receiver

EAGER = ["--monitor-interval", "100ms"]


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.close()


@pytest.fixture(scope="module")
def server():
    with Server(arguments=EAGER) as running:
        running.start()
        yield running


def save(client, name, table, kind, **members):
    answer = client.put(f"/monitors/{name}", {"table": table, "kind": kind, **members})
    assert answer.status == 200, answer
    return answer.json()


def result(client, name):
    return client.get(f"/monitors/{name}").json()["result"] or {"status": None}


def found(client, name, status, timeout_s=60):
    wait_until(lambda: result(client, name)["status"] == status, timeout_s, f"monitor {name} to be {status}")
    return result(client, name)


def orders(client, name, **members):
    client.create("mon", name, [column("id", "integer", primary_key=True), column("note")], **members)


def fill(client, name, first, count, note="n"):
    client.batch(f"mon/{name}", [{"id": first + i, "note": note} for i in range(count)])


def job(client, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": "mon", "job_name": name, "query": query, "schedule_type": "manual", "retries": 0, **members})
    assert answer.status == 200, answer


def alerts(client, **query):
    return client.get("/alerts", query=query).json()["alerts"]


def test_definitions_are_checked_kept_and_listed(client, name):
    orders(client, name)
    made = save(client, name, f"mon.silver.{name}", "volume", interval="1h", min=1, baseline={"intervals": 7})
    assert made["version"] == 1 and made["baseline"] == {"intervals": 7, "deviations": 3} and made["measure"] == "written" and made["result"] is None
    assert save(client, name, f"mon.silver.{name}", "freshness", max_age="2h")["version"] == 2
    one = client.get(f"/monitors/{name}").json()
    assert one["kind"] == "freshness" and one["min"] is None and one["max_age"] == "2h" and one["created_at"] == made["created_at"]
    assert [monitor["name"] for monitor in client.get("/monitors", query={"table": f"mon.silver.{name}"}).json()] == [name]
    refused = [
        ({}, "table"), ({"table": f"mon.bronze.{name}", "kind": "freshness", "max_age": "1h"}, "table"), ({"table": "mon.silver.x", "kind": "size"}, "kind"),
        ({"table": "mon.silver.x", "kind": "freshness"}, "max_age"), ({"table": "mon.silver.x", "kind": "freshness", "max_age": "soon"}, "max_age"),
        ({"table": "mon.silver.x", "kind": "freshness", "max_age": "1h", "min": 3}, "min"), ({"table": "mon.silver.x", "kind": "volume", "interval": "1h"}, "body"),
        ({"table": "mon.silver.x", "kind": "volume", "min": 1}, "interval"), ({"table": "mon.silver.x", "kind": "volume", "interval": "1s", "min": 1}, "interval"),
        ({"table": "mon.silver.x", "kind": "volume", "interval": "1h", "min": 3, "max": 2}, "max"),
        ({"table": "mon.silver.x", "kind": "volume", "interval": "1h", "baseline": {"intervals": 1}}, "intervals"),
        ({"table": "mon.silver.x", "kind": "null_rate", "column": "a", "max": 2}, "max"), ({"table": "mon.silver.x", "kind": "null_rate", "max": 0.5}, "column"),
        ({"table": f"mon.silver.{name}", "kind": "null_rate", "column": "nobody", "max": 0.5}, "column"),
        ({"table": "mon.silver.x", "kind": "schema"}, "columns"), ({"table": "mon.silver.x", "kind": "schema", "columns": {"a": 1}}, "columns"),
    ]
    for body, member in refused:
        answer = client.put(f"/monitors/{name}_bad", body)
        assert answer.status == 422 and answer.json()["detail"][0]["loc"][-1] == member, (body, answer)
    assert client.put("/monitors/Bad", {}).status == 422 and client.get("/monitors/nobody").status == 404
    assert client.delete(f"/monitors/{name}").status == 200 and client.delete(f"/monitors/{name}").status == 404


def test_volume_counts_what_commits_of_an_interval_wrote(client, name):
    orders(client, name)
    save(client, name, f"mon.silver.{name}", "volume", interval="5s", min=1)
    assert found(client, name, "unknown")["value"] is None
    wait_until(lambda: (fill(client, name, 0, 3), time.sleep(0.5), result(client, name)["status"] == "pass")[-1], 60, "an interval with rows")
    assert result(client, name)["value"] >= 3
    late = found(client, name, "fail")
    assert late["value"] == 0 and "fewer than 1" in late["message"]
    assert client.rows(f"SELECT kind, result, value FROM tarn.system.monitors WHERE name = '{name}'") == [{"kind": "volume", "result": "fail", "value": 0}]


def test_freshness_null_rate_and_schema_follow_the_commits(client, name):
    orders(client, name)
    fill(client, name, 0, 8)
    save(client, name + "_fresh", f"mon.silver.{name}", "freshness", max_age="6s")
    save(client, name + "_nulls", f"mon.silver.{name}", "null_rate", column="note", max=0.25)
    columns = save(client, name + "_schema", f"mon.silver.{name}", "schema")["columns"]
    assert columns == {"id": "BIGINT", "note": "VARCHAR"}
    for kind in ("_nulls", "_schema"):
        found(client, name + kind, "pass")
    assert "more than 6s" in found(client, name + "_fresh", "fail")["message"]
    client.batch(f"mon/{name}", [{"id": 100 + i, "note": None, "extra": 1} for i in range(8)])
    found(client, name + "_fresh", "pass")
    assert "extra" in found(client, name + "_schema", "fail")["message"]
    assert found(client, name + "_nulls", "fail")["value"] == 0.5
    # What is there now is what is expected from now on.
    assert "extra" in save(client, name + "_schema", f"mon.silver.{name}", "schema")["columns"]
    found(client, name + "_schema", "pass")
    job(client, name + "_view", f"SELECT * FROM mon.silver.{name}", materialization="view")
    answer = client.put(f"/monitors/{name}_view", {"table": f"mon.gold.{name}_view", "kind": "freshness", "max_age": "1h"})
    assert answer.status == 422 and "view" in answer.json()["detail"][0]["msg"]


def test_the_report_shows_tests_monitors_and_open_alerts(client, name):
    job(client, name, "SELECT 1 AS id", tests=[{"type": "unique", "column": "id"}])
    client.run_job("mon", name)
    save(client, name, f"mon.gold.{name}", "schema", columns={"id": "VARCHAR", "<b>": "VARCHAR"})
    found(client, name, "fail")
    report = client.get("/tests/report", query={"domain": "mon"}).json()
    assert name in [table["table"] for table in report["tables"]]
    assert next(one for one in report["monitors"] if one["name"] == name)["result"]["status"] == "fail"
    assert f"monitor.{name}" in [one["about"] for one in report["alerts"]]
    page = client.get("/tests/report", query={"format": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert f"mon.gold.{name}" in page.text and "&lt;b&gt; is gone" in page.text and "<b>" not in page.text and "Open alerts" in page.text
    nobody = client.get("/tests/report", query={"domain": "nobody"}).json()
    assert nobody["monitors"] == nobody["alerts"] == nobody["tables"] == []


def test_a_result_and_its_alert_outlive_the_process(tmp_path):
    with Server(root=tmp_path, arguments=EAGER) as server:
        client = server.start().client()
        orders(client, "kept")
        fill(client, "kept", 0, 2)
        save(client, "kept", "mon.silver.kept", "schema", columns={"id": "VARCHAR", "note": "VARCHAR"})
        since = found(client, "kept", "fail")["since"]
        (alert,) = alerts(client)
        server.kill()
        client = server.start().client()
        assert found(client, "kept", "fail")["since"] == since
        assert [one["id"] for one in alerts(client)] == [alert["id"]] == ["monitor.kept.1"]
        save(client, "kept", "mon.silver.kept", "schema")
        wait_until(lambda: alerts(client)[0]["status"] == "resolved", what="the end of the alert")
        assert client.get("/alerts/monitor.kept.1").json()["events"][-1]["event"] == "resolved"
        assert client.get("/alerts/monitor.kept.2").status == 404


def test_an_alert_is_told_once_repeated_in_time_and_resolved_once(tmp_path, receiver):
    hooks = ["--alert-webhooks", f"ops={receiver.url('ops')}", "--alert-slack", f"team={receiver.url('team')}", "--alert-repeat", "2s",
             "--public-url", "https://lake.example.com"]
    with Server(root=tmp_path, arguments=EAGER + hooks) as server:
        client = server.start().client()
        job(client, "fine", "SELECT error('ann@example.com') AS x")
        client.run_job("mon", "fine")
        (opened,) = wait_until(lambda: receiver.told("ops", "opened"), what="the first message")
        assert opened["alert_id"] == "job.mon.fine.1" and opened["severity"] == "error" and opened["status"] == "open"
        assert opened["message"] == "run 1 FAILED" and opened["url"] == "https://lake.example.com/transform/executions/mon.fine.1"
        slack = wait_until(lambda: receiver.told("team"), what="the message for Slack")[0]
        assert slack["text"].startswith("Error: job mon/fine failed") and slack["blocks"][0]["type"] == "section"
        client.run_job("mon", "fine")  # it is known already
        wait_until(lambda: len(receiver.told("ops", "repeated")) >= 2, 30, "repetitions")
        assert client.put("/transform/jobs/mon/fine", {"query": "SELECT 1 AS x"}).status == 200
        client.run_job("mon", "fine")
        wait_until(lambda: receiver.told("ops", "resolved"), what="the end")
        wait_until(lambda: all(not event["pending"] for event in alerts(client)[0]["events"]), what="everybody told")
        count = len(receiver.told("ops"))
        time.sleep(3)
        assert len(receiver.told("ops")) == count and len(receiver.told("ops", "opened")) == 1 and len(receiver.told("ops", "resolved")) == 1
        assert len(set(receiver.keys("ops"))) == count
        assert client.rows("SELECT alert_id, status, severity, untold FROM tarn.system.alerts") == [
            {"alert_id": "job.mon.fine.1", "status": "resolved", "severity": "error", "untold": 0}]


def test_webhooks_that_refuse_or_hang_hold_up_nobody(tmp_path, receiver):
    receiver.moods.update(bad="refuse", stuck="hang")
    hooks = ["--alert-webhooks", ",".join(f"{name}={receiver.url(name)}" for name in ("bad", "stuck", "good"))]
    with Server(root=tmp_path, arguments=EAGER + hooks) as server:
        client = server.start().client()
        orders(client, "busy")
        job(client, "broken", "SELECT error('no') AS x")
        client.run_job("mon", "broken")
        wait_until(lambda: receiver.told("good") and receiver.told("stuck"), what="the others told")
        wait_until(lambda: len(receiver.told("bad")) >= 2, 30, "another attempt")
        fill(client, "busy", 0, 5)  # commits go on
        assert client.value("SELECT count(*) FROM mon.silver.busy") == 5
        assert alerts(client, status="open")[0]["events"][0]["pending"] == ["bad", "stuck"]
        receiver.moods["bad"] = "take"
        wait_until(lambda: alerts(client)[0]["events"][0]["pending"] == ["stuck"], 30, "the one that refused")
        assert set(receiver.keys("bad")) == {"job.mon.broken.1.1"}
        assert server.stop(timeout_s=30) == 0
        told = len(receiver.told("good"))
        receiver.moods["stuck"] = "take"
        client = server.start().client()
        wait_until(lambda: alerts(client)[0]["events"][0]["pending"] == [], 30, "the one that hung")
        assert len(receiver.told("good")) == told


def test_a_kill_between_the_commit_and_the_message_loses_none(tmp_path, receiver):
    with Server(root=tmp_path, arguments=EAGER + ["--alert-webhooks", f"ops={receiver.url('ops')}"]) as server:
        killed = threading.Event()
        receiver.moods["ops"] = lambda: (server.kill(), killed.set())  # as the message comes, before its answer
        client = server.start().client()
        job(client, "broken", "SELECT error('no') AS x")
        try:
            client.post("/transform/jobs/mon/broken/run")
        except (OSError, http.client.HTTPException):
            pass  # the answer may come later than the message
        assert killed.wait(60)
        assert receiver.keys("ops") == ["job.mon.broken.1.1"]
        receiver.moods.clear()
        client = server.start().client()
        wait_until(lambda: len(receiver.keys("ops")) == 2, 30, "the message again")
        wait_until(lambda: not alerts(client)[0]["events"][0]["pending"], what="the record of it")
        server.kill()
        server.start()
        time.sleep(2)
        assert receiver.keys("ops") == ["job.mon.broken.1.1"] * 2


def test_pipelines_warnings_and_what_is_deleted(client, name):
    job(client, name, "SELECT 1 AS id UNION ALL SELECT 1", tests=[{"type": "unique", "column": "id", "severity": "warn"}])
    job(client, name + "_bad", "SELECT error('no') AS x")
    client.put(f"/pipelines/{name}", {"jobs": [f"mon/{name}", f"mon/{name}_bad"]})
    client.post(f"/pipelines/{name}/run")
    about = {f"pipeline.{name}", f"tests.mon.{name}", f"job.mon.{name}_bad"}
    wait_until(lambda: {one["about"] for one in alerts(client, status="open")} >= about, 60, "the alerts")
    by_about = {one["about"]: one for one in alerts(client, status="open")}
    assert by_about[f"tests.mon.{name}"]["severity"] == "warning" and f"unique_{name}_id" in by_about[f"tests.mon.{name}"]["message"]
    assert f"mon/{name}_bad" in by_about[f"pipeline.{name}"]["message"]
    client.delete(f"/pipelines/{name}")
    for one in (name, name + "_bad"):
        assert client.delete(f"/transform/jobs/mon/{one}").status == 200
    wait_until(lambda: not {one["about"] for one in alerts(client, status="open")} & about, 60, "the end of the alerts")


def test_mistaken_settings_stop_the_start_without_showing_the_url(tmp_path):
    with Server(root=tmp_path) as server:
        for setting in ("https://hooks.example.com/secret", "ops=ftp://hooks.example.com/secret", "ops=https://a/secret,ops=https://b/secret"):
            done = server.cli("serve", "--lake", tmp_path / "l", "--data-dir", tmp_path / "d", "--alert-webhooks", setting)
            assert done.returncode != 0 and "alert_webhooks" in done.stderr + done.stdout, done
            assert "secret" not in done.stderr + done.stdout
