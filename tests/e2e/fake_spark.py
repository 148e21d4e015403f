# SPDX-License-Identifier: Apache-2.0
"""A spark-sql that lets the Tarn under test answer: FakeSpark says what to configure, and this file is what then runs.
The script is decoded as Spark reads it, names and versions are read back from Spark's spelling, and DuckDB writes the rows
as Parquet files with the notes that Spark puts into them."""

import json
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import s3_server
from server import Client, wait_until

HERE = Path(__file__).resolve().parent
SETTINGS = {"spark.sql.ansi.enabled=true", "spark.sql.ansi.doubleQuotedIdentifiers=true", "spark.sql.variable.substitute=false", "spark.sql.session.timeZone=UTC",
            "spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS"}
TABLE = re.compile(r"`tarn`((?:\.`[^`]+`)+)(?: VERSION AS OF (-?\d+))?")
LAYERS = ("silver", "gold")
TYPES = {"BOOLEAN": "boolean", "TINYINT": "byte", "SMALLINT": "short", "INTEGER": "integer", "BIGINT": "long", "FLOAT": "float", "DOUBLE": "double",
         "VARCHAR": "string", "JSON": "string", "DATE": "date", "BLOB": "binary", "TIMESTAMP": "timestamp_ntz", "TIMESTAMP WITH TIME ZONE": "timestamp",
         "INTERVAL": "interval day to second"}


class FakeSpark:
    """What stands in `troubles` is done instead of the next statements: {"says": text, "status": n} or "hang"."""

    def __init__(self, port_of_tarn):
        sys.path.insert(0, str(HERE.parent / "interop"))
        from engines import duckdb_python
        self.port_of_tarn = port_of_tarn
        self.python = duckdb_python()
        self.place = Path(tempfile.mkdtemp(prefix="tarn-spark-"))
        if s3_server.wanted():
            shared = s3_server.shared_server()
            (self.place / "s3").write_text(json.dumps({"endpoint": f"localhost:{shared.port}", "key": s3_server.ACCESS_KEY, "secret": s3_server.SECRET_KEY}))

    @property
    def command(self):
        return f"{self.python} -B '{HERE / 'fake_spark.py'}' {self.place} --master \"local[1]\""

    def close(self):
        shutil.rmtree(self.place, ignore_errors=True)

    def ready(self, troubles=()):
        """Knows the server as it is now, and has run nothing."""
        (self.place / "port").write_text(str(self.port_of_tarn()))
        (self.place / "troubles").write_text(json.dumps(list(troubles)))
        for name in ("statements", "hangs"):
            (self.place / name).unlink(missing_ok=True)

    @property
    def statements(self):
        """Selects it ran, as Spark sees them."""
        log = self.place / "statements"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def wait_for_hang(self):
        """The process that has begun to write and does not end."""
        wait_until(lambda: (self.place / "hangs").exists() and (self.place / "hangs").read_text(), what="spark under way")
        return int((self.place / "hangs").read_text())


def literal(text):
    """'…' with Spark's escapes."""
    assert text[0] == text[-1] == "'" and text.isascii(), text
    units = [int(one[1], 16) if one[1] else ord(one[0]) for one in re.finditer(r"\\u([0-9a-f]{4})|.", text[1:-1], re.DOTALL)]
    return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le")


def read_back(found):
    """What the lake calls the table."""
    levels = [part.strip("`") for part in found[1].split(".")[1:]]
    if levels[1] not in LAYERS:
        return f'{levels[0]}.external."{".".join(levels[1:])}"'
    name = f'{levels[0]}.{levels[1]}."{levels[2]}"'
    return f"(SELECT * FROM {name} AT (VERSION => {found[2]}))" if found[2] else name


def noted(sql_type):
    """A type as Spark's note has it."""
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", sql_type)
    if sql_type == "HUGEINT":
        return "decimal(38,0)"
    return f"decimal({decimal[1]},{decimal[2]})" if decimal else TYPES[sql_type]


def stored(sql_type):
    """The type that DuckDB's writer is given for it: Parquet has no JSON of Spark's, and no intervals."""
    return {"HUGEINT": "DECIMAL(38,0)", "JSON": "VARCHAR", "INTERVAL": "BIGINT"}.get(sql_type, sql_type)


