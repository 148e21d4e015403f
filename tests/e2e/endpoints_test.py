# SPDX-License-Identifier: Apache-2.0
"""The schema registry: http-api.md §3."""

import re
import threading

import pytest

from server import column

RFC3339 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")


def error_types(answer):
    assert answer.status == 422, answer
    return [entry["type"] for entry in answer.detail]


def locations(answer):
    assert answer.status == 422, answer
    for entry in answer.detail:
        assert {"type", "loc", "msg"} <= set(entry), entry
    return [entry["loc"] for entry in answer.detail]


def create(client, body):
    return client.post("/endpoints", body)


def test_create_answers_the_endpoint_object(client, name, server):
    answer = create(client, {"domain": "reg", "name": name, "description": "orders",
                             "columns": [column("id", "integer", primary_key=True)]})
    assert answer.status == 200, answer
    endpoint = answer.json()
    assert endpoint["id"] == f"reg/{name}"
    assert endpoint["name"] == name and endpoint["domain"] == "reg"
    assert endpoint["version"] == 1 and endpoint["mode"] == "manual" and endpoint["status"] == "active"
    assert endpoint["endpoint_url"] == f"http://127.0.0.1:{server.port}/ingest/reg/{name}"
    assert endpoint["schema_url"] == f"http://127.0.0.1:{server.port}/endpoints/reg/{name}/download"
    assert RFC3339.match(endpoint["created_at"]) and RFC3339.match(endpoint["updated_at"])
    assert client.get(f"/endpoints/reg/{name}").json() == endpoint


def test_absolute_urls_follow_the_host_header(client, name):
    body = {"domain": "reg", "name": name}
    answer = client.post("/endpoints", body, headers={"Host": "lake.example:8443"})
    assert answer.status == 200, answer
    assert answer.json()["endpoint_url"] == f"http://lake.example:8443/ingest/reg/{name}"


def test_duplicate_create_is_400(client, name):
    assert create(client, {"domain": "reg", "name": name}).status == 200
    again = create(client, {"domain": "reg", "name": name})
    assert again.status == 400 and "already exists" in again.detail


@pytest.mark.parametrize("bad", ["Orders", "1orders", "or-ders", "", "_x", "or ders", "a" * 129, "ordérs", "orders\n", "a.b"])
def test_names_are_snake_case(client, bad):
    for body in ({"domain": "reg", "name": bad}, {"domain": bad, "name": "fine"},
                 {"domain": "reg", "name": "fine2", "columns": [column(bad)]}):
        answer = create(client, body)
        assert answer.status == 422, answer
        assert any("snake_case" in entry["msg"] for entry in answer.detail), answer


def test_longest_name_and_sql_keywords_are_legal(client):
    for word in ("order", "select", "group", "table", "a" * 128):
        answer = create(client, {"domain": "words", "name": word, "columns": [column(word)]})
        assert answer.status == 200, answer
    client.ingest("words/select", {"select": "x"})
    assert client.value("SELECT \"select\" FROM words.silver.\"select\"") == "x"


@pytest.mark.parametrize("domain", ["tarn", "system", "temp", "memory", "main", "pg_catalog", "information_schema"])
def test_reserved_domains_are_refused(client, domain):
    assert create(client, {"domain": domain, "name": "x"}).status == 422


def test_missing_members_name_their_place(client):
    answer = create(client, {"columns": []})
    assert ["body", "name"] in locations(answer) and ["body", "domain"] in locations(answer)
    assert set(error_types(answer)) == {"missing"}
    answer = create(client, {"domain": "reg", "name": "x", "columns": [{"type": "string"}]})
    assert ["body", "columns", 0, "name"] in locations(answer)


