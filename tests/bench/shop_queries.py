# SPDX-License-Identifier: Apache-2.0
"""Twenty-two questions to the tables of shop_tables.py, of the kinds decision-support benchmarks ask: scans with many
sums, joins of up to eight tables, correlated and anti joins, top lists, ratios. `{name}` is a table's reference."""

NET = "price * (1 - discount)"

QUERIES = [
    # 1 price summary by flag
    f"""SELECT returned, status, sum(quantity) AS q, sum(price) AS p, sum({NET}) AS net, sum({NET} * (1 + tax)) AS gross, avg(quantity) AS aq, avg(price) AS ap, avg(discount) AS ad, count(*) AS n
 FROM {{line}} WHERE shipped <= DATE '2025-09-02' GROUP BY ALL ORDER BY ALL""",
    # 2 cheapest offer of each part of a kind in a region
    """SELECT s.balance, s.supplier_name, n.nation_name, p.part_id, p.maker FROM {part} p JOIN {offer} o USING (part_id) JOIN {supplier} s USING (supplier_id) JOIN {nation} n USING (nation_id)
 JOIN {region} r USING (region_id) WHERE p.size = 15 AND p.kind LIKE '%brass' AND r.region_name = 'east' AND o.cost = (SELECT min(o2.cost) FROM {offer} o2 JOIN {supplier} s2 USING (supplier_id)
 JOIN {nation} n2 USING (nation_id) JOIN {region} r2 USING (region_id) WHERE o2.part_id = p.part_id AND r2.region_name = 'east') ORDER BY s.balance DESC, n.nation_name, s.supplier_name, p.part_id LIMIT 100""",
    # 3 most valuable unshipped orders
    f"""SELECT l.order_id, sum({NET}) AS revenue, o.ordered FROM {{customer}} c JOIN {{orders}} o USING (customer_id) JOIN {{line}} l USING (order_id) WHERE c.segment = 'building'
 AND o.ordered < DATE '2022-03-15' AND l.shipped > DATE '2022-03-15' GROUP BY l.order_id, o.ordered ORDER BY revenue DESC, o.ordered, l.order_id LIMIT 10""",
    # 4 orders with a late line by priority
    """SELECT priority, count(*) AS n FROM {orders} o WHERE ordered >= DATE '2021-07-01' AND ordered < DATE '2021-10-01'
 AND EXISTS (SELECT 1 FROM {line} l WHERE l.order_id = o.order_id AND l.promised < l.received) GROUP BY priority ORDER BY priority""",
    # 5 revenue of local suppliers
    f"""SELECT n.nation_name, sum({NET}) AS revenue FROM {{customer}} c JOIN {{orders}} o USING (customer_id) JOIN {{line}} l USING (order_id) JOIN {{supplier}} s ON l.supplier_id = s.supplier_id
 AND c.nation_id = s.nation_id JOIN {{nation}} n ON s.nation_id = n.nation_id JOIN {{region}} r USING (region_id) WHERE r.region_name = 'north' AND o.ordered >= DATE '2021-01-01'
 AND o.ordered < DATE '2022-01-01' GROUP BY ALL ORDER BY revenue DESC, 1""",
    # 6 what small discounts cost
    """SELECT sum(price * discount) AS lost FROM {line} WHERE shipped >= DATE '2021-01-01' AND shipped < DATE '2022-01-01' AND discount BETWEEN 0.05 AND 0.07 AND quantity < 24""",
    # 7 trade between two nations
    f"""SELECT sn.nation_name AS seller, cn.nation_name AS buyer, year(l.shipped) AS y, sum({NET}) AS revenue FROM {{supplier}} s JOIN {{line}} l USING (supplier_id) JOIN {{orders}} o USING (order_id)
 JOIN {{customer}} c USING (customer_id) JOIN {{nation}} sn ON s.nation_id = sn.nation_id JOIN {{nation}} cn ON c.nation_id = cn.nation_id WHERE ((sn.nation_id = 6 AND cn.nation_id = 7)
 OR (sn.nation_id = 7 AND cn.nation_id = 6)) AND l.shipped BETWEEN DATE '2021-01-01' AND DATE '2022-12-31' GROUP BY ALL ORDER BY ALL""",
    # 8 market share of a nation
    f"""SELECT y, sum(CASE WHEN nation = 2 THEN volume ELSE 0 END) / sum(volume) AS share FROM (SELECT year(o.ordered) AS y, {NET} AS volume, s.nation_id AS nation FROM {{part}} p
 JOIN {{line}} l USING (part_id) JOIN {{supplier}} s USING (supplier_id) JOIN {{orders}} o USING (order_id) JOIN {{customer}} c USING (customer_id) JOIN {{nation}} n ON c.nation_id = n.nation_id
 JOIN {{region}} r USING (region_id) WHERE r.region_name = 'south' AND o.ordered BETWEEN DATE '2021-01-01' AND DATE '2022-12-31' AND p.kind = 'economy anodized steel') GROUP BY y ORDER BY y""",
    # 9 profit by nation and year
    f"""SELECT n.nation_name, year(o.ordered) AS y, sum({NET} - f.cost * quantity) AS profit FROM {{part}} p JOIN {{line}} l USING (part_id) JOIN {{supplier}} s USING (supplier_id)
 JOIN {{offer}} f ON f.part_id = l.part_id AND f.supplier_id = l.supplier_id JOIN {{orders}} o USING (order_id) JOIN {{nation}} n USING (nation_id) WHERE p.part_name LIKE '%green%'
 GROUP BY ALL ORDER BY n.nation_name, y DESC""",
    # 10 customers who return most
    f"""SELECT c.customer_id, c.customer_name, sum({NET}) AS revenue, c.balance, n.nation_name, c.phone FROM {{customer}} c JOIN {{orders}} o USING (customer_id) JOIN {{line}} l USING (order_id)
 JOIN {{nation}} n USING (nation_id) WHERE o.ordered >= DATE '2021-10-01' AND o.ordered < DATE '2022-01-01' AND l.returned = 'R' GROUP BY ALL ORDER BY revenue DESC, 1 LIMIT 20""",
    # 11 important stock of a nation
    """SELECT o.part_id, sum(o.cost * o.available) AS worth FROM {offer} o JOIN {supplier} s USING (supplier_id) WHERE s.nation_id = 7 GROUP BY o.part_id HAVING sum(o.cost * o.available) >
 (SELECT sum(o.cost * o.available) * 0.0001 FROM {offer} o JOIN {supplier} s USING (supplier_id) WHERE s.nation_id = 7) ORDER BY worth DESC, 1 LIMIT 2000""",
    # 12 ship modes and priorities
    """SELECT l.mode, sum(CASE WHEN o.priority IN ('1-urgent', '2-high') THEN 1 ELSE 0 END) AS high, sum(CASE WHEN o.priority NOT IN ('1-urgent', '2-high') THEN 1 ELSE 0 END) AS low
 FROM {orders} o JOIN {line} l USING (order_id) WHERE l.mode IN ('mail', 'ship') AND l.promised < l.received AND l.shipped < l.promised AND l.received >= DATE '2021-01-01'
 AND l.received < DATE '2022-01-01' GROUP BY l.mode ORDER BY l.mode""",
    # 13 how many orders customers have
    """SELECT n, count(*) AS customers FROM (SELECT c.customer_id, count(o.order_id) AS n FROM {customer} c LEFT JOIN {orders} o ON c.customer_id = o.customer_id
 AND o.remark NOT LIKE '%special%requests%' GROUP BY c.customer_id) GROUP BY n ORDER BY customers DESC, n DESC""",
    # 14 share of promotions in a month
    f"""SELECT 100.00 * sum(CASE WHEN p.kind LIKE 'promo%' THEN {NET} ELSE 0 END) / sum({NET}) AS share FROM {{line}} l JOIN {{part}} p USING (part_id)
 WHERE l.shipped >= DATE '2022-09-01' AND l.shipped < DATE '2022-10-01'""",
    # 15 best supplier of a quarter
    f"""WITH revenue AS (SELECT supplier_id, sum({NET}) AS total FROM {{line}} WHERE shipped >= DATE '2023-01-01' AND shipped < DATE '2023-04-01' GROUP BY supplier_id)
 SELECT s.supplier_id, s.supplier_name, s.phone, r.total FROM {{supplier}} s JOIN revenue r USING (supplier_id) WHERE r.total = (SELECT max(total) FROM revenue) ORDER BY 1""",
    # 16 suppliers by part without complaints
    """SELECT p.brand, p.kind, p.size, count(DISTINCT o.supplier_id) AS n FROM {offer} o JOIN {part} p USING (part_id) WHERE p.brand <> 'brand 5' AND p.kind NOT LIKE 'medium polished%'
 AND p.size IN (49, 14, 23, 45, 19, 3, 36, 9) AND o.supplier_id NOT IN (SELECT supplier_id FROM {supplier} WHERE remark LIKE '%complaints%') GROUP BY ALL ORDER BY n DESC, ALL LIMIT 5000"""
    .replace("ORDER BY n DESC, ALL", "ORDER BY n DESC, p.brand, p.kind, p.size"),
    # 17 what small orders of a part bring
    """SELECT sum(l.price) / 7.0 AS yearly FROM {line} l JOIN {part} p USING (part_id) WHERE p.brand = 'brand 3' AND p.container = 'medium box'
 AND l.quantity < (SELECT 0.2 * avg(l2.quantity) FROM {line} l2 WHERE l2.part_id = p.part_id)""",
    # 18 largest orders
    """SELECT c.customer_name, c.customer_id, o.order_id, o.ordered, o.total, sum(l.quantity) AS quantity FROM {customer} c JOIN {orders} o USING (customer_id) JOIN {line} l USING (order_id)
 WHERE o.order_id IN (SELECT order_id FROM {line} GROUP BY order_id HAVING sum(quantity) > 180) GROUP BY ALL ORDER BY o.total DESC, o.ordered, o.order_id LIMIT 100""",
    # 19 discounted goods by three sets of conditions
    f"""SELECT sum({NET}) AS revenue FROM {{line}} l JOIN {{part}} p USING (part_id) WHERE l.mode IN ('air', 'regular air') AND l.instruction = 'in person'
 AND ((p.brand = 'brand 12' AND p.container LIKE 'small%' AND l.quantity BETWEEN 1 AND 11 AND p.size BETWEEN 1 AND 5) OR (p.brand = 'brand 23' AND p.container LIKE 'medium%'
 AND l.quantity BETWEEN 10 AND 20 AND p.size BETWEEN 1 AND 10) OR (p.brand = 'brand 14' AND p.container LIKE 'large%' AND l.quantity BETWEEN 20 AND 30 AND p.size BETWEEN 1 AND 15))""",
    # 20 suppliers with too much of a colour
    """SELECT s.supplier_name, s.phone FROM {supplier} s JOIN {nation} n USING (nation_id) WHERE n.nation_name = 'nation 3' AND s.supplier_id IN (SELECT o.supplier_id FROM {offer} o
 WHERE o.part_id IN (SELECT part_id FROM {part} WHERE part_name LIKE 'forest%') AND o.available > (SELECT 0.5 * sum(l.quantity) FROM {line} l WHERE l.part_id = o.part_id
 AND l.supplier_id = o.supplier_id AND l.shipped >= DATE '2021-01-01' AND l.shipped < DATE '2022-01-01')) ORDER BY s.supplier_name""",
    # 21 suppliers who alone kept an order waiting
    """SELECT s.supplier_name, count(*) AS n FROM {supplier} s JOIN {line} a ON s.supplier_id = a.supplier_id JOIN {orders} o ON o.order_id = a.order_id WHERE o.state = 'F' AND a.received > a.promised
 AND s.nation_id = 20 AND EXISTS (SELECT 1 FROM {line} b WHERE b.order_id = a.order_id AND b.supplier_id <> a.supplier_id) AND NOT EXISTS (SELECT 1 FROM {line} d WHERE d.order_id = a.order_id
 AND d.supplier_id <> a.supplier_id AND d.received > d.promised) GROUP BY s.supplier_name ORDER BY n DESC, s.supplier_name LIMIT 100""",
    # 22 well-funded customers without orders
    """SELECT code, count(*) AS n, sum(balance) AS total FROM (SELECT phone[1:2] AS code, balance FROM {customer} c WHERE phone[1:2] IN ('13', '31', '23', '29', '30', '18', '17')
 AND balance > (SELECT avg(balance) FROM {customer} WHERE balance > 0 AND phone[1:2] IN ('13', '31', '23', '29', '30', '18', '17')) AND NOT EXISTS (SELECT 1 FROM {orders} o
 WHERE o.customer_id = c.customer_id)) GROUP BY code ORDER BY code""",
]


def texts(reference):
    """The queries with each table's reference put in."""
    names = ("region", "nation", "supplier", "customer", "part", "offer", "orders", "line")
    return [query.format(**{name: reference(name) for name in names}) for query in QUERIES]
