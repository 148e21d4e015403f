# SPDX-License-Identifier: Apache-2.0
"""`tarn dbt`: what it says, where it refuses, and what is in the lake afterwards."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from server import Server

PROJECTS = Path(__file__).resolve().parent.parent / "dbt"


def dbt(*arguments, env=None):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TARN_DATA")}
    return subprocess.run([os.environ["TARN_BIN"], "dbt", *map(str, arguments)], capture_output=True, text=True, timeout=300, env={**kept, **(env or {})}, check=False)


def sql(lake, text):
    done = subprocess.run([os.environ["TARN_BIN"], "sql", "--lake", str(lake), "--format", "json", text], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["data"]


@pytest.fixture
def bakery(tmp_path):
    return Path(shutil.copytree(PROJECTS / "bakery", tmp_path / "bakery"))


def statuses(project):
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    return {result["unique_id"].split(".")[2]: result["status"] for result in results}


def test_build_says_what_it_does_and_leaves_artifacts(bakery, tmp_path):
    done = dbt("build", "--project", bakery, "--lake", tmp_path / "lake")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 28 START seed file bakery.gold.raw_customers" in done.stdout
    assert "Done. PASS=26 WARN=2 ERROR=0 SKIP=0 TOTAL=28" in done.stdout
    manifest = json.loads((bakery / "target" / "manifest.json").read_text())
    assert manifest["metadata"]["dbt_schema_version"].endswith("manifest/v12.json")
    assert manifest["nodes"]["model.bakery.orders"]["depends_on"]["nodes"] == ["model.bakery.stg_orders", "model.bakery.stg_payments"]
    compiled = (bakery / "target" / "compiled" / "bakery" / "models" / "marts" / "orders.sql").read_text()
    assert '"bakery"."gold"."stg_orders"' in compiled and "{{" not in compiled
    assert sql(tmp_path / "lake", "select count(*) as n from bakery.gold.customers") == [{"n": 40}]


def test_a_failing_test_counts_exactly_and_stops_what_comes_behind(bakery, tmp_path):
    with open(bakery / "seeds" / "raw_payments.csv", "a", encoding="ascii") as seed:
        for number in range(2000, 2012):
            seed.write(f"{number},1,barter,100\n")
    done = dbt("build", "--project", bakery, "--lake", tmp_path / "lake")
    assert done.returncode == 1, done.stdout + done.stderr
    # One row of the test's result stands for the one value that is not accepted; its twelve rows are counted in it.
    assert "FAIL 1 accepted_values_stg_payments_method__card__cash__voucher" in done.stdout
    found = statuses(bakery)
    assert found["stg_payments"] == "success" and found["orders"] == found["customers"] == "skipped"
    (bakery / "tests" / "no_barter.sql").write_text("select * from {{ ref('stg_payments') }} where method = 'barter'")
    done = dbt("test", "--project", bakery, "--lake", tmp_path / "lake", "--select", "no_barter")
    assert done.returncode == 1 and "FAIL 12 no_barter" in done.stdout, done.stdout


def test_a_model_that_cannot_run_leaves_its_table_as_it_was(bakery, tmp_path):
    lake = tmp_path / "lake"
    assert dbt("build", "--project", bakery, "--lake", lake).returncode == 0
    before = sql(lake, "select * from bakery.gold.orders order by order_id")
    view = sql(lake, "select count(*) as n from bakery.gold.stg_orders")
    (bakery / "models" / "marts" / "orders.sql").write_text("select nothing from {{ ref('stg_orders') }}")
    (bakery / "models" / "staging" / "stg_orders.sql").write_text("select missing from {{ ref('raw_orders') }}")
    done = dbt("run", "--project", bakery, "--lake", lake)
    assert done.returncode == 1 and "missing" in done.stdout, done.stdout
    assert statuses(bakery)["stg_orders"] == "error" and statuses(bakery)["orders"] == "skipped"
    assert sql(lake, "select * from bakery.gold.orders order by order_id") == before
    assert sql(lake, "select count(*) as n from bakery.gold.stg_orders") == view


@pytest.mark.parametrize("path, text, said", [
    ("models/marts/wrong.sql", "select 1\n{% include 'x' %}", "models/marts/wrong.sql:2: not supported: {% include %}"),
    ("models/marts/wrong.sql", "{{ ref('nowhere') }}", "models/marts/wrong.sql:1: wrong refers to a model or seed that is not there: nowhere"),
    ("models/marts/wrong.sql", "{{ 1 | shout }}", "models/marts/wrong.sql:1: not supported: filter shout"),
    ("models/staging/stg_orders.sql", "select * from {{ ref('customers') }}", "these nodes need each other in a circle: "),
    ("snapshots/orders.sql", "{% snapshot orders %}{% endsnapshot %}", "snapshots/orders.sql:1: a snapshot needs a unique_key: orders"),
])
def test_what_is_not_supported_is_refused_before_anything_runs(bakery, tmp_path, path, text, said):
    (bakery / path).parent.mkdir(exist_ok=True)
    (bakery / path).write_text(text)
    done = dbt("build", "--project", bakery, "--lake", tmp_path / "lake")
    assert done.returncode == 2 and said in done.stderr, done.stdout + done.stderr
    assert not (tmp_path / "lake").exists()


def test_ls_and_compile_need_no_lake(bakery):
    listed = dbt("ls", "--project", bakery, "--select", "+orders", "--exclude", "test_type:generic test_type:singular")
    assert listed.stdout.split() == ["bakery.marts.orders", "bakery.staging.stg_orders", "bakery.staging.stg_payments", "bakery.raw_orders", "bakery.raw_payments"], listed.stderr
    compiled = dbt("compile", "--project", bakery, "--domain", "other")
    assert compiled.returncode == 0, compiled.stderr
    assert '"other"."gold"."raw_orders"' in (bakery / "target" / "compiled" / "bakery" / "models" / "staging" / "stg_orders.sql").read_text()
    missing = dbt("build", "--project", bakery)
    assert missing.returncode == 2 and "--lake" in missing.stderr


def test_a_served_lake_is_refused_and_its_server_can_be_asked_instead(bakery, tmp_path):
    with Server(root=tmp_path / "served") as server:
        server.start()
        refused = dbt("build", "--project", bakery, "--lake", server.lake, "--data-dir", server.data_dir)
        assert refused.returncode == 3, refused.stdout + refused.stderr
        done = dbt("build", "--project", bakery, "--url", f"http://127.0.0.1:{server.port}")
        assert done.returncode == 0 and "WARN=2 ERROR=0 SKIP=0" in done.stdout, done.stdout + done.stderr
        client = server.client()
        assert client.value("select count(*) from bakery.gold.customers") == 40
        jobs = {job["job_name"]: job["materialization"] for job in client.get("/transform/jobs", query={"domain": "bakery"}).json()}
        assert jobs["stg_orders"] == "view" and jobs["orders"] == "table"
        client.close()


SNAPSHOTS = """{# {% snapshot in_a_comment %} #}
{% snapshot payments_by_check %}
{{ config(target_schema='history', unique_key='payment_id', strategy='check', check_cols=['method', 'amount'], invalidate_hard_deletes=True) }}
select * from {{ ref('stg_payments') }}
{%- endsnapshot %}
"""
IN_YAML = """
snapshots:
  - name: orders_by_time
    relation: ref('stg_orders')
    config: {unique_key: order_id, strategy: timestamp, updated_at: order_date}
    columns:
      - name: order_id
        data_tests: [not_null]
"""


def test_snapshots_keep_versions_under_dbts_names(bakery, tmp_path):
    lake = tmp_path / "lake"
    (bakery / "snapshots").mkdir()
    (bakery / "snapshots" / "payments.sql").write_text(SNAPSHOTS)
    (bakery / "snapshots" / "orders.yml").write_text(IN_YAML)
    (bakery / "models" / "open_payments.sql").write_text("select * from {{ ref('payments_by_check') }} where dbt_valid_to is null")
    done = dbt("build", "--project", bakery, "--lake", lake)
    assert done.returncode == 0 and "OK created snapshot history.gold.payments_by_check" in done.stdout, done.stdout + done.stderr
    before = sql(lake, "select count(*) as n, count(distinct dbt_scd_id) as ids, count(dbt_valid_to) as ended from history.gold.payments_by_check")
    assert before[0]["n"] == before[0]["ids"] > 2 and before[0]["ended"] == 0
    seed = bakery / "seeds" / "raw_payments.csv"
    lines = seed.read_text().splitlines()
    head, changed, gone, rest = lines[0], lines[1].split(","), lines[2].split(","), lines[3:]
    changed[-1] = str(int(changed[-1]) + 100)
    seed.write_text("\n".join([head, ",".join(changed), *rest]) + "\n")
    assert dbt("seed", "--project", bakery, "--lake", lake).returncode == 0
    assert dbt("run", "--project", bakery, "--lake", lake, "--select", "stg_payments").returncode == 0
    for _ in range(2):
        done = dbt("snapshot", "--project", bakery, "--lake", lake)
        assert done.returncode == 0 and statuses(bakery) == {"payments_by_check": "success", "orders_by_time": "success"}, done.stdout + done.stderr
    versions = sql(lake, "select payment_id, dbt_valid_to is null as open from history.gold.payments_by_check "
                         f"where payment_id in ({changed[0]}, {gone[0]}) order by payment_id, dbt_valid_from")
    assert versions == [{"payment_id": int(changed[0]), "open": False}, {"payment_id": int(changed[0]), "open": True}, {"payment_id": int(gone[0]), "open": False}]
    assert sql(lake, "select count(*) as n from bakery.gold.open_payments") == [{"n": before[0]["n"] - 1}]
    orders = sql(lake, "select count(*) as n, count(dbt_valid_to) as ended, bool_and(dbt_valid_from = order_date) as same from bakery.gold.orders_by_time")
    assert orders[0]["ended"] == 0 and orders[0]["same"] and orders[0]["n"] == sql(lake, "select count(*) as n from bakery.gold.stg_orders")[0]["n"]
    manifest = json.loads((bakery / "target" / "manifest.json").read_text())
    assert manifest["nodes"]["snapshot.bakery.orders_by_time"]["resource_type"] == "snapshot"
    assert "snapshot.bakery.payments_by_check" in manifest["nodes"]["model.bakery.open_payments"]["depends_on"]["nodes"]