@pytest.mark.parametrize("body", [
    [], "text", 7, None,
    {"domain": 1, "name": "x"}, {"domain": "reg", "name": None}, {"domain": "reg", "name": "x", "columns": {}},
    {"domain": "reg", "name": "x", "columns": ["a"]}, {"domain": "reg", "name": "x", "mode": "sometimes"},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "type": "varbinary"}]},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "type": 3}]},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "type": "decimal(39,2)"}]},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "type": "decimal(5,6)"}]},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "type": "decimal(0,0)"}]},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "required": "perhaps"}]},
    {"domain": "reg", "name": "x", "columns": [{"name": "a"}, {"name": "a"}]},
    {"domain": "reg", "name": "x", "columns": [{"name": "a"}], "sequence_by": "nowhere"},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "type": "json"}], "sequence_by": "a"},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "type": "integer", "default": "seven"}]},
    {"domain": "reg", "name": "x", "columns": [{"name": "a", "type": "date", "default": "2024-02-30"}]},
    {"domain": "reg", "name": "x", "land_interval": "16m"}, {"domain": "reg", "name": "x", "land_interval": "fast"},
    {"domain": "reg", "name": "x", "land_interval": "500ms"}, {"domain": "reg", "name": "x", "unknown_fields": "eat"},
    {"domain": "reg", "name": "x", "merge_mode": "both"}, {"domain": "reg", "name": "x", "description": 5},
    {"domain": "reg", "name": "x", "columns": [{"name": f"c{i}"} for i in range(2001)]},
] + [{"domain": "reg", "name": "x", "columns": [{"name": "a", "type": kind, "primary_key": True}]}
     for kind in ("json", "array", "float", "double")])
def test_bodies_that_do_not_fit_are_422(client, body):
    answer = create(client, body)
    assert answer.status == 422, answer
    assert all(loc[0] == "body" for loc in locations(answer))
    assert client.get("/endpoints/reg/x").status == 404


TYPES = ["string", "varchar", "integer", "bigint", "float", "double", "boolean", "timestamp", "date", "json", "array",
         "decimal", "decimal(38,9)", "decimal(1,0)", "decimal(38,38)", "int", "long", "bool", "text", "datetime", "numeric",
         "INTEGER", "Decimal(10,2)", "TimeStamp"]


def test_every_type_word_is_known(client, name):
    body = {"domain": "reg", "name": name, "columns": [column(f"c{i}", word) for i, word in enumerate(TYPES)]}
    assert create(client, body).status == 200
    answered = [entry["type"] for entry in client.get(f"/endpoints/reg/{name}/yaml").json()["schema"]["columns"]]
    assert answered[15:21] == ["bigint", "bigint", "boolean", "string", "timestamp", "decimal"]
    assert answered[21] == "integer" and answered[22].replace(" ", "") == "decimal(10,2)"


def test_aliases_of_column_members(client, name):
    body = {"domain": "reg", "name": name,
            "columns": [{"column_name": "id", "data_type": "long", "is_primary_key": True}]}
    assert create(client, body).status == 200
    (only,) = client.get(f"/endpoints/reg/{name}/yaml").json()["schema"]["columns"]
    assert (only["name"], only["type"], only["primary_key"]) == ("id", "bigint", True)


@pytest.mark.parametrize("spelling", ["MANUAL", "Manual", "AUTO_INFERENCE", "single_column"])
def test_enums_in_any_case_are_answered_in_lower_case(client, name, spelling):
    answer = create(client, {"domain": "reg", "name": name, "mode": spelling})
    assert answer.status == 200 and answer.json()["mode"] == spelling.lower()


def test_unknown_members_are_ignored(client, name):
    assert create(client, {"domain": "reg", "name": name, "colour": "red", "columns": [{"name": "a", "x": 1}]}).status == 200


def test_two_thousand_columns_are_legal(client, name):
    answer = create(client, {"domain": "reg", "name": name, "columns": [column(f"c{i}") for i in range(2000)]})
    assert answer.status == 200, answer


