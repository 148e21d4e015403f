# SPDX-License-Identifier: Apache-2.0
"""The AWS command line and botocore as they come, against the Firehose API."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from engines import environment
from server import Server, column

AWS = ("awscli==1.46.3", "botocore==1.44.5")
KEY = "the secret of the lake"


@pytest.fixture(scope="module")
def python():
    return environment("aws", AWS)


@pytest.fixture(scope="module")
def keyed_server():
    with Server(arguments=["--api-key", KEY]) as running:
        yield running.start()


@pytest.fixture
def keyed(keyed_server):
    one = keyed_server.client(headers={"x-api-key": KEY})
    yield one
    one.close()


def variables(server, secret):
    return {"PATH": os.environ["PATH"], "HOME": str(server.root), "AWS_ACCESS_KEY_ID": "tarn", "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": ""}


def aws(python, server, *arguments, secret=KEY):
    program = str(Path(python).parent / "aws")
    return subprocess.run([python, program, *arguments], env=variables(server, secret), capture_output=True, text=True, timeout=120, check=False)


def run(python, server, script, secret=KEY):
    done = subprocess.run([python, "-c", script], env=variables(server, secret), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_command_line_puts_records(python, keyed_server, keyed):
    made = aws(python, keyed_server, "firehose", "create-delivery-stream", "--delivery-stream-name", "cli.orders")
    assert made.returncode == 0, made.stderr
    one = aws(python, keyed_server, "firehose", "put-record", "--delivery-stream-name", "cli.orders", "--record", '{"Data":"{\\"id\\":1}"}')
    assert one.returncode == 0 and json.loads(one.stdout)["RecordId"], one.stderr
    many = aws(python, keyed_server, "firehose", "put-record-batch", "--delivery-stream-name", "cli.orders", "--records", '[{"Data":"{\\"id\\":2}"},{"Data":"{\\"id\\":3}"}]')
    assert many.returncode == 0 and json.loads(many.stdout)["FailedPutCount"] == 0, many.stderr
    listed = aws(python, keyed_server, "firehose", "list-delivery-streams")
    assert json.loads(listed.stdout) == {"DeliveryStreamNames": ["cli.orders"], "HasMoreDeliveryStreams": False}, listed.stderr
    described = aws(python, keyed_server, "firehose", "describe-delivery-stream", "--delivery-stream-name", "cli.orders")
    assert json.loads(described.stdout)["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE", described.stderr
    assert keyed.rows("SELECT id FROM cli.bronze.orders ORDER BY id") == [{"id": 1}, {"id": 2}, {"id": 3}]


def test_the_loop_of_a_shell_that_encodes_by_itself(python, keyed_server, keyed):
    """What the data is encoded to by `base64 -w0` is encoded once more by the command line."""
    keyed.create("shell", "orders", [column("order_id", "integer", primary_key=True), column("amount", "decimal(10,2)"), column("order_date", "date")])
    program = Path(python).parent / "aws"
    loop = f"""for i in 1 2 3; do
  echo "{{\\"customer_id\\": $((RANDOM % 1000 + 1000)), \\"order_id\\": $((500 + i)), \\"amount\\": 50.75, \\"order_date\\": \\"2024-04-29\\"}}" \\
  | base64 -w0 | xargs -I {{}} {python} {program} firehose put-record --delivery-stream-name shell.orders --record '{{"Data":"{{}}"}}' || exit 1
done"""
    done = subprocess.run(["bash", "-c", loop], env=variables(keyed_server, KEY), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    keyed.ingest("shell/orders", {"order_id": 1, "amount": 0, "order_date": "2024-01-01"})
    assert keyed.rows("SELECT order_id, amount FROM shell.silver.orders WHERE order_id > 500 ORDER BY 1") == [{"order_id": 500 + i, "amount": 50.75} for i in (1, 2, 3)]
    assert keyed.get("/quarantine/shell/orders").json()["total"] == 0


def test_botocore_puts_batches_and_reads_errors(python, keyed_server, keyed):
    keyed.create("boto", "orders", [column("id", "integer", primary_key=True)])
    outcome = run(python, keyed_server, """
import json, botocore.session
client = botocore.session.get_session().create_client("firehose")
batch = client.put_record_batch(DeliveryStreamName="boto.orders", Records=[{"Data": json.dumps({"id": i}).encode()} for i in range(500)])
try:
    client.put_record(DeliveryStreamName="boto.nobody", Record={"Data": b"{}"})
    missing = None
except client.exceptions.ResourceNotFoundException as error:
    missing = error.response["Error"]["Code"]
print(json.dumps({"failed": batch["FailedPutCount"], "ids": len({one["RecordId"] for one in batch["RequestResponses"]}), "missing": missing}))
""")
    assert outcome == {"failed": 0, "ids": 500, "missing": "ResourceNotFoundException"}
    assert keyed.value("SELECT count(DISTINCT id) FROM boto.bronze.orders") == 500


def test_a_wrong_secret_is_refused(python, keyed_server, keyed):
    keyed.create("wrong", "orders", [column("id", "integer")])
    refused = aws(python, keyed_server, "firehose", "put-record", "--delivery-stream-name", "wrong.orders", "--record", '{"Data":"{}"}', secret="another")
    assert refused.returncode != 0 and "InvalidSignatureException" in refused.stderr, refused.stderr
    assert keyed.value("SELECT count(*) FROM wrong.bronze.orders") == 0
