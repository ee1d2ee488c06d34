/* test_key.c: what of an API key may change, and by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/store_key.h"
#include "auth/testing.h"
#include "base/error.h"

#define NOW AUTH_TEST_NOW_MS

static struct auth_test test;

static int
group_open(void **state)
{
	(void)state;
	return auth_test_open(&test);
}

static int
group_close(void **state)
{
	(void)state;
	auth_test_close(&test);
	return 0;
}

/* A key of Acme's with limits and an end, owned by `owner` (zero: nobody). */
static struct bh_uuid
key_of(const struct bh_uuid *owner)
{
	struct bh_db acme = auth_in_tenant(&test.db, &test.acme);
	const struct auth_key key = {
		.id = bh_uuid_new(),
		.name = "before",
		.prefix = "bh_sk_x",
		.scopes = "models:read",
		.owner = *owner,
		.requests_per_minute = 10,
		.concurrency = 2,
		.created_by = "test",
		.expires_ms = NOW + 5000,
	};
	struct auth_key added = {0};
	struct bh_digest hash = {{1}};

	assert_int_equal(auth_store_key_add(&acme, &test.acme, &key, &hash, &added), 0);
	return key.id;
}

static int
change(const struct bh_uuid *tenant, const struct bh_uuid *id, const struct bh_uuid *owner,
	const struct auth_key_change *change, struct auth_key *out)
{
	struct bh_db db = auth_in_tenant(&test.db, tenant);

	return auth_store_key_change(&db, tenant, id, owner, change, out);
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
	assert_int_equal(change(&test.acme, &id, NULL, &faster, &key), 0);
	assert_int_equal(key.requests_per_minute, 99);
	assert_int_equal(key.concurrency, 2);
	assert_int_equal(key.expires_ms, NOW + 5000);
	assert_string_equal(key.name, "before");
	assert_int_equal(change(&test.acme, &id, NULL, &rest, &key), 0);
	assert_int_equal(key.requests_per_minute, 99);
	assert_int_equal(key.concurrency, 0);
	assert_int_equal(key.expires_ms, 0);
	assert_string_equal(key.name, "after");
}

static void
another_tenants_or_members_key_is_not_found(void **state)
{
	struct bh_uuid mine = auth_test_member(&test, &test.acme, "mine@x.test", "member");
	struct bh_uuid theirs = auth_test_member(&test, &test.acme, "theirs@x.test", "member");
	struct bh_uuid id = key_of(&mine);
	const struct auth_key_change more = {.requests_per_minute = 99, .has_requests = true};
	struct auth_key key = {0};

	(void)state;
	assert_int_equal(change(&test.other, &id, NULL, &more, &key), BH_E_NOT_FOUND);
	assert_int_equal(change(&test.acme, &id, &theirs, &more, &key), BH_E_NOT_FOUND);
	assert_int_equal(change(&test.acme, &id, &mine, &more, &key), 0);
}

static void
a_revoked_key_is_not_brought_back(void **state)
{
	struct bh_uuid id = key_of(&(struct bh_uuid){0});
	struct bh_db acme = auth_in_tenant(&test.db, &test.acme);
	const struct auth_key_change longer = {.has_expires = true};
	struct auth_key key = {0};

	(void)state;
	assert_int_equal(auth_store_key_revoke(&acme, &test.acme, &id, NULL), 0);
	assert_int_equal(change(&test.acme, &id, NULL, &longer, &key), BH_E_NOT_FOUND);
}

static void
a_key_is_known_as_revoked_in_its_tenant_only(void **state)
{
	struct bh_uuid id = key_of(&(struct bh_uuid){0}), nobody = bh_uuid_new();
	struct bh_db acme = auth_in_tenant(&test.db, &test.acme);
	struct bh_db other = auth_in_tenant(&test.db, &test.other);
	bool revoked = true;

	(void)state;
	assert_int_equal(auth_store_key_revoked(&acme, &test.acme, &id, &revoked), 0);
	assert_false(revoked);
	assert_int_equal(auth_store_key_revoke(&acme, &test.acme, &id, NULL), 0);
	assert_int_equal(auth_store_key_revoked(&acme, &test.acme, &id, &revoked), 0);
	assert_true(revoked);
	assert_int_equal(auth_store_key_revoked(&other, &test.other, &id, &revoked), 0);
	assert_false(revoked);
	assert_int_equal(auth_store_key_revoked(&acme, &test.acme, &nobody, &revoked), 0);
	assert_false(revoked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_named_stays),
		cmocka_unit_test(another_tenants_or_members_key_is_not_found),
		cmocka_unit_test(a_revoked_key_is_not_brought_back),
		cmocka_unit_test(a_key_is_known_as_revoked_in_its_tenant_only),
	};

	return cmocka_run_group_tests(tests, group_open, group_close);
}
