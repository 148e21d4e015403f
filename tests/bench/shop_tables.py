# SPDX-License-Identifier: Apache-2.0
"""A trading firm in eight tables, made from range() with arithmetic in place of chance. Scale 1 has the row counts of
the usual decision-support benchmark's scale factor 1."""

MIX = "hash({0} * 7919 + {1})"


def pick(row, salt, limit):
    """A number below `limit` that looks drawn."""
    return f"({MIX.format(row, salt)} % {limit})::BIGINT"


def word(row, salt, words):
    listed = ", ".join(f"'{one}'" for one in words)
    return f"([{listed}])[{pick(row, salt, len(words))} + 1]"


REGIONS = ["north", "south", "east", "west", "centre"]
SEGMENTS = ["household", "building", "machinery", "furniture", "automobile"]
PRIORITIES = ["1-urgent", "2-high", "3-medium", "4-low", "5-none"]
MODES = ["air", "rail", "ship", "truck", "mail", "pickup", "regular air"]
INSTRUCTIONS = ["in person", "collect", "none", "return"]
MATERIALS = ["brass", "copper", "nickel", "steel", "tin"]
FINISHES = ["brushed", "polished", "plated", "burnished", "anodized"]
SIZES = ["small", "medium", "large", "economy", "standard", "promo"]
CONTAINERS = ["small box", "small case", "medium bag", "medium box", "large case", "large box", "jumbo pack", "wrap jar"]
COLOURS = ["green", "azure", "ivory", "forest", "misty", "plum", "rose", "sandy", "tan", "violet"]


def tables(scale):
    """Name -> SELECT."""
    suppliers, customers, parts = int(10_000 * scale), int(150_000 * scale), int(200_000 * scale)
    orders = int(1_500_000 * scale)
    return {
        "region": f"SELECT i AS region_id, ([{', '.join(repr(one) for one in REGIONS)}])[i + 1] AS region_name FROM range({len(REGIONS)}) t(i)",
        "nation": f"SELECT i AS nation_id, 'nation ' || i AS nation_name, i % {len(REGIONS)} AS region_id FROM range(25) t(i)",
        "supplier": f"""SELECT i AS supplier_id, 'supplier ' || i AS supplier_name, {pick('i', 1, 25)} AS nation_id, '{{}}-' || {pick('i', 2, 10**9)} AS phone,
 ({pick('i', 3, 1_100_000)} - 100000)::DECIMAL(13,0) * 0.01 AS balance, CASE WHEN i % 211 = 0 THEN 'complaints of a customer' ELSE 'quiet ' || i END AS remark
 FROM range({suppliers}) t(i)""".replace("{}", "49"),
        "customer": f"""SELECT i AS customer_id, 'customer ' || i AS customer_name, {pick('i', 11, 25)} AS nation_id, (10 + {pick('i', 12, 25)}) || '-' || {pick('i', 13, 10**7)} AS phone,
 ({pick('i', 14, 1_100_000)} - 100000)::DECIMAL(13,0) * 0.01 AS balance, {word('i', 15, SEGMENTS)} AS segment FROM range({customers}) t(i)""",
        "part": f"""SELECT i AS part_id, {word('i', 21, COLOURS)} || ' ' || {word('i', 22, COLOURS)} || ' part' AS part_name, 'maker ' || {pick('i', 23, 5)} AS maker,
 'brand ' || {pick('i', 24, 25)} AS brand, {word('i', 25, SIZES)} || ' ' || {word('i', 26, FINISHES)} || ' ' || {word('i', 27, MATERIALS)} AS kind,
 1 + {pick('i', 28, 50)} AS size, {word('i', 29, CONTAINERS)} AS container, (90000 + {pick('i', 30, 110000)})::DECIMAL(13,0) * 0.01 AS retail_price FROM range({parts}) t(i)""",
        "offer": f"""SELECT i // 4 AS part_id, (i // 4 + (i % 4) * {max(suppliers // 4, 1)} + i % 4) % {suppliers} AS supplier_id, 1 + {pick('i', 41, 9999)} AS available,
 (100 + {pick('i', 42, 99900)})::DECIMAL(13,0) * 0.01 AS cost FROM range({parts * 4}) t(i)""",
        "orders": f"""SELECT i AS order_id, {pick('i', 51, customers)} // 3 * 3 + 1 AS customer_id, ['F', 'O', 'P'][{pick('i', 52, 3)} + 1] AS state,
 (100000 + {pick('i', 53, 40_000_000)})::DECIMAL(13,0) * 0.01 AS total, DATE '2019-01-01' + {pick('i', 54, 2406)}::INTEGER AS ordered, {word('i', 55, PRIORITIES)} AS priority,
 CASE WHEN {pick('i', 56, 90)} = 0 THEN 'special wishes and requests' ELSE 'note ' || {pick('i', 57, 10**6)} END AS remark FROM range({orders}) t(i)""",
        "line": f"""SELECT i // 4 AS order_id, i % 4 AS line_no, {pick('i', 61, parts)} AS part_id, ({pick('i', 61, parts)} + {pick('i', 62, 4)} * {max(suppliers // 4, 1)} + {pick('i', 62, 4)}) % {suppliers} AS supplier_id,
 (1 + {pick('i', 63, 50)})::DECIMAL(15,2) AS quantity, (90000 + {pick('i', 64, 9_000_000)})::DECIMAL(13,0) * 0.01 AS price, {pick('i', 65, 11)}::DECIMAL(13,0) * 0.01 AS discount,
 {pick('i', 66, 9)}::DECIMAL(13,0) * 0.01 AS tax, ['A', 'N', 'R'][{pick('i', 67, 3)} + 1] AS returned, ['F', 'O'][{pick('i', 68, 2)} + 1] AS status,
 DATE '2019-01-01' + ({pick('i // 4', 54, 2406)} + 1 + {pick('i', 69, 120)})::INTEGER AS shipped, DATE '2019-01-01' + ({pick('i // 4', 54, 2406)} + 30 + {pick('i', 70, 60)})::INTEGER AS promised,
 DATE '2019-01-01' + ({pick('i // 4', 54, 2406)} + 2 + {pick('i', 69, 120)} + {pick('i', 71, 30)})::INTEGER AS received, {word('i', 72, INSTRUCTIONS)} AS instruction, {word('i', 73, MODES)} AS mode
 FROM range({orders * 4}) t(i)""",
    }
