# SPDX-License-Identifier: Apache-2.0
"""pyiceberg as another writer of a lake's tables, in a process of its own: Writer starts this file in an environment that has
pyiceberg and tells it what to append through the REST catalog, a line of JSON for each row."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ATTEMPTS = 50


class Writer:
    """The process, started with the first row."""

    def __init__(self):
        self.process = None

    def start(self):
        sys.path.insert(0, str(HERE.parent / "interop"))
        from engines import ICEBERG_READERS, environment
        self.process = subprocess.Popen([environment("interop", ICEBERG_READERS), "-B", str(HERE / "iceberg_writer.py")],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def append(self, address, table, row):
        """One commit with one row; columns that it does not name are null."""
        if self.process is None:
            self.start()
        self.process.stdin.write(json.dumps({"catalog": address + "/iceberg", "table": table, "row": row}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer == "appended\n", answer or "pyiceberg ended"

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(timeout=60)
            self.process.stdout.close()
            self.process = None


def append(order):
    """A lost race is answered as pyiceberg's documentation says: the table is loaded again."""
    import pyarrow
    from pyiceberg.catalog.rest import RestCatalog
    from pyiceberg.exceptions import CommitFailedException

    catalog = RestCatalog("tarn", uri=order["catalog"])
    for attempt in range(ATTEMPTS):
        table = catalog.load_table(tuple(order["table"]))
        try:
            table.append(pyarrow.Table.from_pylist([order["row"]], schema=table.schema().as_arrow()))
            return
        except CommitFailedException:
            if attempt == ATTEMPTS - 1:
                raise


def main():
    for line in sys.stdin:
        append(json.loads(line))
        print("appended", flush=True)


if __name__ == "__main__":
    main()
