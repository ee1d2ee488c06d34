/* SPDX-License-Identifier: Apache-2.0 */
/* test_idempotency.c: what a key stands for, and what is kept of its request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "service/serving.h"
#include "service/testing_key.h"

static const struct bh_uuid tenant_b = {{0xbb}};

static void
a_repeat_gets_the_first_answer(void **state)
{
	struct testing_key *fix = *state;
	struct testing_answer first = testing_key_post(fix, "/v1/things/x", "key", "{\"a\":1}");
	struct testing_answer second = testing_key_post(fix, "/v1/things/x", "\"key\"", "{\"a\":1}");
	struct bh_buf audit = {0};
	char text[64];

	assert_int_equal(first.status, 201);
	assert_false(first.replayed);
	assert_int_equal(second.status, 201);
	assert_true(second.replayed);
	assert_string_equal(second.body, first.body);
	assert_string_not_equal(second.id, first.id);
	assert_int_equal(atomic_load(&fix->calls), 1);

	/* The repeat's audit line leads to the first one's. */
	snprintf(text, sizeof(text), "\"repeats\":\"%s\"", first.id);
	for (int i = 0; i < 500; i++) {
		bh_service_fixture_audit(&fix->base, &audit);
		if (strstr(bh_buf_string(&audit), text) != NULL)
			break;
		usleep(10000);
	}
	assert_non_null(strstr(bh_buf_string(&audit), text));
	bh_buf_close(&audit);
}

static void
without_a_key_or_on_another_route_nothing_is_kept(void **state)
{
	struct testing_key *fix = *state;

	testing_key_post(fix, "/v1/things/x", NULL, "{}");
	testing_key_post(fix, "/v1/things/x", NULL, "{}");
	testing_key_post(fix, "/v1/unkept", "key", "{}");
	assert_false(testing_key_post(fix, "/v1/unkept", "key", "{}").replayed);
	assert_int_equal(atomic_load(&fix->calls), 4);
	testing_key_script(
		"DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM bulkhead.idempotency_model); END $$");
}

static void
a_key_stands_for_one_request(void **state)
{
	struct testing_key *fix = *state;
	static char body[20000];

	assert_int_equal(testing_key_post(fix, "/v1/things/x", "key", "{\"a\":1}").status, 201);
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "key", "{\"a\":2}"), 400,
		"idempotency_key_reused");
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x?q=1", "key", "{\"a\":1}"), 400,
		"idempotency_key_reused");

	/* Also a body that does not fit in memory, to its last byte. */
	memset(body, ' ', sizeof(body) - 1);
	assert_int_equal(testing_key_post(fix, "/v1/things/x", "large", body).status, 201);
	assert_true(testing_key_post(fix, "/v1/things/x", "large", body).replayed);
	body[sizeof(body) - 2] = 'x';
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "large", body), 400,
		"idempotency_key_reused");
	assert_int_equal(atomic_load(&fix->calls), 2);
}

static void
a_key_is_its_callers_own(void **state)
{
	struct testing_key *fix = *state;
	struct bh_claims others[3] = {fix->claims, fix->claims, fix->claims};
	struct bh_buf token = {0};

	others[0].tenant = tenant_b;
	others[1].session = bh_uuid_new();
	others[2].subject = bh_uuid_new();
	bh_uuid_format(&others[2].subject, others[2].subject_text);
	assert_false(testing_key_post(fix, "/v1/things/x", "key", "{}").replayed);
	assert_false(testing_key_post(fix, "/v1/things/y", "key", "{}").replayed);
	for (size_t i = 0; i < BH_COUNT(others); i++) {
		bh_buf_reset(&token);
		bh_service_fixture_token(&fix->base, &others[i], &token);
		assert_false(
			testing_key_send(fix, token.data, "/v1/things/x", "key", NULL, "{}", 2).replayed);
		assert_true(
			testing_key_send(fix, token.data, "/v1/things/x", "key", NULL, "{}", 2).replayed);
	}
	assert_int_equal(atomic_load(&fix->calls), 5);
	bh_buf_close(&token);
}

static void
keys_of_other_forms_are_refused(void **state)
{
	struct testing_key *fix = *state;
	char longest[258];

	memset(longest, 'k', sizeof(longest));
	longest[256] = '\0';
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", longest, "{}"), 400,
		"invalid_value");
	longest[255] = '\0';
	assert_int_equal(testing_key_post(fix, "/v1/things/x", longest, "{}").status, 201);
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "", "{}"), 400,
		"invalid_value");
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "\"\"", "{}"), 400,
		"invalid_value");
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "two words", "{}"), 400,
		"invalid_value");
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "k\xc3\xa9", "{}"), 400,
		"invalid_value");
	assert_int_equal(atomic_load(&fix->calls), 1);
	/* What was sent is not kept, nor what anybody could compare a guess with. */
	testing_key_script(
		"DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM bulkhead.idempotency_model"
		" WHERE key = sha256(repeat('k', 255)::bytea) OR fingerprint = sha256('{}'::bytea)"
		" OR idempotency_model::text LIKE '%kkkk%'); END $$");
}