def test_list_filters_sorts_and_never_404s(client):
    for domain, table in (("lista", "zeta"), ("lista", "alpha"), ("listb", "mid")):
        client.create(domain, table)
    assert client.put("/endpoints/lista/alpha", {"columns": [column("a")]}).status == 200
    listed = client.get("/endpoints", query={"domain": "lista"}).json()
    assert [entry["name"] for entry in listed] == ["alpha", "zeta"]
    everything = [entry["id"] for entry in client.get("/endpoints").json()]
    assert everything == sorted(everything, key=lambda one: one.split("/"))

    def ordered(key):
        return [entry["name"] for entry in client.get("/endpoints", query={"domain": "lista", "order_by": key}).json()]

    assert ordered("name") == ["alpha", "zeta"] and ordered("-name") == ["zeta", "alpha"]
    assert ordered("version") == ["zeta", "alpha"] and ordered("-version") == ["alpha", "zeta"]
    assert ordered("created_at") == ["zeta", "alpha"] and ordered("-created_at") == ["alpha", "zeta"]
    assert ordered("colour") == ["alpha", "zeta"]
    assert client.get("/endpoints", query={"domain": "nobody"}).json() == []
    assert client.get("/endpoints", query={"domain": "Not A Name"}).json() == []


def test_unknown_endpoint_is_404_everywhere(client):
    for method, tail in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/versions"), ("GET", "/yaml"), ("GET", "/download")):
        answer = client.request(method, f"/endpoints/reg/missing{tail}", {"columns": []} if method == "PUT" else None)
        assert answer.status == 404, (method, tail, answer)
        assert answer.detail == "Endpoint reg/missing not found", answer
    for path in ("/endpoints/reg/BAD", "/endpoints/reg/x%0A", "/endpoints/..%2f/x"):
        assert client.get(path).status == 404, path


def test_put_makes_versions_and_keeps_the_old_ones(client, name):
    made = client.create("reg", name, [column("a")], description="first")
    changed = client.put(f"/endpoints/reg/{name}", {"domain": "other", "name": "other", "mode": "single_column",
                                                    "columns": [column("a"), column("b", "integer")]})
    assert changed.status == 200, changed
    second = changed.json()
    assert (second["version"], second["mode"], second["id"]) == (2, "manual", f"reg/{name}")
    assert second["created_at"] == made["created_at"] and second["updated_at"] >= made["updated_at"]
    kept = client.put(f"/endpoints/reg/{name}", {"columns": [], "description": ""}).json()
    assert kept["version"] == 3
    versions = client.get(f"/endpoints/reg/{name}/versions").json()
    assert versions == {"domain": "reg", "name": name, "versions": [1, 2, 3], "latest": 3}
    documents = [client.get(f"/endpoints/reg/{name}/yaml", query={"version": n}).json() for n in (1, 2, 3)]
    assert [len(one["schema"]["columns"]) for one in documents] == [1, 2, 2]
    assert documents[2]["description"] == "first"
    assert client.get(f"/endpoints/reg/{name}", query={"version": 1}).json()["version"] == 1
    for tail in ("", "/yaml", "/download"):
        assert client.get(f"/endpoints/reg/{name}{tail}", query={"version": 9}).status == 404
        answer = client.get(f"/endpoints/reg/{name}{tail}", query={"version": "two"})
        assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "version"], answer


@pytest.mark.parametrize("body", [{"columns": [{"name": "a", "type": "blob"}]}, {"columns": [{"name": "a"}, {"name": "a"}]}, []])
def test_bad_put_is_422_and_makes_no_version(client, name, body):
    client.create("reg", name, [column("a")])
    assert client.put(f"/endpoints/reg/{name}", body).status == 422
    assert client.get(f"/endpoints/reg/{name}/versions").json()["latest"] == 1


