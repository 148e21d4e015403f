# SPDX-License-Identifier: Apache-2.0
"""JSON texts and whether RFC 8259 (as lake.md §2 and http-api.md §1 narrow it) accepts them.

VALUES are put into `{"data": {"v": TEXT}}`; DOCUMENTS are whole request bodies. True = stored, False = 422,
None = the standard leaves it open: either answer, but an answer.
"""

ACCEPTED_NUMBERS = """0 -0 1 -1 10 123 -123 1.0 -1.0 0.0 -0.0 0.1 1.25 123.456 1e0 1E0 1e5 1E5 1e+5 1E+5 1e-5 1E-5 0e0 0e1 0E+1 0.0e0
1.5e3 1.5E-3 -1.5e+3 20e1 1e1 1e22 1e23 5e-324 2.2250738585072014e-308 1.7976931348623157e308 0.1e1 0.000000000000000000001
9007199254740993 9223372036854775807 -9223372036854775808 9223372036854775808 18446744073709551615 18446744073709551616
123456789012345678901234567890 -123456789012345678901234567890 3.141592653589793238462643383279 12345678901234567890.5
0.30000000000000004 1e00 1e01 1e-00 100000000000000000000000000000000000000""".split()

REFUSED_NUMBERS = """01 00 -01 -00 +1 +0 .5 -.5 . - + 1. 0. -1. 1.e5 0.e1 1e 1E 1e+ 1e- 1.5e 1.5e+ 1ee5 1e5.5 --1 -+1 +-1 1+1 1-1 0x10 0xG 0b1
0o7 1_000 1,000.0x NaN nan Infinity -Infinity +Infinity inf -inf INF 1f 1.0f 1d 1L 1n 0x 1e+-5 1.2.3 1e1e1 -e5 e5 .e1 -NaN 1a
2.e+3 2.e-3 0e 0e+ 0E 0.3e 0.3e+ 1eE2 9.e+ 1a5 ٣ １ ²""".split()

ACCEPTED_STRINGS = [
    '""', '"a"', '"é"', '"日本"', '"😀"', r'"\""', r'"\\"', r'"\/"', r'"\b\f\n\r\t"', r'"\u0041"', r'"\u00e9"', r'"\u00E9"',
    r'"\ud83d\ude00"', r'"\uD83D\uDE00"', r'"\uFFFF"', r'"\ufdd0"', r'"\u0000x"', r'"\u001f"', r'"\u007f"', r'"\u2028\u2029"', '"\x7f"',
    '"\u2028"', '"\u2029"', '"\ufeff"', '"\uffff"', '"\U0010ffff"', '"\u0080"', '" "', '"a/b"', r'"\\u0000"', r'"\\\""', '"null"',
    '"' + "x" * 10000 + '"', r'"\u0060\u012a\u12AB"', r'"\uDBFF\uDFFF"', '"[]{},:"', '"//"', '"/**/"',
]

REFUSED_STRINGS = [
    '"', '"a', 'a"', "'a'", '"\t"', '"\n"', '"\r"', '"\x00"', '"\x01"', '"\x1f"', r'"\a"', r'"\v"', r'"\0"', r'"\x41"', r'"\u"', r'"\u1"',
    r'"\u12"', r'"\u123"', r'"\u123g"', r'"\U0041"', r'"\ud800"', r'"\udc00"', r'"\ud800x"', r'"\ud800\u0041"', r'"\ud800\ud800"',
    r'"\udc00\ud800"', r'"\ud83d"', r'"\ude00"', r'"\ud83d\n"', r'"\uD83D\u"', r'"\""x', '"\\"', r'"\'"', '"a" "b"', r'\u0041', '"\\ "',
    '"\\é"', r'"\e"', r'"\u 041"', r'"\u-041"', r'"\u+041"', r'"\ud83d\\ude00"', '“a”', '`a`', r'"\u{41}"', r'"\N"',
]

ACCEPTED_VALUES = [
    "true", "false", "null", "{}", "[]", "[[]]", "[{}]", '{"a":{}}', "[1,2,3]", "[ ]", "{ }", "[\n1\t,\r2 ]", '{"a" : 1 , "b" : 2}',
    '{"a":1,"a":2}', '{"":1}', '{"\\u0061":1}', '{"a b":1}', "[null]", "[true,false]", '[1,"a",null,{"x":[]}]', "[0]", "[-0]",
    "[" * 100 + "]" * 100, '{"a":' * 100 + "1" + "}" * 100, "[" + ",".join(["1"] * 5000) + "]", '{"é":"ü"}', '{"😀":1}', '[""]', '{"a":[]}',
]

