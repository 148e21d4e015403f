# SPDX-License-Identifier: Apache-2.0
"""One spelling for a row, whoever read it: numbers as plain decimals, times as ISO text with microseconds, bytes as
base64, what is no finite number as text. Two engines agree when their sorted lines agree."""

import base64
import datetime
import json
import math
import re
import struct
from decimal import Context, Decimal

WIDE = Context(prec=80)
TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z?)$")


def number(value):
    value = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    value = WIDE.normalize(value)
    return "#" + (format(value, "f") if value else "0")


def moment(value):
    if value.tzinfo:
        value = value.astimezone(datetime.timezone.utc)
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + ("Z" if value.tzinfo else "")


def text(value):
    match = TIME.match(value)
    return f"{match[1]}.{(match[2] or '').ljust(6, '0')}{match[3]}" if match else value


def canonical(value):
    """A value as a Python engine or as Tarn's JSON gives it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (int, float, Decimal)):
        return number(value)
    if isinstance(value, datetime.datetime):
        return moment(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: canonical(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return pairs(value) or [canonical(one) for one in value]
    return text(str(value))


def pairs(value):
    """A map comes from Arrow as a list of key and value."""
    if value and all(isinstance(one, dict) and set(one) == {"key", "value"} for one in value):
        return {str(one["key"]): canonical(one["value"]) for one in value}
    return None


def single(value):
    """A number of 4 bytes, which engines spell with as many digits as they like."""
    return struct.unpack("f", struct.pack("f", value))[0] if isinstance(value, (float, Decimal)) else value


def lines(rows, json_columns=(), single_columns=()):
    """Sorted lines; columns that hold JSON text are parsed first, those of floating numbers of 4 bytes rounded to them."""
    out = []
    for row in rows:
        row = {key: json.loads(value, parse_float=Decimal) if key in json_columns and isinstance(value, str) else value for key, value in row.items()}
        row |= {key: single(row[key]) for key in single_columns}
        out.append(json.dumps(canonical(row), sort_keys=True, ensure_ascii=False))
    return sorted(out)
