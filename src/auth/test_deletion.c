/* SPDX-License-Identifier: Apache-2.0 */
/* test_deletion.c: proves when a tenant's deletion begins and ends, who goes with it, and what its receipt says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/deletion.h"
#include "auth/member.h"
#include "auth/roles.h"
#include "auth/store_account.h"
#include "auth/store_tenant.h"
#include "auth/testing.h"
#include "base/error.h"
#include "base/text.h"
#include "service/erase.h"
#include "service/service.h"

#define NOW AUTH_TEST_NOW_MS

static int
begin(const struct bh_uuid *tenant, const char *confirm, struct auth_deletion *out, bool *out_begun)
{
	const struct auth_deletion_ask ask = {*tenant, confirm, "operator:0"};
	struct bh_db db = auth_platform(&auth_test.db);

	return auth_deletion_begin(&db, &ask, out, out_begun);
}

static struct auth_deletion
begun(void)
{
	struct auth_deletion deletion = {0};
	bool first = false;

	assert_int_equal(begin(&auth_test.acme, "acme", &deletion, &first), 0);
	assert_true(first);
	return deletion;
}

/* What the worker finds after a pass. */
static int
judge(const struct bh_uuid *id, bool clean, int64_t now_ms)
{
	struct bh_db db = auth_platform(&auth_test.db);
	struct auth_deletion deletion = {0};

	assert_int_equal(auth_store_deletion_get(&db, id, &deletion), 0);
	return auth_deletion_judge(&db, &auth_test.auth.chain, &deletion, clean, now_ms);
}

/* Turns of auth's own until one finds nothing. */
static void
erase(const struct auth_deletion *deletion)
{
	struct bh_erase turn = {
		.service = &auth_service,
		.state = &auth_test.auth,
		.tenant = deletion->target,
		.deletion = deletion->id,
		.db = auth_in_tenant(&auth_test.db, &deletion->target),
		.until_ms = INT64_MAX,
	};

	turn.db.payer = bh_platform_tenant;
	do {
		turn.removed = 0;
		assert_int_equal(bh_erase_turn(&turn), 0);
	} while (turn.removed > 0);
}

static void
it_begins_once_and_by_the_tenants_name_only(void **state)
{
	struct auth_deletion first = {0}, again = {0};
	struct auth_tenant tenant = {0};
	bool is_first = true;

	(void)state;
	assert_int_equal(begin(&auth_test.acme, "other", &first, &is_first), BH_E_INVALID);
	assert_int_equal(begin(&bh_platform_tenant, "platform", &first, &is_first), BH_E_STATE);
	assert_int_equal(begin(&(struct bh_uuid){{7}}, "acme", &first, &is_first), BH_E_NOT_FOUND);
	assert_int_equal(auth_store_tenant_get(&auth_test.db, &auth_test.acme, &tenant), 0);
	assert_string_equal(tenant.state, "active");

	first = begun();
	assert_int_equal(begin(&auth_test.acme, "acme", &again, &is_first), 0);
	assert_false(is_first);
	assert_true(bh_uuid_equal(&again.id, &first.id));
	assert_int_equal(begin(&auth_test.acme, "other", &again, &is_first), BH_E_INVALID);
	assert_int_equal(auth_store_tenant_get(&auth_test.db, &auth_test.acme, &tenant), 0);
	assert_string_equal(tenant.state, AUTH_TENANT_DELETING);
}

static void
it_ends_when_nothing_is_found_for_a_while(void **state)
{
	const struct auth_deletion deletion = begun();
	struct auth_deletion end = {0};
	struct auth_tenant tenant = {0};
	const struct bh_uuid next = bh_uuid_new();
	struct bh_db db = auth_platform(&auth_test.db);
	struct bh_digest hash;
	char hex[65];
	bool is_first = true;

	(void)state;
	assert_int_equal(judge(&deletion.id, false, NOW), 0);
	assert_int_equal(judge(&deletion.id, true, NOW), 0);
	assert_int_equal(judge(&deletion.id, true, NOW + AUTH_DELETION_CLEAN_MS - 1), 0);
	/* Something was written after all. */
	assert_int_equal(judge(&deletion.id, false, NOW + AUTH_DELETION_CLEAN_MS), 0);
	assert_int_equal(judge(&deletion.id, true, NOW + AUTH_DELETION_CLEAN_MS), 0);
	assert_int_equal(auth_store_tenant_add(&auth_test.db, &next, "acme", "acme", &tenant),
		BH_E_CONFLICT);
	assert_int_equal(judge(&deletion.id, true, NOW + 2 * AUTH_DELETION_CLEAN_MS), 1);

	assert_int_equal(auth_store_tenant_get(&auth_test.db, &auth_test.acme, &tenant),
		BH_E_NOT_FOUND);
	assert_int_equal(auth_store_tenant_add(&auth_test.db, &next, "acme", "acme", &tenant), 0);
	assert_int_equal(begin(&auth_test.acme, "acme", &end, &is_first), 0);
	assert_false(is_first);
	assert_int_equal(end.completed_ms, NOW + 2 * AUTH_DELETION_CLEAN_MS);
	bh_digest_sha256(end.receipt, strlen(end.receipt), &hash);
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	assert_string_equal(end.sha256, hex);
	assert_non_null(strstr(end.receipt, "\"part\":\"revocation\""));
	/* A second worker comes too late. */
	assert_int_equal(auth_deletion_judge(&db, &auth_test.auth.chain,
						 &(struct auth_deletion){.id = deletion.id,
							 .target = auth_test.acme,
							 .clean_ms = NOW},
						 true, NOW + 3 * AUTH_DELETION_CLEAN_MS),
		BH_E_NOT_FOUND);
}

