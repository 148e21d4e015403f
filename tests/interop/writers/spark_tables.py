# SPDX-License-Identifier: Apache-2.0
"""spark_tables.py FOLDER: tables as Spark writes them: Delta below FOLDER/delta, Iceberg below FOLDER/iceberg/t, which is
also the catalog `local`. Each function makes one table; what Spark does not make goes into
FOLDER/failures. Runs inside an environment of engines.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "readers"))

from with_spark import connected  # noqa: E402

SELECT = """SELECT id, CASE WHEN id % 7 = 3 THEN NULL ELSE concat('n', id) END AS name, CAST(id AS DECIMAL(12, 2)) / 4 AS amount,
 date_add(DATE '2024-02-01', CAST(id % 3 AS INT)) AS day, TIMESTAMP '2024-01-01 00:00:00.000001' + make_dt_interval(0, 0, 0, id) AS at,
 array(id, NULL) AS list, named_struct('a', id, 'b', concat('x', id)) AS row FROM range(0, 200, 1, 2)"""
COLUMNS = "id BIGINT, name STRING, amount DECIMAL(15, 5), day DATE, at TIMESTAMP, list ARRAY<BIGINT>, row STRUCT<a: BIGINT, b: STRING>"
MERGE = """MERGE INTO {0} t USING (SELECT id * 3 AS id, 'merged' AS name FROM range(60, 70)) s ON t.id = s.id
 WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)"""


class Writer:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.session = connected(more={"spark.sql.catalog.local": "org.apache.iceberg.spark.SparkCatalog", "spark.sql.catalog.local.type": "hadoop",
                                       "spark.sql.catalog.local.warehouse": f"file://{folder}/iceberg",
                                       "spark.sql.warehouse.dir": f"{folder}/warehouse"})

    def sql(self, text):
        return self.session.sql(text)

    def delta(self, name, properties, *, partitioned=""):
        """A Delta table with rows; answers its SQL name."""
        table = f"delta.`{self.folder}/delta/{name}`"
        listed = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        self.sql(f"CREATE TABLE {table} ({COLUMNS}) USING delta {partitioned} TBLPROPERTIES ({listed})")
        self.sql(f"INSERT INTO {table} {SELECT}")
        return table

    def iceberg(self, name, properties, *, partitioned=""):
        table = f"local.t.{name}"
        listed = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        self.sql(f"CREATE TABLE {table} ({COLUMNS}) USING iceberg {partitioned} TBLPROPERTIES ({listed})")
        self.sql(f"INSERT INTO {table} {SELECT}")
        return table

    def change(self, table):
        self.sql(f"DELETE FROM {table} WHERE id % 10 = 4")
        self.sql(f"UPDATE {table} SET name = 'updated' WHERE id BETWEEN 50 AND 60")
        self.sql(MERGE.format(table))


VECTORS = {"delta.enableDeletionVectors": "true"}
ON_READ = {"write.delete.mode": "merge-on-read", "write.update.mode": "merge-on-read", "write.merge.mode": "merge-on-read"}


def delta_vectors(writer):
    writer.change(writer.delta("vectors", VECTORS))


def delta_vectors_partitioned(writer):
    writer.change(writer.delta("vectors_partitioned", VECTORS, partitioned="PARTITIONED BY (day)"))


def delta_mapped(writer):
    table = writer.delta("mapped", {**VECTORS, "delta.columnMapping.mode": "name"})
    writer.sql(f"ALTER TABLE {table} RENAME COLUMN amount TO `new, name`")
    writer.sql(f"ALTER TABLE {table} DROP COLUMN day")
    writer.sql(f"ALTER TABLE {table} ADD COLUMN day STRING")
    writer.change(table)


def delta_v2_checkpoint(writer):
    table = writer.delta("v2_checkpoint", {**VECTORS, "delta.checkpointPolicy": "v2", "delta.checkpointInterval": "2"})
    writer.change(table)


def delta_clustered(writer):
    """Liquid clustering, row tracking, in-commit timestamps: features that matter to writers only."""
    table = writer.delta("clustered", {**VECTORS, "delta.enableRowTracking": "true", "delta.enableInCommitTimestamps": "true"}, partitioned="CLUSTER BY (id)")
    writer.change(table)
    writer.sql(f"OPTIMIZE {table}")
    writer.sql(f"DELETE FROM {table} WHERE id = 11")


def delta_widened(writer):
    table = f"delta.`{writer.folder}/delta/widened`"
    writer.sql(f"CREATE TABLE {table} (b TINYINT, s SMALLINT, i INT, f FLOAT, d DECIMAL(6, 2), i2 INT) USING delta TBLPROPERTIES ('delta.enableTypeWidening' = 'true')")
    writer.sql(f"INSERT INTO {table} SELECT CAST(id AS TINYINT), CAST(id AS SMALLINT), CAST(-id AS INT), CAST(id / 3 AS FLOAT), CAST(id AS DECIMAL(6, 2)), CAST(id AS INT) FROM range(40)")
    for column, wider in {"b": "INT", "s": "BIGINT", "i": "BIGINT", "f": "DOUBLE", "d": "DECIMAL(12, 4)", "i2": "DOUBLE"}.items():
        writer.sql(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {wider}")
    writer.sql(f"INSERT INTO {table} VALUES (100000, 5000000000, 5000000001, 0.1, 12345678.1234, 0.5)")


def delta_variant(writer):
    table = f"delta.`{writer.folder}/delta/variant`"
    writer.sql(f"CREATE TABLE {table} (id BIGINT, v VARIANT) USING delta")
    writer.sql(f"INSERT INTO {table} SELECT 1, parse_json('{{\"a\": 1}}')")


def iceberg_positions(writer):
    writer.change(writer.iceberg("positions", {"format-version": "2", **ON_READ}))


def iceberg_positions_partitioned(writer):
    table = writer.iceberg("positions_partitioned", {"format-version": "2", **ON_READ}, partitioned="PARTITIONED BY (bucket(4, id), months(at), truncate(2, name))")
    writer.change(table)
    writer.sql(f"ALTER TABLE {table} REPLACE PARTITION FIELD bucket(4, id) WITH bucket(8, id)")
    writer.sql(f"INSERT INTO {table} SELECT id + 1000, name, amount, day, at, list, row FROM ({SELECT}) WHERE id < 20")
    writer.sql(f"DELETE FROM {table} WHERE id % 5 = 1")


def iceberg_partition_deletes(writer):
    """Position deletes that name files of several partitions and are kept partition by partition."""
    table = writer.iceberg("partition_deletes", {"format-version": "2", **ON_READ, "write.delete.granularity": "partition"}, partitioned="PARTITIONED BY (day)")
    writer.sql(f"INSERT INTO {table} SELECT id + 500, name, amount, day, at, list, row FROM ({SELECT})")
    writer.change(table)


def iceberg_vectors(writer):
    writer.change(writer.iceberg("vectors", {"format-version": "3", **ON_READ}))


def iceberg_upgraded(writer):
    """Position deletes of v2, then deletion vectors of v3 on the same files."""
    table = writer.iceberg("upgraded", {"format-version": "2", **ON_READ})
    writer.sql(f"DELETE FROM {table} WHERE id % 10 = 4")
    writer.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('format-version' = '3')")
    writer.sql(f"DELETE FROM {table} WHERE id % 10 = 5")


def iceberg_evolved(writer):
    table = "local.t.evolved"
    writer.sql(f"CREATE TABLE {table} (id INT, f FLOAT, d DECIMAL(6, 2), old STRING, row STRUCT<a: INT, b: STRING>) USING iceberg TBLPROPERTIES ('format-version' = '2')")
    writer.sql(f"INSERT INTO {table} SELECT CAST(id AS INT), CAST(id / 3 AS FLOAT), CAST(id AS DECIMAL(6, 2)), concat('o', id), named_struct('a', CAST(id AS INT), 'b', 'b') FROM range(30)")
    for change in ("ALTER COLUMN id TYPE BIGINT", "ALTER COLUMN f TYPE DOUBLE", "ALTER COLUMN d TYPE DECIMAL(10, 2)", "RENAME COLUMN old TO renamed", "ALTER COLUMN row.a TYPE BIGINT",
                   "RENAME COLUMN row.a TO first", "ADD COLUMN row.c DOUBLE", "ADD COLUMN late STRING FIRST"):
        writer.sql(f"ALTER TABLE {table} {change}")
    writer.sql(f"INSERT INTO {table} SELECT 'late', 5000000000, 0.1, 12345678.12, 'r', named_struct('first', 5000000000, 'b', 'b', 'c', 0.5)")


def iceberg_compacted(writer):
    table = writer.iceberg("compacted", {"format-version": "2", **ON_READ})
    writer.change(table)
    writer.sql("CALL local.system.rewrite_data_files(table => 't.compacted', options => map('rewrite-all', 'true'))")
    writer.sql("CALL local.system.rewrite_manifests('t.compacted')")
    writer.sql(f"DELETE FROM {table} WHERE id = 11")


def iceberg_v1(writer):
    writer.change(writer.iceberg("v1", {"format-version": "1"}))


def iceberg_orc(writer):
    writer.iceberg("orc", {"format-version": "2", "write.format.default": "orc"})


def iceberg_equality_deletes(writer):
    """No engine here writes them: by the library's own writer, on a number and on a text, then rows that come again."""
    table = "local.t.equality_deletes"
    writer.sql(f"CREATE TABLE {table} (id BIGINT, word STRING) USING iceberg TBLPROPERTIES ('format-version' = '2')")
    writer.sql(f"INSERT INTO {table} SELECT 10000000000 + id, CASE WHEN id % 5 = 0 THEN NULL ELSE concat('w', id % 20) END FROM range(100)")
    delete_equal(writer, "id", [10000000000 + key for key in (3, 4, 77, 500)])
    delete_equal(writer, "word", ["w7", None])
    writer.sql(f"INSERT INTO {table} VALUES (10000000003, 'again'), (10000000500, 'w7'), (1, NULL)")
    delete_equal(writer, "id", [10000000500 + 1])


