# SPDX-License-Identifier: Apache-2.0
"""A trace of the real binary: between the write of a record and its answer lies a completed sync (durability.md §3)."""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from server import Server, column, wait_until

CALLS = "openat,read,pread64,readv,write,pwrite64,pwritev,writev,fsync,fdatasync,sync_file_range,recvfrom,recvmsg,sendto,sendmsg,close,linkat,link,dup,io_uring_enter"
DONE = re.compile(r"^(?P<pid>\d+) +(?P<start>\d+\.\d+) (?P<call>\w+)\((?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<pid>\d+) +(?P<time>\d+\.\d+) <\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)$")
RECEIVES = ("read", "readv", "recvfrom", "recvmsg")
SENDS = ("write", "writev", "sendto", "sendmsg")
WRITES = ("write", "pwrite64", "pwritev", "writev")


def ptrace_works():
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-f", "-e", "trace=none", "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not ptrace_works(), reason="strace is missing or may not trace")


class Call:
    """One system call with the moments of its start and its end."""

    def __init__(self, pid, name, arguments, start, end, result):
        self.pid, self.name, self.arguments, self.start, self.end, self.result = pid, name, arguments, start, end, result

    @property
    def path(self):
        """The file behind the first descriptor, as strace -yy shows it."""
        match = re.match(r"\w+<([^>]*)>", self.arguments)
        return match.group(1) if match else ""

    def __repr__(self):
        return f"{self.start:.6f}-{self.end:.6f} {self.name}({self.arguments[:120]}) = {self.result}"


def parse(text):
    """Calls in order of their end; the two halves of an interrupted line are put together."""
    calls, open_calls = [], {}
    for line in text.splitlines():
        if match := RESUMED.match(line):
            begun = open_calls.pop(match["pid"], None)
            if begun:
                calls.append(finish(begun, begun[2] + match["rest"]))
        elif match := DONE.match(line):
            begun = (match["pid"], match["call"], match["rest"], float(match["start"]))
            if match["rest"].endswith("<unfinished ...>"):
                open_calls[match["pid"]] = (begun[0], begun[1], match["rest"][: -len("<unfinished ...>")], begun[3])
            else:
                calls.append(finish(begun, match["rest"]))
    return sorted(calls, key=lambda call: call.end)


def finish(begun, rest):
    match = re.search(r"\) *= (-?\d+|0x\w+|\?)[^<]*(?:<.*>)? *(?:<(\d+\.\d+)>)?$", rest)
    result = match.group(1) if match else "?"
    took = re.search(r"<(\d+\.\d+)>$", rest)
    return Call(begun[0], begun[1], rest, begun[3], begun[3] + (float(took.group(1)) if took else 0), result)


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """A server whose serving process is watched by strace from after its start."""
    root = tmp_path_factory.mktemp("trace")
    server = Server(root=root)
    server.start()
    client = server.client()
    client.create("trace", "t", [column("id", "integer", primary_key=True), column("v")], land_interval="15m")
    client.create("trace", "d", [column("id", "integer", primary_key=True)], land_interval="15m", format="delta")
    client.ingest("trace/t", {"id": 0, "v": "warm"})
    output = root / "strace.txt"
    tracer = subprocess.Popen(["strace", "-f", "-yy", "-ttt", "-T", "-s", "5000", "-e", f"trace={CALLS}", "-o", str(output), "-p", str(server.serving_pid())],
                              stderr=subprocess.PIPE)
    wait_until(lambda: output.exists() and "strace" in tracing(server.serving_pid()), 20, "the tracer")
    time.sleep(0.3)
    yield server, client, output
    tracer.send_signal(signal.SIGINT)
    tracer.wait(20)
    client.close()
    server.close()


