# SPDX-License-Identifier: Apache-2.0
"""The pipeline of examples/events for those who keep Airflow: each task runs one job of Tarn and waits for it.

Tarn's own scheduler does the same without Airflow, as the pipeline `lakehouse`: pause it there when this DAG drives the
jobs. Lies beside tarn_jobs.py in the DAGs folder. Variables: tarn_url, tarn_api_key and
alert_webhook (both may be missing).
"""

from datetime import datetime, timedelta, timezone

from airflow.decorators import dag, task
from airflow.models import Variable

from tarn_jobs import JobFailed, Tarn, alert_text, send_alert

DOMAIN = "events"


def tarn():
    return Tarn(Variable.get("tarn_url"), Variable.get("tarn_api_key", default_var=None))


@task(retries=2, retry_delay=timedelta(seconds=30))
def start(job):
    return tarn().start(DOMAIN, job)


@task
def wait(execution_id):
    """No retries: a run that ended badly ends so each time it is asked for."""
    client = tarn()
    try:
        return client.wait(execution_id)["output"]["rows"]
    except (JobFailed, TimeoutError) as error:
        webhook = Variable.get("alert_webhook", default_var=None)
        if webhook:
            send_alert(webhook, alert_text(error, client.failed_tests(execution_id)))
        raise


@dag(schedule="0 6 * * *", start_date=datetime(2025, 1, 1, tzinfo=timezone.utc), catchup=False, max_active_runs=1, tags=["tarn"])
def lakehouse_raw_to_curated():
    users = wait.override(task_id="dim_users")(start.override(task_id="start_dim_users")("dim_users"))
    begin_events = start.override(task_id="start_fct_events")("fct_events")
    users >> begin_events
    wait.override(task_id="fct_events")(begin_events)


lakehouse_raw_to_curated()