static void
a_tenant_keeps_its_newest_answers_and_keys(void **state)
{
	static const struct bh_idempotency_sql sql = BH_IDEMPOTENCY_SQL("idempotency_model");
	struct testing_key *fix = *state;
	struct bh_arena arena = {0};
	struct bh_db db = {
		.pool = fix->base.runtime.db,
		.arena = &arena,
		.context = fix->claims.tenant,
	};
	struct bh_claims other = fix->claims;
	struct bh_buf token = {0};

	other.tenant = tenant_b;
	bh_service_fixture_token(&fix->base, &other, &token);
	testing_key_send(fix, token.data, "/v1/things/x", "theirs", NULL, "{}", 2);
	testing_key_post(fix, "/v1/things/x", "first", "{}");
	testing_key_post(fix, "/v1/things/x", "second", "{}");
	testing_key_post(fix, "/v1/things/x", "third", "{}");

	/* Room for two answers of this size: the oldest is not kept any more. */
	assert_int_equal(bh_idempotency_store_trim(&db, &fix->claims.tenant, &sql,
						 2 * (int64_t)strlen("{\"call\":1}"), 100),
		0);
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "first", "{}"), 400,
		"idempotency_reply_not_kept");
	assert_true(testing_key_post(fix, "/v1/things/x", "second", "{}").replayed);

	/* Room for two keys: the oldest names nothing any more. */
	assert_int_equal(bh_idempotency_store_trim(&db, &fix->claims.tenant, &sql, 1000000, 2), 0);
	assert_false(testing_key_post(fix, "/v1/things/x", "first", "{}").replayed);
	assert_true(testing_key_post(fix, "/v1/things/x", "third", "{}").replayed);
	assert_true(
		testing_key_send(fix, token.data, "/v1/things/x", "theirs", NULL, "{}", 2).replayed);
	bh_buf_close(&token);
	bh_arena_close(&arena);
}

static void
a_failure_frees_the_key(void **state)
{
	static const int errors[] = {BH_E_INVALID, BH_E_FORBIDDEN, BH_E_NOT_FOUND, BH_E_RATE_LIMITED,
		BH_E_UPSTREAM, BH_E_UNAVAILABLE};
	struct testing_key *fix = *state;

	for (size_t i = 0; i < BH_COUNT(errors); i++) {
		atomic_store(&fix->fail_with, errors[i]);
		assert_int_equal(testing_key_post(fix, "/v1/things/x", "key", "{}").status,
			bh_error_row(errors[i])->status);
	}
	atomic_store(&fix->fail_with, 0);
	assert_int_equal(testing_key_post(fix, "/v1/things/x", "key", "{}").status, 201);
	assert_true(testing_key_post(fix, "/v1/things/x", "key", "{}").replayed);
	assert_int_equal(atomic_load(&fix->calls), (int)BH_COUNT(errors) + 1);
}

static void
a_write_of_unknown_outcome_is_not_repeated(void **state)
{
	struct testing_key *fix = *state;

	atomic_store(&fix->fail_with, BH_E_DB_UNKNOWN);
	assert_int_equal(testing_key_post(fix, "/v1/things/x", "key", "{}").status, 503);
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "key", "{}"), 400,
		"idempotency_key_unknown");
	assert_int_equal(atomic_load(&fix->calls), 1);
}

static void
an_answer_that_is_too_large_is_not_kept_and_not_made_again(void **state)
{
	struct testing_key *fix = *state;

	atomic_store(&fix->large, BH_IDEMPOTENCY_BODY_MAX - 10);
	assert_int_equal(testing_key_post(fix, "/v1/things/x", "fits", "{}").status, 201);
	assert_int_equal(testing_key_post(fix, "/v1/things/x", "fits", "{}").len,
		BH_IDEMPOTENCY_BODY_MAX);
	atomic_store(&fix->large, BH_IDEMPOTENCY_BODY_MAX);
	assert_int_equal(testing_key_post(fix, "/v1/things/x", "key", "{}").status, 201);
	testing_key_assert_refused(testing_key_post(fix, "/v1/things/x", "key", "{}"), 400,
		"idempotency_reply_not_kept");
	assert_int_equal(atomic_load(&fix->calls), 2);
}

