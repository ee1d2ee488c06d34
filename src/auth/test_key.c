/* SPDX-License-Identifier: Apache-2.0 */
/* test_key.c: what of an API key may change, and by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/key.h"
#include "auth/roles.h"
#include "auth/store_key.h"
#include "auth/store_revocation.h"
#include "auth/testing.h"
#include "base/error.h"

#define NOW AUTH_TEST_NOW_MS

/* A key with limits and an end, owned by `owner` and made by `parent` (NULL: nobody). */
static int
make(const struct bh_uuid *tenant, const struct bh_uuid *owner, const struct bh_uuid *parent,
	int64_t keys_max, struct bh_uuid *out)
{
	const struct auth_place place = auth_test_place(tenant, BH_ROLE_OWNER);
	struct auth_key key = {
		.id = bh_uuid_new(),
		.name = "before",
		.prefix = "bh_sk_x",
		.scopes = "models:read",
		.requests_per_minute = 10,
		.concurrency = 2,
		.created_by = "test",
		.expires_ms = NOW + 5000,
	};
	struct bh_digest hash = {{1}};
	const struct auth_key_new wanted = {
		.key = &key,
		.hash = &hash,
		.keys_max = keys_max,
		.now_ms = NOW,
	};
	struct auth_key added = {0};
	int rc;

	if (owner != NULL)
		key.owner = *owner;
	if (parent != NULL)
		key.parent = *parent;
	rc = auth_key_add(&place, &wanted, &added);
	if (rc == 0)
		*out = added.id;
	return rc;
}

static struct bh_uuid
key_of(const struct bh_uuid *owner)
{
	struct bh_uuid id = {0};

	assert_int_equal(make(&auth_test.acme, owner, NULL, 0, &id), 0);
	return id;
}

static struct bh_uuid
key_below(const struct bh_uuid *parent)
{
	struct bh_uuid id = {0};

	assert_int_equal(make(&auth_test.acme, NULL, parent, 0, &id), 0);
	return id;
}

static int
change(const struct bh_uuid *tenant, const struct bh_uuid *id, const struct bh_uuid *owner,
	const struct auth_key_change *change, struct auth_key *out)
{
	const struct auth_place place = auth_test_place(tenant, BH_ROLE_OWNER);

	return auth_key_change(&place, id, owner, change, 0, out);
}

static void
revoke_in(const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	const struct auth_place place = auth_test_place(tenant, BH_ROLE_OWNER);

	assert_int_equal(auth_key_revoke(&place, id, NULL), 0);
}

static void
revoke(const struct bh_uuid *id)
{
	revoke_in(&auth_test.acme, id);
}

/* How many rows the revocation log has. */
static int
revoke_count(void)
{
	struct bh_db admin = bh_test_db_as(&auth_test.database, NULL, NULL);
	int64_t n = -1;

	assert_int_equal(bh_db_one(&admin, "SELECT count(*) FROM bulkhead.revocation", NULL, 0,
						 &bh_row_int, &n),
		0);
	return (int)n;
}

static bool
works(const struct bh_uuid *tenant, const struct bh_uuid *id, int64_t now_ms)
{
	struct bh_db db = auth_in_tenant(&auth_test.db, tenant);
	bool out = false;

	assert_int_equal(auth_store_key_works(&db, tenant, id, now_ms, &out), 0);
	return out;
}

static void
what_is_not_named_stays(void **state)
{
	struct bh_uuid id = key_of(&(struct bh_uuid){0});
	const struct auth_key_change faster = {.requests_per_minute = 99, .has_requests = true};
	const struct auth_key_change rest = {
		.name = "after",
		.concurrency = 0,
		.has_concurrency = true,
		.has_expires = true,
	};
	struct auth_key key = {0};

	(void)state;
	assert_int_equal(change(&auth_test.acme, &id, NULL, &faster, &key), 0);
	assert_int_equal(key.requests_per_minute, 99);
	assert_int_equal(key.concurrency, 2);
	assert_int_equal(key.expires_ms, NOW + 5000);
	assert_string_equal(key.name, "before");
	assert_int_equal(change(&auth_test.acme, &id, NULL, &rest, &key), 0);
	assert_int_equal(key.requests_per_minute, 99);
	assert_int_equal(key.concurrency, 0);
	assert_int_equal(key.expires_ms, 0);
	assert_string_equal(key.name, "after");
}

static void
another_tenants_or_members_key_is_not_found(void **state)
{
	struct bh_uuid mine = auth_test_member(&auth_test.acme, "mine@x.test", "member");
	struct bh_uuid theirs = auth_test_member(&auth_test.acme, "theirs@x.test", "member");
	struct bh_uuid id = key_of(&mine);
	const struct auth_key_change more = {.requests_per_minute = 99, .has_requests = true};
	struct auth_key key = {0};

	(void)state;
	assert_int_equal(change(&auth_test.other, &id, NULL, &more, &key), BH_E_NOT_FOUND);
	assert_int_equal(change(&auth_test.acme, &id, &theirs, &more, &key), BH_E_NOT_FOUND);
	assert_int_equal(change(&auth_test.acme, &id, &mine, &more, &key), 0);
}