def delete_equal(writer, column, values):
    """One commit with one equality delete file."""
    java, gateway = writer.session._jvm, writer.session.sparkContext._gateway
    iceberg = java.org.apache.iceberg
    table = iceberg.hadoop.HadoopTables(writer.session._jsc.hadoopConfiguration()).load(f"file://{writer.folder}/iceberg/t/equality_deletes")
    schema = table.schema().select([column])
    ids = gateway.new_array(gateway.jvm.int, 1)
    ids[0] = schema.findField(column).fieldId()
    factory = (iceberg.data.GenericFileWriterFactory.Builder(table).deleteFileFormat(iceberg.FileFormat.PARQUET).equalityFieldIds(ids)
               .equalityDeleteRowSchema(schema).build())
    place = table.locationProvider().newDataLocation(f"equality-{column}-{abs(hash(str(values)))}.parquet")
    output = iceberg.encryption.EncryptedFiles.plainAsEncryptedOutput(table.io().newOutputFile(place))
    deletes = factory.newEqualityDeleteWriter(output, table.spec(), None)
    for value in values:
        record = iceberg.data.GenericRecord.create(schema)
        record.setField(column, value)
        deletes.write(record)
    deletes.close()
    table.newRowDelta().addDeletes(deletes.toDeleteFile()).commit()


def main():
    writer = Writer(sys.argv[1])
    writer.sql("CREATE NAMESPACE IF NOT EXISTS local.t")
    with open(writer.folder / "failures", "w", encoding="utf-8") as failures:
        for name, make in list(globals().items()):
            if name.startswith(("delta_", "iceberg_")):
                try:
                    make(writer)
                except Exception as error:
                    print(f"{name}: {type(error).__name__}: {str(error)[:1500]}", file=failures, flush=True)


main()
