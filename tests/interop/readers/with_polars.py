# SPDX-License-Identifier: Apache-2.0
"""Polars' scans of both formats."""

import polars

from spelling import delta_storage, iceberg_storage


def version():
    return polars.__version__


def read(request):
    if request.format == "delta":
        scan = polars.scan_delta(request.table, storage_options=delta_storage(request.s3))
    else:
        scan = polars.scan_iceberg(request.metadata, storage_options=iceberg_storage(request.s3))
    return scan.select(request.columns).collect().to_arrow().to_pylist(maps_as_pydicts="strict")