REFUSED_VALUES = [
    "", "nul", "tru", "fals", "True", "FALSE", "Null", "nulll", "truefalse", "undefined", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]",
    "[,]", "[1,,2]", "[1 2]", "[1:2]", '{"a"}', '{"a":}', '{"a":1,}', '{,}', '{,"a":1}', '{"a" 1}', '{"a",1}', "{a:1}", "{'a':1}", "{1:1}",
    "{null:1}", '{"a":1 "b":2}', '{"a":1;"b":2}', '{"a":1,,"b":2}', '{"a"::1}', '[}', "{]", "[1}", '{"a":1]', "[[]", "[]]", '{"a":{}',
    "[1] 2", '{"a":1}}', "/**/1", "1/**/", "1//x", "#1", "[1]//", "1;", "(1)", "<1>", "=1", "[\x0b1]", "[\x0c1]", "[\u00a01]", "[\u20601]",
    "[\u20281]", "[\ufeff1]", "*", "[*]", "[NaN]", "[Infinity]", "[-Infinity]", "[.1]", "[01]", '["a\nb"]', '{"a":tru}', '{"a":01}', "[1,]]",
    '{"a":"b"', '{"a', '{"a":', '{"a":"', "[\"", '["a', '["a",', "[tru", "[nul", "@", "$", "1 1", "{} {}", "true false", "-", "[-]", "[+1]",
]

VALUES = ([(text, True) for text in ACCEPTED_NUMBERS + ACCEPTED_STRINGS + ACCEPTED_VALUES]
          + [(text, False) for text in REFUSED_NUMBERS + REFUSED_STRINGS + REFUSED_VALUES]
          + [(text, None) for text in ("1e400", "-1e400", "1e-400", "1" * 400, "0." + "1" * 400, "1e999999999999999999999", r'{"\u0000":1}')])

GOOD = b'{"data":{"v":1}}'

DOCUMENTS = [
    (GOOD, True), (b" \t\r\n" + GOOD + b" \t\r\n", True), (b'{"data":\n{"v"\r:\t1}\n}\n', True), (b'{"data":{"v":1},"data":{"v":2}}', True),
    (b'{"more":[1],"data":{"v":1}}', True), (b'{"\\u0064ata":{"v":1}}', True), (b'{"data":{}}', True), (b'{"data":{"v":1},"x":{"y":[]}}', True),
    (b"", False), (b" ", False), (b"\n", False), (b"null", False), (b"1", False), (b'"a"', False), (b"[]", False), (b"{}", False),
    (b'{"data":null}', False), (b'{"data":[]}', False), (b'{"data":"x"}', False), (b'{"data":1}', False), (b'{"DATA":{}}', False),
    (GOOD + b"x", False), (GOOD + b",", False), (GOOD + b"\x00", False), (GOOD + GOOD, False), (b"\x00" + GOOD, False), (GOOD[:-1], False),
    (GOOD[:-2], False), (b"{" + GOOD, False), (GOOD + b"}", False), (b"\xef\xbb\xbf" + GOOD, None), (b'{"data":{"v":1},}', False),
    (b'{"data":{"v":1,}}', False), (b'{"data":{,"v":1}}', False), (b'{data:{"v":1}}', False), (b"{'data':{'v':1}}", False),
    (GOOD.decode().encode("utf-16"), False), (GOOD.decode().encode("utf-16-le"), False), (GOOD.decode().encode("utf-32"), False),
    (b"{\"data\":{\"v\":\"\xff\"}}", False), (b"{\"data\":{\"v\":\"\xc3\"}}", False), (b"{\"data\":{\"v\":\"\xc3\x28\"}}", False),
    (b"{\"data\":{\"v\":\"\xa0\xa1\"}}", False), (b"{\"data\":{\"v\":\"\xe2\x28\xa1\"}}", False), (b"{\"data\":{\"v\":\"\xe2\x82\x28\"}}", False),
    (b"{\"data\":{\"v\":\"\xf0\x28\x8c\xbc\"}}", False), (b"{\"data\":{\"v\":\"\xf0\x90\x28\xbc\"}}", False),
    (b"{\"data\":{\"v\":\"\xf0\x28\x8c\x28\"}}", False), (b"{\"data\":{\"v\":\"\xc0\x80\"}}", False), (b"{\"data\":{\"v\":\"\xc0\xaf\"}}", False),
    (b"{\"data\":{\"v\":\"\xe0\x80\xaf\"}}", False), (b"{\"data\":{\"v\":\"\xf0\x80\x80\xaf\"}}", False), (b"{\"data\":{\"v\":\"\xed\xa0\x80\"}}", False),
    (b"{\"data\":{\"v\":\"\xed\xbf\xbf\"}}", False), (b"{\"data\":{\"v\":\"\xf4\x90\x80\x80\"}}", False), (b"{\"data\":{\"v\":\"\xf8\x88\x80\x80\x80\"}}", False),
    (b"{\"data\":{\"v\":\"\xfe\"}}", False), (b"{\"data\":{\"\xff\":1}}", False), (b"{\"data\":{\"v\":1},\"\xff\":2}", False),
    ("{\"data\":{\"v\":\"é\"}}".encode("latin-1"), False), (b"{\"data\":{\"v\":\"\xf4\x8f\xbf\xbf\"}}", True),
    (b"{\"data\":{\"v\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\"}}", True),
    (b'<data v="1"/>', False), (b"data: {v: 1}", False), (b"v=1&data=2", False), (b'{"data":{"v":1}}/*x*/', False), (b'//x\n{"data":{"v":1}}', False),
    (b'{"data":{"v":1}}\n\n', True), (b"\x0c" + GOOD, False), (b"\xc2\xa0" + GOOD, False), (b"[" * 100000, False), (b'{"data":' * 100000, False),
    (b'{"data":{"v":' + b"[" * 100000 + b"]" * 100000 + b"}}", False),
]
