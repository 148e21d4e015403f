# SPDX-License-Identifier: Apache-2.0
"""Runs a job of Tarn over HTTP and waits for it: what the operators of lakehouse_pipeline.py do. Python's own library only."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


class JobFailed(Exception):
    """The execution ended otherwise than well; `execution` is its record."""

    def __init__(self, execution):
        super().__init__(f"{execution['domain']}/{execution['job_name']} is {execution['status']}: {execution.get('error')}")
        self.execution = execution


class Tarn:
    """A client of one Tarn server."""

    def __init__(self, url, api_key=None, timeout_s=30):
        self.url = url.rstrip("/")
        self.api_key = api_key
        self.timeout_s = timeout_s

    def call(self, method, path):
        request = urllib.request.Request(self.url + path, method=method)
        if self.api_key:
            request.add_header("X-Api-Key", self.api_key)
        with urllib.request.urlopen(request, timeout=self.timeout_s) as answer:
            return json.load(answer)

    def start(self, domain, job):
        """Starts a run and answers its execution id."""
        return self.call("POST", f"/transform/jobs/{domain}/{job}/run")["execution_id"]

    def wait(self, execution_id, poll_s=2.0, most_s=3600.0):
        """The record of the ended execution; JobFailed when it did not succeed, TimeoutError when it does not end. A server
        that is away for a moment is asked again: the run goes on, or is finished after its restart."""
        end = time.monotonic() + most_s
        while time.monotonic() < end:
            try:
                execution = self.call("GET", f"/transform/executions/{execution_id}")
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    raise
            except OSError:
                pass
            else:
                if execution["status"] in ENDED:
                    if execution["status"] != "SUCCEEDED":
                        raise JobFailed(execution)
                    return execution
            time.sleep(poll_s)
        raise TimeoutError(f"{execution_id} has not ended after {most_s} s")

    def failed_tests(self, execution_id):
        """Results of the run's tests that did not pass, warnings among them."""
        query = urllib.parse.urlencode({"execution_id": execution_id, "limit": 1000})
        return [result for result in self.call("GET", f"/tests/results?{query}")["results"] if result["status"] != "pass"]


def alert_text(error, failed_tests=()):
    """What a person on call wants to read first."""
    lines = [str(error)]
    lines += [f"- {test['name']}: {test['status']}, {test['failures']} rows. {test.get('message') or ''}".rstrip() for test in failed_tests]
    return "\n".join(lines)


def send_alert(webhook, text, timeout_s=10):
    """Posts the text in the form that chat webhooks take."""
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(webhook, data=body, headers={"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=timeout_s):
        pass
