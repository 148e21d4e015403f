# SPDX-License-Identifier: Apache-2.0
"""The ledger by SQL, as metrics and in fsck, over a restart: docs/guide/ledger.md."""

from server import Server, column, wait_until

COLUMNS = [column("id", "integer", primary_key=True), column("seq", "integer")]


def totals(client, name):
    rows = client.rows(f"SELECT * FROM tarn.system.ledger WHERE domain = 'books' AND endpoint = '{name}'")
    assert all(row["difference"] == 0 and row["received"] == row["stored"] for row in rows), rows
    sums = ("stored", "applied", "superseded", "deleted", "quarantined", "rolled_back", "pending", "purged")
    return {column: sum(row[column] for row in rows) for column in sums if any(row[column] for row in rows)}


def test_every_record_is_in_one_column(client, name):
    client.create("books", name, COLUMNS, sequence_by="seq")
    assert totals(client, name) == {}
    client.batch(f"books/{name}", [{"id": 1, "seq": 5}, {"id": 2, "seq": 5}, {"id": "x"}])
    client.batch(f"books/{name}", [{"id": 1, "seq": 3}, {"id": "y"}], strict="true")
    client.ingest(f"books/{name}", {"id": 2, "seq": 9}, op="delete")
    assert totals(client, name) == {"stored": 5, "applied": 2, "superseded": 1, "deleted": 1, "quarantined": 1}
    (refused,) = client.get(f"/quarantine/books/{name}").json()["records"]
    assert client.post(f"/quarantine/books/{name}/{refused['id']}/replay", {"payload": {"id": 3, "seq": 1}}).status == 200
    wait_until(lambda: totals(client, name) == {"stored": 6, "applied": 3, "superseded": 1, "deleted": 1, "quarantined": 1})


def test_what_a_rollback_undoes_and_a_purge_takes_stays_counted(client, name):
    client.create("books", name, COLUMNS)
    client.ingest(f"books/{name}", {"id": 1})
    version = client.get(f"/tables/books/silver/{name}/history").json()["versions"][0]["version"]
    client.batch(f"books/{name}", [{"id": 2}, {"id": 3}])
    assert client.post(f"/tables/books/silver/{name}/rollback", {"version": version}).status == 200
    assert totals(client, name) == {"stored": 3, "applied": 1, "rolled_back": 2}
    assert client.delete(f"/endpoints/books/{name}", query={"purge": "true"}).status == 200
    assert totals(client, name) == {"stored": 3, "purged": 3}
    client.create("books", name, COLUMNS)
    client.ingest(f"books/{name}", {"id": 4})
    assert totals(client, name) == {"stored": 4, "applied": 1, "purged": 3}


def test_metrics_say_the_totals_also_after_a_restart():
    with Server() as server:
        server.start()
        client = server.client()
        client.create("books", "orders", COLUMNS)
        client.batch("books/orders", [{"id": 1}, {"id": 1}, {"id": "x"}])
        wanted = ['tarn_ledger_stored_records{domain="books",endpoint="orders"} 3'] + [
            f'tarn_ledger_records{{domain="books",endpoint="orders",state="{state}"}} {count}'
            for state, count in (("applied", 1), ("superseded", 1), ("quarantined", 1), ("pending", 0), ("purged", 0))]
        wait_until(lambda: all(line in client.get("/metrics").text for line in wanted))
        server.kill()
        server.start()
        client = server.client()
        wait_until(lambda: all(line in client.get("/metrics").text for line in wanted))


def test_fsck_names_what_does_not_balance():
    """A bronze object that is gone, and a commit that a merge's records are missing from."""
    with Server() as server:
        server.start()
        client = server.client()
        client.create("books", "orders", COLUMNS, format="delta")
        client.batch("books/orders", [{"id": 1}, {"id": 2}])
        client.batch("books/orders", [{"id": 3}])
        client.close()
        server.stop()
        assert server.cli("fsck", "--lake", server.lake).returncode == 0
        lost = max(server.lake_files.glob("bronze/books/orders/**/*.zst"))
        lost.unlink()
        checked = server.cli("fsck", "--lake", server.lake)
        assert checked.returncode == 1 and lost.name in checked.stdout, checked
        entry = max(server.lake_files.glob("bronze/books/orders/_log/*.json"))
        entry.unlink()
        checked = server.cli("fsck", "--lake", server.lake)
        assert checked.returncode == 1 and "silver/books/orders" in checked.stdout and "does not balance" in checked.stdout, checked
