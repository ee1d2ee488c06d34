# SPDX-License-Identifier: Apache-2.0
"""What lists tell of their rows beyond OpenAI's fields, so that a page needs no request for each of them."""
from base import PlatformTest, main
from instance import MOCK_CHAT, MOCK_EMBED, REAL_EMBED


class Described(PlatformTest):
    def store_of(self, tenant, *names):
        files = [self.upload(tenant, b"The harbour opens at six.", name)["id"] for name in names]
        store = self.ok(tenant.call("POST", "/v1/vector_stores", {"name": "named", "file_ids": files}))
        return store, files

    def names(self, tenant, store, query):
        rows = self.ok(tenant.call("GET", f"/v1/vector_stores/{store['id']}/files?{query}"))["data"]
        return [row["bulkhead"]["filename"] for row in rows]

    def test_files_of_a_store_have_their_names_and_are_found_by_a_part_of_them(self):
        store, files = self.store_of(self.acme(), "Hafen 100%.txt", "harbour_rules.txt", "Harbour.TXT", "tides.txt")
        row = self.ok(self.acme().call("GET", f"/v1/vector_stores/{store['id']}/files/{files[0]}"))
        self.assertEqual((row["bulkhead"]["filename"], row["bulkhead"]["bytes"]), ("Hafen 100%.txt", 25))
        self.assertEqual(self.names(self.acme(), store, "order=asc&filename=HARBOUR"), ["harbour_rules.txt", "Harbour.TXT"])
        # No character of a name is a pattern.
        self.assertEqual(self.names(self.acme(), store, "filename=0%25"), ["Hafen 100%.txt"])
        self.assertEqual(self.names(self.acme(), store, "filename=r_r"), ["harbour_rules.txt"])
        self.assertEqual(len(self.names(self.acme(), store, "filename=")), 4)
        self.assertEqual(self.names(self.acme(), store, "filename=tides&filter=cancelled"), [])

    def test_pages_of_what_was_found_go_on(self):
        store, _ = self.store_of(self.acme(), *(f"leaf-{n}.txt" for n in range(5)), "other.txt")
        path = f"/v1/vector_stores/{store['id']}/files?filename=leaf&limit=2&order=asc"
        page = self.ok(self.acme().call("GET", path))
        found = []
        while True:
            found += [row["bulkhead"]["filename"] for row in page["data"]]
            if not page["has_more"]:
                break
            page = self.ok(self.acme().call("GET", f"{path}&after={page['last_id']}"))
        self.assertEqual(found, [f"leaf-{n}.txt" for n in range(5)])

    def test_a_name_that_is_too_long_is_refused_and_a_foreign_store_is_missing(self):
        store, _ = self.store_of(self.acme(), "secret.txt")
        path = f"/v1/vector_stores/{store['id']}/files?filename="
        self.refused(self.acme().call("GET", path + "a" * 256), 400, param="filename")
        self.refused(self.other().call("GET", path + "secret"), 404)

    def test_models_say_what_they_are_and_what_they_cost(self):
        rows = {row["id"]: row["bulkhead"] for row in self.ok(self.acme().call("GET", "/v1/models"))["data"]}
        chat, embed = rows[MOCK_CHAT], rows[MOCK_EMBED]
        self.assertEqual((chat["kind"], chat["context"], chat["managed"], chat["default"], chat["alias_of"]),
                         ("chat", 8192, False, True, None))
        self.assertEqual((chat["price"]["input"], chat["price"]["output"]), ("1", "2"))
        self.assertEqual((embed["kind"], embed["dimensions"], embed["default"], embed["price"]["input"]),
                         ("embedding", 384, True, "0"))
        self.assertEqual(rows["default"]["alias_of"], MOCK_CHAT)
        one = self.ok(self.acme().call("GET", f"/v1/models/{MOCK_CHAT}"))
        self.assertEqual(one["bulkhead"], chat)

    def test_a_tenants_own_model_has_its_own_price_and_hides_the_public_one(self):
        tenant = self.bh.tenant()
        self.bh.cli("model", "add", MOCK_CHAT, "--url", self.bh.mock.url + "/v1", "--kind", "chat", "--context", "4096",
                    "--no-probe", "--price-in", "0.5", "--price-out", "7", "--tenant", tenant.id)
        rows = [row for row in self.ok(tenant.call("GET", "/v1/models"))["data"] if row["id"] == MOCK_CHAT]
        self.assertEqual([(row["owned_by"], row["bulkhead"]["context"], row["bulkhead"]["price"]["output"]) for row in rows],
                         [("organization", 4096, "7")])
        others = {row["id"]: row["bulkhead"] for row in self.ok(self.acme().call("GET", "/v1/models"))["data"]}
        self.assertEqual(others[MOCK_CHAT]["price"]["output"], "2")
        self.assertEqual(others[REAL_EMBED]["price"]["input"], "0")


if __name__ == "__main__":
    main()
