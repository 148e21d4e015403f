# SPDX-License-Identifier: Apache-2.0
"""read_catalog.py CATALOG_URI TABLE COLUMNS JSON_COLUMNS: prints the canonical lines of a table that pyiceberg finds in a
REST catalog; TABLE is domain.layer.name. Runs inside the environment of engines.py."""

import sys

from canonical import lines
from pyiceberg.catalog.rest import RestCatalog


def main():
    uri, table, columns, json_columns = sys.argv[1:5]
    catalog = RestCatalog("tarn", uri=uri)
    domain, layer, name = table.split(".")
    assert (domain, layer) in catalog.list_namespaces(domain)
    assert (domain, layer, name) in catalog.list_tables((domain, layer))
    assert catalog.table_exists((domain, layer, name))
    rows = catalog.load_table((domain, layer, name)).scan(selected_fields=tuple(columns.split(","))).to_arrow().to_pylist()
    for line in lines([{key: row[key] for key in columns.split(",")} for row in rows], set(json_columns.split(","))):
        print(line)


main()