static void
a_revoked_key_is_not_brought_back(void **state)
{
	struct bh_uuid id = key_of(&(struct bh_uuid){0});
	const struct auth_key_change longer = {.has_expires = true};
	struct auth_key key = {0};

	(void)state;
	revoke(&id);
	assert_int_equal(change(&auth_test.acme, &id, NULL, &longer, &key), BH_E_NOT_FOUND);
}

static void
a_key_works_in_its_tenant_until_it_is_revoked_or_has_expired(void **state)
{
	struct bh_uuid id = key_of(&(struct bh_uuid){0}), nobody = bh_uuid_new();

	(void)state;
	assert_true(works(&auth_test.acme, &id, NOW));
	assert_false(works(&auth_test.acme, &id, NOW + 5000));
	assert_false(works(&auth_test.other, &id, NOW));
	assert_false(works(&auth_test.acme, &nobody, NOW));
	revoke(&id);
	assert_false(works(&auth_test.acme, &id, NOW));
}

static void
keys_below_a_key_are_revoked_with_it(void **state)
{
	struct bh_uuid top = key_of(&(struct bh_uuid){0});
	struct bh_uuid child = key_below(&top), grandchild = key_below(&child);
	struct bh_uuid sibling = key_of(&(struct bh_uuid){0});
	int before = revoke_count();

	(void)state;
	revoke(&top);
	assert_false(works(&auth_test.acme, &child, NOW));
	assert_false(works(&auth_test.acme, &grandchild, NOW));
	assert_true(works(&auth_test.acme, &sibling, NOW));
	assert_int_equal(revoke_count(), before + 3);
}

static void
keys_below_a_key_are_counted_in_the_highest_that_has_a_limit(void **state)
{
	struct bh_db acme = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct bh_uuid top = key_of(&(struct bh_uuid){0});
	struct bh_uuid child = key_below(&top), grandchild = key_below(&child);
	const struct auth_key_change none = {.has_requests = true, .has_concurrency = true};
	const struct auth_key_change five = {.requests_per_minute = 5, .has_requests = true};
	struct auth_key_bounds bounds;
	struct auth_key key = {0};

	(void)state;
	assert_int_equal(change(&auth_test.acme, &child, NULL, &five, &key), 0);
	assert_int_equal(auth_key_bounds(&acme, &auth_test.acme, &grandchild, &bounds), 0);
	assert_true(bh_uuid_equal(&bounds.owner, &top));
	assert_int_equal(bounds.requests_per_minute, 5);
	assert_int_equal(bounds.concurrency, 2);
	assert_int_equal(change(&auth_test.acme, &top, NULL, &none, &key), 0);
	assert_int_equal(auth_key_bounds(&acme, &auth_test.acme, &grandchild, &bounds), 0);
	assert_true(bh_uuid_equal(&bounds.owner, &child));
}

static void
what_ends_a_key_above_ends_those_below(void **state)
{
	struct bh_db acme = auth_in_tenant(&auth_test.db, &auth_test.acme);
	struct bh_uuid top = key_of(&(struct bh_uuid){0}), nobody = bh_uuid_new();
	struct bh_uuid child = key_below(&top);
	const struct auth_key_change sooner = {.expires_ms = NOW + 2000, .has_expires = true};
	struct auth_key_bounds bounds;
	struct auth_key key = {0};

	(void)state;
	assert_int_equal(change(&auth_test.acme, &top, NULL, &sooner, &key), 0);
	assert_int_equal(auth_key_bounds(&acme, &auth_test.acme, &child, &bounds), 0);
	assert_int_equal(bounds.expires_ms, NOW + 2000);
	assert_true(auth_key_is_bound(&bounds));
	assert_int_equal(auth_key_bounds(&acme, &auth_test.acme, &nobody, &bounds), BH_E_NOT_FOUND);
}

static void
a_key_has_a_bounded_number_of_keys_above_it(void **state)
{
	struct bh_uuid at = key_of(&(struct bh_uuid){0}), id;

	(void)state;
	for (int i = 1; i < AUTH_KEY_CHAIN_MOST; i++)
		at = key_below(&at);
	assert_int_equal(make(&auth_test.other, NULL, NULL, 0, &id), 0);
	assert_int_equal(make(&auth_test.acme, NULL, &at, 0, &id), BH_E_TOO_MANY);
}

static void
no_key_is_made_by_one_that_is_gone(void **state)
{
	struct bh_uuid top = key_of(&(struct bh_uuid){0}), id;

	(void)state;
	revoke(&top);
	assert_int_equal(make(&auth_test.acme, NULL, &top, 0, &id), BH_E_UNAUTHENTICATED);
}