def test_document_shape(client, name):
    client.create("reg", name, [column("id", "integer", primary_key=True), column("n", "string", default="x", description="why")],
                  sequence_by="id")
    document = client.get(f"/endpoints/reg/{name}/yaml").json()
    assert {"name", "domain", "version", "mode", "description", "created_at", "updated_at", "created_by", "schema"} <= set(document)
    assert document["sequence_by"] == "id" and "tombstone_retention" not in document
    first, second = document["schema"]["columns"]
    assert {"name", "type", "required", "primary_key"} <= set(first) and not {"description", "default"} & set(first)
    assert second["default"] == "x" and second["description"] == "why"


@pytest.mark.parametrize("ask", [{"headers": {"Accept": "application/yaml"}}, {"headers": {"Accept": "application/x-yaml"}},
                                 {"headers": {"Accept": "text/yaml"}}, {"query": {"format": "yaml"}}])
def test_yaml_text_on_request(client, name, ask):
    client.create("reg", name, [column("id")])
    answer = client.get(f"/endpoints/reg/{name}/yaml", **ask)
    assert answer.status == 200 and "yaml" in answer.headers["content-type"], answer
    assert re.search(rf"^name: *\"?{name}\"?$", answer.text, re.M), answer.text


def test_download_link_needs_no_key_and_dies_when_touched(client, name):
    client.create("reg", name, [column("id")])
    link = client.get(f"/endpoints/reg/{name}/download").json()
    assert link["expires_in"] == 3600 and link["download_url"].startswith("http://127.0.0.1:")
    path = "/" + link["download_url"].split("/", 3)[3]
    answer = client.get(path)
    assert answer.status == 200 and answer.headers["content-type"].startswith("application/yaml"), answer
    assert "attachment" in answer.headers["content-disposition"] and f"{name}.v1.yaml" in answer.headers["content-disposition"]
    assert "id" in answer.text
    head, query = path.split("?", 1)
    for pair in query.split("&"):
        key, value = pair.split("=", 1)
        if key in ("version", "v"):
            continue
        last = "1" if value[-1] != "1" else "2"
        changed = query.replace(pair, f"{key}={value[:-1]}{last}")
        assert client.get(f"{head}?{changed}").status == 403, changed


def test_delete_removes_every_version_and_keeps_the_data(client, name):
    client.create("reg", name, [column("id", "integer", primary_key=True)])
    client.ingest(f"reg/{name}", {"id": 1})
    gone = client.delete(f"/endpoints/reg/{name}")
    assert gone.status == 200 and gone.json()["message"] == f"Endpoint reg/{name} deleted"
    assert client.get(f"/endpoints/reg/{name}").status == 404
    assert client.post(f"/ingest/reg/{name}", {"data": {"id": 2}}).status == 404
    assert client.delete(f"/endpoints/reg/{name}").status == 404
    assert client.rows(f"SELECT id FROM reg.silver.{name}") == [{"id": 1}]
    again = client.create("reg", name, [column("id", "integer", primary_key=True)])
    assert again["version"] == 1
    client.ingest(f"reg/{name}", {"id": 2})
    assert client.rows(f"SELECT id FROM reg.silver.{name} ORDER BY id") == [{"id": 1}, {"id": 2}]
    assert client.value(f"SELECT count(*) FROM reg.bronze.{name}") == 2


def test_another_key_starts_an_empty_table(client, name):
    client.create("reg", name, [column("id", "integer", primary_key=True), column("k")])
    client.ingest(f"reg/{name}", {"id": 1, "k": "a"})
    assert client.delete(f"/endpoints/reg/{name}").status == 200
    client.create("reg", name, [column("id", "integer"), column("k", primary_key=True)])
    assert client.value(f"SELECT count(*) FROM reg.silver.{name}") == 0
    client.ingest(f"reg/{name}", {"id": 2, "k": "b"})
    assert client.rows(f"SELECT id, k FROM reg.silver.{name}") == [{"id": 2, "k": "b"}]


