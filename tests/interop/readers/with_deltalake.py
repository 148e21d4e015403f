# SPDX-License-Identifier: Apache-2.0
"""delta-rs, through its own SQL."""

import deltalake
import pyarrow

from spelling import delta_storage, quoted


def version():
    return deltalake.__version__


def read(request):
    table = deltalake.DeltaTable(request.table, storage_options=delta_storage(request.s3))
    result = deltalake.QueryBuilder().register("t", table).execute(f"SELECT {quoted(request.columns)} FROM t")
    return pyarrow.table(result.read_all()).to_pylist(maps_as_pydicts="strict")