static void
what_was_restored_can_be_deleted_again(void **state)
{
	const struct auth_deletion first = begun();
	struct auth_deletion again = {0}, end = {0};
	struct auth_tenant tenant = {0};
	bool is_first = false;

	(void)state;
	assert_int_equal(judge(&first.id, true, NOW), 0);
	assert_int_equal(judge(&first.id, true, NOW + AUTH_DELETION_CLEAN_MS), 1);
	assert_int_equal(auth_store_tenant_add(&auth_test.db, &auth_test.acme, "acme", "acme", &tenant),
		0);
	assert_int_equal(begin(&auth_test.acme, "acme", &again, &is_first), 0);
	assert_true(is_first);
	assert_false(bh_uuid_equal(&again.id, &first.id));
	assert_int_equal(again.completed_ms, 0);
	assert_int_equal(begin(&auth_test.acme, "acme", &end, &is_first), 0);
	assert_false(is_first);
	assert_true(bh_uuid_equal(&end.id, &again.id));
	/* The first receipt stays. */
	assert_int_equal(auth_store_deletion_get(&auth_test.db, &first.id, &end), 0);
	assert_int_not_equal(end.completed_ms, 0);
}

static void
who_is_in_another_tenant_stays(void **state)
{
	const struct bh_uuid only = auth_test_member(&auth_test.acme, "only@acme.test", "owner");
	const struct bh_uuid both = auth_test_member(&auth_test.acme, "both@acme.test", "admin");
	const struct auth_place other = auth_test_place(&auth_test.other, BH_ROLE_SUPERUSER);
	const struct auth_member_new again = {"both@acme.test", "", "viewer", .now_ms = NOW};
	struct bh_uuid account_id;
	struct auth_deletion deletion;
	struct auth_account account = {0};
	struct auth_tokens tokens = {0};

	(void)state;
	assert_int_equal(auth_member_add(&other, &again, &account_id), 0);
	deletion = begun();
	erase(&deletion);
	assert_int_equal(auth_store_account_get(&auth_test.db, &only, &account), BH_E_NOT_FOUND);
	assert_int_equal(auth_store_account_get(&auth_test.db, &both, &account), 0);
	assert_int_equal(auth_test_sign_in(&auth_test.other, &both, NOW, &tokens), 0);
	assert_int_equal(auth_test_sign_in(&auth_test.acme, &both, NOW, &tokens), BH_E_FORBIDDEN);
}

static void
the_receipt_has_one_text(void **state)
{
	static const struct auth_deletion_count counts[] = {
		{"agent", "response", 2, NULL, 5000, 6999},
		{"auth", "revocation", 1, "why \"so\"", 7000, 7000},
		{"rag", AUTH_DELETION_KEY_PART, 1, NULL, 5500, 5500},
	};
	const struct auth_deletion deletion = {.id = {{1}},
		.target = {{2}},
		.name = "acme",
		.requested_by = "operator:0",
		.created_ms = 4000};
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	(void)state;
	auth_deletion_receipt(&deletion, 8000, counts, BH_COUNT(counts), &out);
	assert_string_equal(bh_buf_string(&out),
		"{\"completed_at\":8,\"created_at\":4,\"id\":\"01000000-0000-0000-0000-000000000000\","
		"\"kept\":[{\"part\":\"revocation\",\"reason\":\"why \\\"so\\\"\",\"rows\":1,"
		"\"service\":\"auth\"}],\"key_destroyed_at\":5,\"name\":\"acme\","
		"\"removed\":[{\"first_at\":5,\"last_at\":6,"
		"\"n\":2,\"part\":\"response\",\"service\":\"agent\"},{\"first_at\":5,\"last_at\":5,"
		"\"n\":1,\"part\":\"object.key\",\"service\":\"rag\"}],\"requested_by\":\"operator:0\","
		"\"tenant\":\"02000000-0000-0000-0000-000000000000\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, auth_test_open, auth_test_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_begins_once_and_by_the_tenants_name_only),
		TEST(it_ends_when_nothing_is_found_for_a_while),
		TEST(what_was_restored_can_be_deleted_again),
		TEST(who_is_in_another_tenant_stays),
		cmocka_unit_test(the_receipt_has_one_text),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