def test_purge_removes_the_data(client, name):
    client.create("reg", name, [column("id", "integer", primary_key=True)])
    client.batch(f"reg/{name}", [{"id": n} for n in range(5)])
    assert client.delete(f"/endpoints/reg/{name}", query={"purge": "true"}).status == 200
    assert client.query(f"SELECT * FROM reg.bronze.{name}").status == 400
    client.create("reg", name, [column("id", "integer", primary_key=True)])
    assert client.value(f"SELECT count(*) FROM reg.silver.{name}") == 0
    assert client.value(f"SELECT count(*) FROM reg.bronze.{name}") == 0
    client.ingest(f"reg/{name}", {"id": 9})
    assert client.rows(f"SELECT id FROM reg.silver.{name}") == [{"id": 9}]
    assert client.value(f"SELECT count(*) FROM reg.bronze.{name}") == 1


@pytest.mark.parametrize("text,status", [("true", 200), ("Yes", 200), ("f", 200), ("0", 200), ("maybe", 422), ("", 422)])
def test_booleans_in_the_query_string(client, name, text, status):
    client.create("reg", name)
    answer = client.delete(f"/endpoints/reg/{name}?purge={text}")
    assert answer.status == status, answer


def test_simultaneous_creates_make_one(server, name):
    statuses = []

    def attempt():
        one = server.client()
        statuses.append(create(one, {"domain": "race", "name": name}).status)
        one.close()

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 7


INFERENCE = [  # key, JSON text, column name, type, required, sample
    ("userID", '"u"', "user_id", "string", True, "u"),
    ("HTTPResponse", "200", "http_response", "integer", True, "200"),
    ("firstName", "null", "first_name", "string", False, None),
    ("123abc", "1.0", "col_123abc", "float", True, "1.0"),
    ("_id", "1e3", "col__id", "float", True, "1e3"),
    ("", "true", "col_", "boolean", True, "true"),
    ("a-b c", "[1, 2]", "a_b_c", "array", True, None),
    ("obj", '{"k": 1}', "obj", "json", True, None),
    ("big", "9223372036854775808", "big", "decimal", True, "9223372036854775808"),
    ("small", "-9223372036854775808", "small", "integer", True, "-9223372036854775808"),
    ("at", '"2024-05-01T10:00:00Z"', "at", "timestamp", True, "2024-05-01T10:00:00Z"),
    ("at2", '"2024-05-01 10:00:00.5"', "at2", "timestamp", True, "2024-05-01 10:00:00.5"),
    ("notime", '"2024-05-01T25:00:00"', "notime", "string", True, "2024-05-01T25:00:00"),
    ("day", '"2024-02-29"', "day", "date", True, "2024-02-29"),
    ("noday", '"2023-02-29"', "noday", "string", True, "2023-02-29"),
    ("id", '"x"', "id", "string", True, "x"),
    ("uuid", '"y"', "uuid", "string", True, "y"),
    ("key", '"z"', "key", "string", True, "z"),
    ("A", "1", "a", "integer", True, "1"),
    ("a", "2", "a_2", "integer", True, "2"),
    ("é", '"Ü"', "col__", "string", True, "Ü"),
    ("long", '"' + "w" * 150 + '"', "long", "string", True, "w" * 100),
]


def test_inference_proposes_by_the_table(client):
    text = '{"payload": {' + ", ".join(f'{json_key(key)}: {value}' for key, value, *_ in INFERENCE) + "}}"
    answer = client.post("/endpoints/infer", text)
    assert answer.status == 200, answer
    proposal = answer.json()
    assert proposal["payload_keys"] == [case[0] for case in INFERENCE]
    for case, got in zip(INFERENCE, proposal["columns"], strict=True):
        key, _, want_name, want_type, required, sample = case
        assert (got["name"], got["type"], got["required"]) == (want_name, want_type, required), (key, got)
        assert got["primary_key"] == (want_name in ("id", "uuid", "key") and key == want_name), (key, got)
        if sample is not None or case[1] == "null":
            assert got["sample_value"] == sample, (key, got)