def ask(port, select):
    """Names, types, and rows of texts."""
    mine = TABLE.sub(read_back, select)
    mine = re.sub(r"TIMESTAMP_LTZ ('[^']* UTC')", r"TIMESTAMPTZ \1", mine).replace("TIMESTAMP_NTZ '", "TIMESTAMP '")
    client = Client(port)
    described = client.query(f"DESCRIBE {mine}")
    if described.status != 200:
        sys.exit(f"[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION] {described.detail} SQLSTATE: 42703; line 1 pos 1")
    columns = [(row["column_name"], row["column_type"]) for row in described.json()["data"]]
    texts = ", ".join(f'CAST({"epoch_us" if kind == "INTERVAL" else ""}("{name}") AS VARCHAR) AS "{name}"' for name, kind in columns)
    return columns, [list(row.values()) for row in client.rows(f"SELECT {texts} FROM ({mine})")]


def write(folder, columns, rows, s3):
    """Two files, the way Spark leaves them: the second of none when there is nothing for it."""
    import duckdb
    database = duckdb.connect()
    if s3:
        import duckdb_extension_httpfs
        (extension,) = Path(duckdb_extension_httpfs.__file__).parent.rglob("*.duckdb_extension")
        database.execute(f"LOAD '{extension}'")
        database.execute(f"CREATE SECRET (TYPE s3, KEY_ID '{s3['key']}', SECRET '{s3['secret']}', ENDPOINT '{s3['endpoint']}', URL_STYLE 'path', USE_SSL false, REGION 'us-east-1')")
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, "_SUCCESS").touch()
    database.execute("SET TimeZone = 'UTC'")
    database.execute("CREATE TABLE result (" + ", ".join(f'"{name}" {stored(kind)}' for name, kind in columns) + ")")
    if rows:
        database.executemany("INSERT INTO result VALUES (" + ", ".join("?" for _ in columns) + ")", rows)
    note = json.dumps({"type": "struct", "fields": [{"name": name, "type": noted(kind), "nullable": True, "metadata": {}} for name, kind in columns]}).replace("'", "''")
    half = (len(rows) + 1) // 2
    for number, part in enumerate([f"LIMIT {half}", f"OFFSET {half}"] if len(rows) > 1 else [""]):
        database.execute(f"COPY (FROM result {part}) TO '{folder}/part-0000{number}-x.snappy.parquet' (FORMAT parquet, KV_METADATA {{'org.apache.spark.sql.parquet.row.metadata': '{note}'}})")


def main():
    place = Path(sys.argv[1])
    assert set(sys.argv) >= SETTINGS and sys.argv[2:4] == ["--master", "local[1]"] and sys.argv[-2] == "-f", sys.argv
    assert not [name for name in os.environ if name.startswith("TARN_")], "the server's own settings are not for others"
    script = Path(sys.argv[-1]).read_text(encoding="ascii")
    assert script.startswith("EXECUTE IMMEDIATE ") and script.endswith("'\n"), script
    statement = re.fullmatch(r"INSERT OVERWRITE DIRECTORY ('[^']*') USING parquet\n(.*)", literal(script[len("EXECUTE IMMEDIATE "):-1]), re.DOTALL)
    folder, select = literal(statement[1]), statement[2]
    with open(place / "statements", "a", encoding="utf-8") as log:
        log.write(json.dumps(select) + "\n")
    troubles = json.loads((place / "troubles").read_text())
    (place / "troubles").write_text(json.dumps(troubles[1:]))
    trouble = troubles[0] if troubles else None
    folder = folder.removeprefix("file:")
    s3 = json.loads((place / "s3").read_text()) if folder.startswith("s3://") else None
    if trouble == "hang":
        write(folder + "/_temporary/0", [("a", "BIGINT")], [], s3)
        (place / "hangs").write_text(str(os.getpid()))
        time.sleep(600)
    elif trouble is not None:
        print("26/01/31 10:00:00 WARN Something: else", trouble["says"], sep="\n", file=sys.stderr)
        sys.exit(trouble["status"])
    columns, rows = ask(int((place / "port").read_text()), select)
    write(folder, columns, rows, s3)


if __name__ == "__main__":
    main()
