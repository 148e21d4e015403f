# SPDX-License-Identifier: Apache-2.0
"""PyIceberg, by the metadata's address and without a catalog."""

import pyiceberg
from pyiceberg.table import StaticTable

from spelling import iceberg_storage


def version():
    return pyiceberg.__version__


def read(request):
    table = StaticTable.from_metadata(request.metadata, properties=iceberg_storage(request.s3))
    return table.scan(selected_fields=tuple(request.columns)).to_arrow().to_pylist(maps_as_pydicts="strict")