def json_key(key):
    return '"' + key + '"'


@pytest.mark.parametrize("body,status", [({}, 422), ({"payload": []}, 422), ({"payload": "x"}, 422), ({"payload": None}, 422),
                                         ([], 422), ("{", 422), ({"payload": {}}, 400)])
def test_inference_refusals(client, body, status):
    answer = client.post("/endpoints/infer", body)
    assert answer.status == status, answer
    if status == 400:
        assert "empty" in answer.detail.lower()


def test_the_proposal_accepts_its_own_sample(client, name):
    payload = {"userID": 5, "createdAt": "2024-05-01T10:00:00+02:00", "day": "2024-05-01", "tags": ["a", None], "meta": {"a": 1},
               "price": 1e3, "big": 2**70, "flag": False, "nothing": None, "text": "2024-13-01"}
    proposal = client.post("/endpoints/infer", {"payload": payload}).json()
    client.create("reg", name, [{key: value for key, value in one.items() if key != "sample_value"} for one in proposal["columns"]])
    stored = client.ingest(f"reg/{name}", payload, strict="true")
    assert stored["validated"] is True
    (row,) = client.rows(f"SELECT user_id, meta, tags, big, text, nothing FROM reg.silver.{name}")
    assert row == {"user_id": 5, "meta": {"a": 1}, "tags": ["a", None], "big": 2**70, "text": "2024-13-01", "nothing": None}


def test_the_format_is_chosen_once(client, name):
    made = create(client, {"domain": "reg", "name": name, "columns": [column("id", primary_key=True)], "format": "Iceberg"})
    assert made.status == 200 and made.json()["format"] == "iceberg", made
    assert client.put(f"/endpoints/reg/{name}", {"format": "iceberg"}).status == 200
    refused = client.put(f"/endpoints/reg/{name}", {"format": "delta"})
    assert refused.status == 422 and "iceberg" in refused.text, refused
    client.ingest(f"reg/{name}", {"id": "a", "x": [1]})
    assert client.rows(f"SELECT * FROM reg.silver.{name}") == [{"id": "a", "x": [1]}]


def test_the_mirror_is_the_other_format_and_chosen_once(client, name):
    body = {"domain": "reg", "name": name, "columns": [column("id", primary_key=True)], "format": "iceberg"}
    for wrong in ("iceberg", "parquet", 5):
        refused = create(client, body | {"mirror": wrong})
        assert refused.status == 422 and "mirror" in refused.text, refused
    made = create(client, body | {"mirror": "Delta"})
    assert made.status == 200 and made.json()["mirror"] == "delta", made
    for kept in ("delta", None):
        assert client.put(f"/endpoints/reg/{name}", {"mirror": kept}).json()["mirror"] == "delta"
    assert client.put(f"/endpoints/reg/{name}", {"mirror": "iceberg"}).status == 422
    assert client.get(f"/endpoints/reg/{name}").json()["mirror"] == "delta"


def test_default_values_of_later_members_are_accepted(client, name):
    answer = create(client, {"domain": "reg", "name": name, "format": "delta", "mirror": None, "soft_delete": False, "history": "none",
                             "exports": [], "merge_mode": "replace", "unknown_fields": "evolve", "tombstone_retention": None,
                             "bronze_retention": None, "land_interval": "15m"})
    assert answer.status == 200, answer


CHANGES = [({"columns": [column("id", primary_key=True), column("v", "integer")]}, "primary_key"),
           ({"columns": [column("id", "integer", primary_key=True), column("v", "boolean")]}, "v")]


@pytest.mark.parametrize("body,what", CHANGES)
def test_narrowing_is_free_without_records(client, name, body, what):
    client.create("reg", name, [column("id", "integer", primary_key=True), column("v", "string")])
    answer = client.put(f"/endpoints/reg/{name}", body)
    assert answer.status == 200, (what, answer)
