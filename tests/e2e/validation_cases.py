# SPDX-License-Identifier: Apache-2.0
"""The validation matrix of http-api.md §4.6 as data: for each column type the JSON texts it accepts with the value a
query then shows, and those it rejects with the error type."""

from decimal import Decimal as D

BIG = 2**63

INTEGER = {
    "accepts": [("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("1.0", 1), ("1e3", 1000), ("1E3", 1000), ("-2.50e1", -25), ("100e-2", 1),
                ("true", 1), ("false", 0), ('"123"', 123), ('" 123 "', 123), ('"+5"', 5), ('"-5"', -5), ('"1.0"', 1), ('"1.00"', 1),
                ('"1_000"', 1000), ('"007"', 7), (str(BIG - 1), BIG - 1), (str(-BIG), -BIG), (f'"{BIG - 1}"', BIG - 1),
                (f'"{-BIG}"', -BIG), ("9007199254740993", 9007199254740993), ("null", None)],
    "rejects": [("1.5", "int_from_float"), ("1e-1", "int_from_float"), ("-0.5", "int_from_float"), ('"1.5"', "int_parsing"),
                ('"abc"', "int_parsing"), ('""', "int_parsing"), ('" "', "int_parsing"), ('"1e3"', "int_parsing"), ('"0x10"', "int_parsing"),
                ('"_1"', "int_parsing"), ('"1_"', "int_parsing"), ('"+-1"', "int_parsing"), ('"--1"', "int_parsing"), ('"1 2"', "int_parsing"),
                ('"١"', "int_parsing"), ("[]", "int_type"), ("[1]", "int_type"), ("{}", "int_type"), (str(BIG), "int_parsing_size"),
                (str(-BIG - 1), "int_parsing_size"), ("1e30", "int_parsing_size"), (f'"{BIG}"', "int_parsing_size"),
                ("123456789012345678901234567890", "int_parsing_size"), (f'"{"9" * 40}"', "int_parsing_size")],
    "null": "int_type",
}

FLOAT = {
    "accepts": [("1", 1.0), ("1.5", 1.5), ("-0.0", 0.0), ("1e3", 1000.0), ("1e-320", 1e-320), ("0.1", 0.1), ("1.7976931348623157e308", 1.7976931348623157e308),
                ("12345678901234567890", 1.2345678901234567e19), ("true", 1.0), ("false", 0.0), ('"1.5"', 1.5), ('"1e3"', 1000.0),
                ('"-2"', -2.0), ('"+2.5"', 2.5), ('"1E-2"', 0.01), ("5e-324", 5e-324), ("null", None)],
    "rejects": [('"abc"', "float_parsing"), ('""', "float_parsing"), ('"1.5x"', "float_parsing"), ('"0x10"', "float_parsing"), ("[]", "float_type"),
                ("{}", "float_type"), ("[1.5]", "float_type"), ('"NaN"', "finite_number"), ('"nan"', "finite_number"), ('"inf"', "finite_number"),
                ('"-inf"', "finite_number"), ('"Infinity"', "finite_number"), ('"-Infinity"', "finite_number"), ('"1e400"', "finite_number"),
                ("1e400", "finite_number"), ("-1e400", "finite_number")],
    "null": "float_type",
}

DECIMAL = {
    "accepts": [("1", D(1)), ("1.5", D("1.5")), ('"1.5"', D("1.5")), ("0.1", D("0.1")), ("12345678901234567890.5", D("12345678901234567890.5")),
                ('"12345678901234567890123456789.123456789"', D("12345678901234567890123456789.123456789")),
                ("99999999999999999999999999999.999999999", D("99999999999999999999999999999.999999999")), ("1e3", D(1000)), ('"1E-2"', D("0.01")),
                ("0.0000000005", D(0)), ("1.0000000015", D("1.000000002")), ("1.0000000025", D("1.000000002")), ("1.00000000250001", D("1.000000003")),
                ("-1.0000000015", D("-1.000000002")), ("true", D(1)), ("false", D(0)), ("-7", D(-7)), ("1e-30", D(0)), ("null", None)],
    "rejects": [('"abc"', "decimal_parsing"), ('""', "decimal_parsing"), ('"1,5"', "decimal_parsing"), ("[]", "decimal_type"), ("{}", "decimal_type"),
                ("1e29", "decimal_whole_digits"), ("123456789012345678901234567890", "decimal_whole_digits"), ('"1e40"', "decimal_whole_digits"),
                ('"NaN"', "finite_number"), ('"inf"', "finite_number"), ('"-Infinity"', "finite_number"), ("1e400", "decimal_whole_digits")],
    "null": "decimal_type",
}

DECIMAL_5_2 = {
    "accepts": [("999.99", D("999.99")), ("-999.99", D("-999.99")), ("0.125", D("0.12")), ("0.135", D("0.14")), ("0.1250000001", D("0.13")),
                ('"1e2"', D(100)), ("999.994", D("999.99")), ("null", None)],
    "rejects": [("1000", "decimal_whole_digits"), ("-1000", "decimal_whole_digits"), ('"99999"', "decimal_whole_digits"), ('"x"', "decimal_parsing"),
                ("999.995", "decimal_whole_digits")],
    "null": "decimal_type",
}

BOOLEAN = {
    "accepts": [("true", True), ("false", False), ("1", True), ("0", False), ("1.0", True), ("0.0", False)]
    + [(f'"{word}"', True) for word in ("1", "t", "T", "true", "TRUE", "True", "y", "Y", "yes", "YES", "on", "On")]
    + [(f'"{word}"', False) for word in ("0", "f", "F", "false", "FALSE", "n", "N", "no", "No", "off", "OFF")] + [("null", None)],
    "rejects": [("2", "bool_parsing"), ("-1", "bool_parsing"), ('"abc"', "bool_parsing"), ('""', "bool_parsing"), ('"2"', "bool_parsing"),
                ('"tru"', "bool_parsing"), ("1.5", "bool_type"), ("[]", "bool_type"), ("{}", "bool_type"), ("[true]", "bool_type")],
    "null": "bool_type",
}

STRING = {
    "accepts": [('""', ""), ('"a"', "a"), ('"日本 😀"', "日本 😀"), (r'"a\u00e9\n\"\\"', 'aé\n"\\'), ('" x "', " x "), ('"null"', "null"),
                ('"2024-01-01"', "2024-01-01"), ('"' + "y" * 5000 + '"', "y" * 5000), ("null", None)],
    "rejects": [("1", "string_type"), ("1.5", "string_type"), ("true", "string_type"), ("[]", "string_type"), ("{}", "string_type"), ('["a"]', "string_type")],
    "null": "string_type",
}

TIMESTAMP = {
    "accepts": [('"2024-02-29T12:34:56Z"', "2024-02-29T12:34:56Z"), ('"2024-02-29 12:34:56"', "2024-02-29T12:34:56Z"),
                ('"2024-02-29T12:34"', "2024-02-29T12:34:00Z"), ('"2024-02-29"', "2024-02-29T00:00:00Z"),
                ('"2024-02-29T12:34:56.123456789Z"', "2024-02-29T12:34:56.123456Z"), ('"2024-02-29T12:34:56.5"', "2024-02-29T12:34:56.5Z"),
                ('"2024-02-29T12:34:56+02:00"', "2024-02-29T10:34:56Z"), ('"2024-02-29T00:30:00+0130"', "2024-02-28T23:00:00Z"),
                ('"2024-02-29T23:30:00-05:00"', "2024-03-01T04:30:00Z"), ('"1969-12-31T23:59:59.999999Z"', "1969-12-31T23:59:59.999999Z"),
                ('"2000-01-01 00:00:00.000001Z"', "2000-01-01T00:00:00.000001Z"), ("null", None)],
    "rejects": [("1700000000", "string_type"), ("1.5", "string_type"), ("true", "string_type"), ("[]", "string_type"), ("{}", "string_type"),
                ('"2024-13-45"', "datetime_parsing"), ('"banana"', "datetime_parsing"), ('""', "datetime_parsing"), ('"2023-02-29"', "datetime_parsing"),
                ('"2024-02-30T00:00:00"', "datetime_parsing"), ('"2024-01-01T25:00:00"', "datetime_parsing"), ('"2024-01-01T10:60:00"', "datetime_parsing"),
                ('"2024-01-01T10"', "datetime_parsing"), ('"2024-01-01T10:00:00 UTC"', "datetime_parsing"), ('"1700000000"', "datetime_parsing"),
                ('"2024-1-1"', "datetime_parsing"), ('"2024-01-01T"', "datetime_parsing"), ('"2024-01-01T10:00:00+99:00"', "datetime_parsing")],
    "null": "string_type",
}

DATE = {
    "accepts": [('"2024-02-29"', "2024-02-29"), ('"2024-02-29T00:00:00"', "2024-02-29"), ('"2024-02-29 00:00:00"', "2024-02-29"),
                ('"1900-01-01"', "1900-01-01"), ("null", None)],
    "rejects": [("20240229", "string_type"), ("true", "string_type"), ("[]", "string_type"), ("{}", "string_type"), ('"2023-02-29"', "date_parsing"),
                ('"2024-13-01"', "date_parsing"), ('"banana"', "date_parsing"), ('""', "date_parsing"), ('"29.02.2024"', "date_parsing"),
                ('"2024-2-9"', "date_parsing"), ('"2024-02-29T12:00:00"', "date_from_datetime_inexact"),
                ('"2024-02-29T00:00:01Z"', "date_from_datetime_inexact")],
    "null": "string_type",
}

JSON = {
    "accepts": [("{}", {}), ('{"a":1,"b":[null,{"c":"é"}]}', {"a": 1, "b": [None, {"c": "é"}]}), ('{"x":12345678901234567890}', {"x": 12345678901234567890}),
                ("null", None)],
    "rejects": [("[]", "dict_type"), ("1", "dict_type"), ('"{}"', "dict_type"), ("true", "dict_type"), ("[{}]", "dict_type")],
    "null": "dict_type",
}

ARRAY = {
    "accepts": [("[]", []), ('[1,"a",null,true,{"b":[]},1.5]', [1, "a", None, True, {"b": []}, D("1.5")]), ("[[],[[]]]", [[], [[]]]), ("null", None)],
    "rejects": [("{}", "list_type"), ("1", "list_type"), ('"[]"', "list_type"), ("false", "list_type")],
    "null": "list_type",
}

MATRIX = {"string": STRING, "varchar": STRING, "integer": INTEGER, "bigint": INTEGER, "float": FLOAT, "double": FLOAT, "decimal": DECIMAL,
          "decimal(5,2)": DECIMAL_5_2, "boolean": BOOLEAN, "timestamp": TIMESTAMP, "date": DATE, "json": JSON, "array": ARRAY}

SQL_TYPES = {"string": "VARCHAR", "varchar": "VARCHAR", "integer": "BIGINT", "bigint": "BIGINT", "float": "DOUBLE", "double": "DOUBLE",
             "decimal": "DECIMAL(38,9)", "decimal(5,2)": "DECIMAL(5,2)", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP WITH TIME ZONE",
             "date": "DATE", "json": "JSON", "array": "JSON"}

# Of the types a key may have: JSON texts that are one key after coercion.
SAME_KEY = {"integer": ["1", '"1"', "1.0", "true", '" 1 "'], "boolean": ["true", "1", '"yes"'], "decimal": ["1", '"1.0"', "1.0000000001"],
            "date": ['"2024-01-01"', '"2024-01-01T00:00:00"'], "timestamp": ['"2024-01-01"', '"2024-01-01T02:00:00+02:00"'], "string": ['"a"', r'"\u0061"']}
