# SPDX-License-Identifier: Apache-2.0
"""The servers that features are written through, started when the first feature needs them."""

import contextlib
from pathlib import Path

from server import Server
import s3_server


class Servers:
    """plain: defaults; marking: new Delta tables take deletion vectors; bucket: the same, with its lake in a bucket. Upkeep
    waits until a feature asks for it."""

    def __init__(self):
        self.running = {}
        self.stack = contextlib.ExitStack()

    def get(self, kind):
        """The server and a new client of it: the server ends connections that nobody used for long."""
        if kind not in self.running:
            env = {"TARN_UPKEEP": "false"} | ({} if kind == "plain" else {"TARN_MERGE_ON_READ": "true"})
            lake = None
            if kind == "bucket":
                env |= s3_server.shared_server().environment()
                lake = f"s3://{s3_server.BUCKET}/interop"
            self.running[kind] = self.stack.enter_context(Server(env=env, lake=lake)).start()
        client = self.running[kind].client()
        self.stack.callback(client.close)
        return self.running[kind], client

    def close(self):
        self.stack.close()


class Bench:
    """What one feature gets to work with, in one format."""

    def __init__(self, servers, format, folder):
        self.servers = servers
        self.format = format
        self.folder = Path(folder)

    def plain(self):
        return (*self.servers.get("plain"), self.format)

    def marking(self):
        return (*self.servers.get("marking"), self.format)

    def bucket(self):
        return (*self.servers.get("bucket"), self.format)