static void
an_expired_key_is_free_and_its_row_goes(void **state)
{
	struct testing_key *fix = *state;

	testing_key_post(fix, "/v1/things/x", "old", "{}");
	testing_key_post(fix, "/v1/things/x", "key", "{}");
	testing_key_script("UPDATE bulkhead.idempotency_model SET expires_at = now()");
	assert_false(testing_key_post(fix, "/v1/things/x", "key", "{\"another\":1}").replayed);
	testing_key_script(
		"DO $$ BEGIN ASSERT (SELECT count(*) FROM bulkhead.idempotency_model) = 1; END $$");
	assert_true(testing_key_post(fix, "/v1/things/x", "key", "{\"another\":1}").replayed);
}

static void
a_bound_object_answers_its_repeats(void **state)
{
	struct testing_key *fix = *state;

	assert_string_equal(testing_key_post(fix, "/v1/bound", "key", "{}").body, "object 1");
	assert_true(testing_key_post(fix, "/v1/bound", "key", "{}").replayed);
	assert_string_equal(testing_key_post(fix, "/v1/bound", "key", "{}").body, "object 1");

	/* Made, and then the answer failed: the object is there all the same. */
	atomic_store(&fix->bind_then, 1);
	assert_int_equal(testing_key_post(fix, "/v1/bound", "failed", "{}").status, 503);
	atomic_store(&fix->bind_then, 0);
	assert_string_equal(testing_key_post(fix, "/v1/bound", "failed", "{}").body, "object 2");

	/* Not made: the key is free. */
	atomic_store(&fix->bind_then, 2);
	assert_int_equal(testing_key_post(fix, "/v1/bound", "undone", "{}").status, 400);
	atomic_store(&fix->bind_then, 0);
	assert_string_equal(testing_key_post(fix, "/v1/bound", "undone", "{}").body, "object 4");
	assert_int_equal(atomic_load(&fix->calls), 4);

	/* A stream of it is not kept either: the object has it. */
	atomic_store(&fix->bind_then, 3);
	assert_false(testing_key_post(fix, "/v1/bound", "streamed", "{}").replayed);
	atomic_store(&fix->bind_then, 0);
	assert_string_equal(testing_key_post(fix, "/v1/bound", "streamed", "{}").body, "object 5");
}

static void
a_form_is_compared_by_its_parts(void **state)
{
	static const char format[] = "--%s\r\nContent-Disposition: form-data; name=\"file\"; "
								 "filename=\"%s\"\r\n\r\n%s\r\n--%s--\r\n";
	static const struct {
		const char *boundary, *filename, *content;
		int status;
	} forms[] = {
		{"one", "a.md", "text", 201},
		{"quite-another", "a.md", "text", 201},
		{"one", "b.md", "text", 400},
		{"one", "a.md", "other", 400},
	};
	struct testing_key *fix = *state;
	char type[80], body[400];

	for (size_t i = 0; i < BH_COUNT(forms); i++) {
		snprintf(type, sizeof(type), "multipart/form-data; boundary=%s", forms[i].boundary);
		snprintf(body, sizeof(body), format, forms[i].boundary, forms[i].filename, forms[i].content,
			forms[i].boundary);
		assert_int_equal(testing_key_send(fix, fix->token.data, "/v1/things/x", "key", type, body,
							 strlen(body))
							 .status,
			forms[i].status);
	}
	assert_int_equal(atomic_load(&fix->calls), 1);
}

static void
a_route_that_keeps_answers_needs_a_table(void **state)
{
	struct bh_service without = testing_key_service;
	struct bh_router router = {0};

	(void)state;
	assert_int_equal(bh_service_routes_open(&router, &testing_key_service), 0);
	bh_router_close(&router);
	without.idempotency = NULL;
	assert_int_equal(bh_service_routes_open(&router, &without), BH_E_CONFIG);
	bh_router_close(&router);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_key_setup, testing_key_teardown)
		TEST(a_repeat_gets_the_first_answer),
		TEST(without_a_key_or_on_another_route_nothing_is_kept),
		TEST(a_key_stands_for_one_request),
		TEST(a_key_is_its_callers_own),
		TEST(keys_of_other_forms_are_refused),
		TEST(a_tenant_keeps_its_newest_answers_and_keys),
		TEST(a_failure_frees_the_key),
		TEST(a_write_of_unknown_outcome_is_not_repeated),
		TEST(an_answer_that_is_too_large_is_not_kept_and_not_made_again),
		TEST(an_expired_key_is_free_and_its_row_goes),
		TEST(a_bound_object_answers_its_repeats),
		TEST(a_form_is_compared_by_its_parts),
		TEST(a_route_that_keeps_answers_needs_a_table),
	};

	return cmocka_run_group_tests(tests, testing_key_open, testing_key_close);
}