def tracing(pid):
    """The name of the process that traces `pid`."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        tracer = re.search(r"TracerPid:\s+(\d+)", file.read()).group(1)
    if tracer == "0":
        return ""
    with open(f"/proc/{tracer}/comm", encoding="ascii", errors="replace") as file:
        return file.read()


def record(traced, marker, path):
    """Posts one record and answers the calls from the arrival of its bytes to the sending of its answer."""
    _, client, output = traced
    before = output.stat().st_size
    answer = client.post(path, {"data": {"id": int(marker[1:]), "v": marker}}, headers={"X-Request-Id": f"req-{marker}"})
    assert answer.status == 200, answer
    text = wait_until(lambda: settled(output, before, f"req-{marker}"), 20, "the trace")
    calls = parse(text)
    # Only what one connection says counts: other sockets are none of ours.
    arrival = next((call for call in calls if call.name in RECEIVES and marker in call.arguments and "TCP" in call.arguments), None)
    sent = next((call for call in calls if call.name in SENDS and f"req-{marker}" in call.arguments and "HTTP/1.1 200" in call.arguments), None)
    assert arrival and sent, calls[-40:]
    return calls, arrival, sent


def settled(output, before, marker):
    time.sleep(0.2)
    text = output.read_text(errors="replace")[before:]
    return text if re.search(rf"HTTP/1.1 200[^\n]*{marker}", text) else None


def test_wal_ack_follows_a_sync_of_the_log(traced):
    server, _, _ = traced
    for marker in ("m101", "m102", "m103"):
        calls, arrival, sent = record(traced, marker, "/ingest/trace/t")
        log = str(server.data_dir)
        writes = [call for call in calls if call.name in WRITES and log in call.path and marker in call.arguments]
        assert writes, [call for call in calls if log in call.arguments]
        written = writes[0]
        assert arrival.end <= written.end
        syncs = [call for call in calls if call.name in ("fsync", "fdatasync") and call.path == written.path and call.result == "0"
                 and call.start >= written.end and call.end <= sent.start]
        assert syncs or "O_DSYNC" in flags(server, written.path), (written, sent, calls[-40:])


def flags(server, path):
    """Open flags of a descriptor of the serving process, by name."""
    pid = server.serving_pid()
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            if os.readlink(f"/proc/{pid}/fd/{number}") == path:
                with open(f"/proc/{pid}/fdinfo/{number}", encoding="ascii") as file:
                    octal = int(re.search(r"flags:\s+(\d+)", file.read()).group(1), 8)
                return "O_DSYNC" if octal & os.O_DSYNC else ""
        except OSError:
            continue
    return ""


@pytest.mark.parametrize(("table", "content_in", "deciding"), [("t", ("data", "metadata"), r"metadata/v\d+\."), ("d", ("data",), r"_delta_log/\d+\.json")])
def test_silver_ack_follows_content_sync_link_and_directory_sync(traced, table, content_in, deciding):
    server, _, _ = traced
    calls, arrival, sent = record(traced, f"m2{ord(table)}", f"/ingest/trace/{table}?ack=silver")
    during = [call for call in calls if call.end >= arrival.end and call.end <= sent.start]
    links = [call for call in during if call.name in ("link", "linkat") and call.result == "0" and re.search(f"/silver/trace/{table}/{deciding}", call.arguments)]
    assert links, [call for call in during if call.name in ("link", "linkat")]
    link = links[0]
    synced = [call for call in during if call.name in ("fsync", "fdatasync") and call.result == "0"]
    lake = str(server.lake)
    content = [call for call in synced if lake in call.path and call.end <= link.start]
    for folder in content_in:
        assert any(f"silver/trace/{table}/{folder}" in call.path for call in content), f"content in {folder} is synced before the commit is linked"
    after = [call for call in synced if call.path.endswith(deciding.partition("/")[0]) and call.start >= link.end]
    assert after, "the directory of the commit is synced before the answer"
    bronze = [call for call in during if call.name in ("link", "linkat") and f"/bronze/trace/{table}/_log" in call.arguments]
    assert bronze and bronze[0].end <= link.start, "bronze decides before silver"
