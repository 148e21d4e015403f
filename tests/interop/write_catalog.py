# SPDX-License-Identifier: Apache-2.0
"""write_catalog.py CATALOG_URI VERB ...: pyiceberg as a writer through a REST catalog. Runs inside the environment of
engines.py; TARN_CLIENT_PROPERTIES (JSON) says how to reach the files. A lost race is answered as its documentation says: load the table again, do it again."""

import json
import os
import sys

import pyarrow
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StringType

ATTEMPTS = 200


def again(catalog, name, change):
    """How many races `change` lost before its commit."""
    for lost in range(ATTEMPTS):
        try:
            change(catalog.load_table(name))
            return lost
        except (CommitFailedException, ValidationException) as error:  # the second is what its own next attempt says of files of others
            last = error
    raise last


def rows(table, keys, text):
    """A batch of all columns with the two that the tests fill."""
    return pyarrow.Table.from_pylist([{"id": key, "s": text} for key in keys], schema=table.schema().as_arrow())


def append(catalog, name, first, last, batches):
    """`batches` commits with the keys from `first` up to `last`, one after the other."""
    step = (last - first) // batches
    lost = 0
    for start in range(first, last, step):
        lost += again(catalog, name, lambda table, start=start: table.append(rows(table, range(start, start + step), "theirs")))
    print(f"lost races: {lost}")


def delete(catalog, name, first, last):
    again(catalog, name, lambda table: table.delete(f"id >= {first} and id < {last}"))


def upsert(catalog, name, first, last):
    again(catalog, name, lambda table: table.upsert(rows(table, range(first, last), "upserted"), join_cols=["id"]))


def rounds(catalog, name, first, count):
    """What writers/sql_commits.py does in SQL: nine rows are there after each round, appended, one of them deleted, one changed
    and changed back, one upserted as new."""
    for start in range(first, first + 100 * count, 100):
        theirs = lambda table, *keys: pyarrow.Table.from_pylist([{"id": key, "s": f"theirs {key}"} for key in keys], schema=table.schema().as_arrow())
        again(catalog, name, lambda table: table.append(theirs(table, *range(start, start + 9))))
        again(catalog, name, lambda table: table.delete(f"id = {start + 4}"))
        again(catalog, name, lambda table: table.upsert(rows(table, [start + 3], "changed"), join_cols=["id"]))
        again(catalog, name, lambda table: table.upsert(theirs(table, start + 3, start + 9), join_cols=["id"]))


def life(catalog):
    """Namespaces and tables of one's own, from making to dropping."""
    catalog.create_namespace("lab", {"owner": "me"})
    catalog.create_namespace(("lab", "deep"))
    assert ("lab", "deep") in catalog.list_namespaces("lab")
    catalog.update_namespace_properties("lab", removals={"owner"}, updates={"room": "7"})
    properties = catalog.load_namespace_properties("lab")
    assert properties == {"room": "7", "location": properties["location"]}
    table = catalog.create_table(("lab", "deep", "samples"), Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "s", StringType())))
    table.append(rows(table, range(100), "one"))
    with table.update_schema() as change:
        change.add_column("more", StringType())
    with table.update_spec() as change:
        change.add_identity("s")
    table.append(pyarrow.Table.from_pylist([{"id": 1000, "s": "two", "more": "x"}], schema=table.schema().as_arrow()))
    table.delete("id < 50")
    with table.manage_snapshots() as change:
        change.create_tag(table.current_snapshot().snapshot_id, "kept")
    assert len(catalog.load_table(("lab", "deep", "samples")).scan().to_arrow()) == 51
    staged = catalog.create_table_transaction(("lab", "staged"), table.schema())
    with staged as transaction:
        transaction.append(pyarrow.Table.from_pylist([{"id": 1, "s": "a", "more": "b"}], schema=table.schema().as_arrow()))
    assert len(catalog.load_table(("lab", "staged")).scan().to_arrow()) == 1
    catalog.rename_table(("lab", "staged"), ("lab", "deep", "moved"))
    assert sorted(catalog.list_tables(("lab", "deep"))) == [("lab", "deep", "moved"), ("lab", "deep", "samples")]
    where = catalog.load_table(("lab", "deep", "moved")).metadata_location
    catalog.drop_table(("lab", "deep", "moved"))
    back = catalog.register_table(("lab", "back"), where)
    assert len(back.scan().to_arrow()) == 1
    catalog.purge_table(("lab", "back"))
    catalog.purge_table(("lab", "deep", "samples"))
    catalog.drop_namespace(("lab", "deep"))
    catalog.drop_namespace("lab")
    assert ("lab",) not in catalog.list_namespaces()


def main():
    catalog = RestCatalog("tarn", uri=sys.argv[1], **json.loads(os.environ.get("TARN_CLIENT_PROPERTIES", "{}")))
    verb, arguments = sys.argv[2], sys.argv[3:]
    name = tuple(arguments[0].split(".")) if arguments else ()
    numbers = [int(one) for one in arguments[1:]]
    {"append": append, "delete": delete, "upsert": upsert, "rounds": rounds, "life": life}[verb](catalog, *([name] if name else []), *numbers)


main()