static void
a_tenant_has_so_many_keys_at_work_and_so_many_ended_ones(void **state)
{
	struct bh_db full = auth_in_tenant(&auth_test.db, &auth_test.other);
	struct bh_uuid ids[4], none = {0};
	struct auth_key *keys = NULL;
	int64_t n = 0;
	size_t listed = 0;

	(void)state;
	assert_int_equal(auth_store_key_count(&full, &auth_test.other, 100, &n), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(make(&auth_test.other, NULL, NULL, n + 3, &ids[i]), 0);
	assert_int_equal(make(&auth_test.other, NULL, NULL, n + 3, &ids[3]), BH_E_TOO_MANY);
	for (int i = 0; i < 20; i++) {
		revoke_in(&auth_test.other, &ids[0]);
		assert_int_equal(make(&auth_test.other, NULL, NULL, n + 3, &ids[0]), 0);
	}
	assert_int_equal(auth_store_key_list(&full, &auth_test.other, NULL, &none, 100, &keys, &listed),
		0);
	assert_in_range(listed, n + 3, 2 * (n + 3) + 1);
	assert_int_equal(make(&auth_test.acme, NULL, NULL, 1000, &ids[3]), 0);
}

static void
what_an_expired_key_may_still_do_is_taken_back_once(void **state)
{
	struct bh_uuid id = key_of(&(struct bh_uuid){0}), below = key_below(&id);
	const struct auth_key_change soon = {.expires_ms = NOW + 1000, .has_expires = true};
	const struct auth_key_change never = {.has_expires = true};
	struct bh_db db = auth_platform(&auth_test.db);
	struct auth_key key = {0};
	int before = revoke_count();
	size_t n = 0;

	(void)state;
	assert_int_equal(change(&auth_test.acme, &id, NULL, &soon, &key), 0);
	assert_int_equal(auth_key_expire(&db, NOW + 999, &n), 0);
	assert_int_equal(n, 0);
	assert_false(works(&auth_test.acme, &below, NOW + 1000));
	assert_int_equal(auth_key_expire(&db, NOW + 1000, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(revoke_count(), before + 2);
	assert_int_equal(auth_key_expire(&db, NOW + 1000, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(change(&auth_test.acme, &below, NULL, &never, &key), BH_E_RANGE);
	assert_int_equal(change(&auth_test.acme, &id, NULL, &never, &key), 0);
	assert_true(works(&auth_test.acme, &id, NOW + 1000));
	assert_false(works(&auth_test.acme, &below, NOW + 1000));
}

static void
a_key_that_cannot_be_ended_holds_up_no_other(void **state)
{
	struct bh_uuid stuck = key_of(&(struct bh_uuid){0}), other = key_of(&(struct bh_uuid){0});
	const struct auth_key_change first = {
		.name = "stuck",
		.expires_ms = NOW + 1,
		.has_expires = true,
	};
	const struct auth_key_change second = {.expires_ms = NOW + 2, .has_expires = true};
	struct bh_db db = auth_platform(&auth_test.db);
	struct auth_key key = {0};
	size_t n = 0;

	(void)state;
	assert_int_equal(change(&auth_test.acme, &stuck, NULL, &first, &key), 0);
	assert_int_equal(change(&auth_test.acme, &other, NULL, &second, &key), 0);
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "CREATE FUNCTION bulkhead.stay() RETURNS trigger LANGUAGE plpgsql"
						 " AS $$ BEGIN RAISE 'it stays'; END $$;"
						 "CREATE TRIGGER stay BEFORE UPDATE ON bulkhead.api_key FOR EACH ROW"
						 " WHEN (OLD.name = 'stuck') EXECUTE FUNCTION bulkhead.stay();"),
		0);
	assert_int_equal(auth_key_expire(&db, NOW + 2, &n), BH_E_DB);
	assert_int_equal(n, 1);
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "DROP TRIGGER stay ON bulkhead.api_key"),
		0);
	assert_int_equal(auth_key_expire(&db, NOW + 2, &n), 0);
	assert_int_equal(n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_named_stays),
		cmocka_unit_test(another_tenants_or_members_key_is_not_found),
		cmocka_unit_test(a_revoked_key_is_not_brought_back),
		cmocka_unit_test(a_key_works_in_its_tenant_until_it_is_revoked_or_has_expired),
		cmocka_unit_test(keys_below_a_key_are_revoked_with_it),
		cmocka_unit_test(keys_below_a_key_are_counted_in_the_highest_that_has_a_limit),
		cmocka_unit_test(what_ends_a_key_above_ends_those_below),
		cmocka_unit_test(a_key_has_a_bounded_number_of_keys_above_it),
		cmocka_unit_test(no_key_is_made_by_one_that_is_gone),
		cmocka_unit_test(a_tenant_has_so_many_keys_at_work_and_so_many_ended_ones),
		cmocka_unit_test(what_an_expired_key_may_still_do_is_taken_back_once),
		cmocka_unit_test(a_key_that_cannot_be_ended_holds_up_no_other),
	};

	return cmocka_run_group_tests(tests, auth_test_open, auth_test_close);
}
