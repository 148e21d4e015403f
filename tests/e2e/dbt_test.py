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
    ("snapshots/orders.sql", "{% snapshot orders %}{% endsnapshot %}", "snapshots/orders.sql:1: not supported: {% snapshot %}"),
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
