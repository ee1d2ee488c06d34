/* SPDX-License-Identifier: Apache-2.0 */
/* test_retention.c: each service's kinds of rows: the old go, the young stay, in bounded pieces, tenant by
 * tenant. It stands above the services because it holds every one of them to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/db.h"
#include "db/testing.h"
#include "service/retention.h"
#include "service/service.h"

extern const struct bh_service agent_service, auth_service, finetune_service, model_service,
	multimodal_service, rag_service;

enum { KEEP_S = 3600 };

/* A kind, how one row of it is made for the tenant $tenant whose time lies $age back, and how many there
 * are. */
struct sample {
	const struct bh_service *service;
	const char *kind, *insert, *count;
};

#define RESPONSE \
	"INSERT INTO bulkhead.response (tenant_id, id, job_id, status, model, echo, background, " \
	"store," \
	" include_results, subject, session_id, token_version, request_id, traceparent, created_at," \
	" completed_at) SELECT '$tenant', gen_random_uuid(), gen_random_uuid(), 'completed', 'm', " \
	"'{}', false," \
	" true, false, 's', '$tenant', 0, 'r', '', now() - interval '2 days', now() - interval '$age'"

#define PLATFORM "00000000-0000-0000-0000-000000000001"

#define IDEMPOTENCY(service) \
	"INSERT INTO bulkhead.idempotency_" service \
	" (tenant_id, key, fingerprint, attempt, request_id, leased_until, expires_at)" \
	" SELECT '$tenant', sha256(convert_to(gen_random_uuid()::text, 'UTF8')), sha256('x')," \
	"        gen_random_uuid(), 'r', now(), now() - interval '$age' FROM generate_series(1, $n)"

#define OWNER \
	"INSERT INTO bulkhead.meter_owner (tenant_id, id, kind, day, month)" \
	" VALUES ('$tenant', '$tenant', 'tenant', now(), now()) ON CONFLICT DO NOTHING"

/* clang-format off */
static const struct sample samples[] = {
	{&agent_service, "response",
		RESPONSE " FROM generate_series(1, $n)",
		"SELECT count(*) FROM response WHERE tenant_id = $1"},
	{&agent_service, "journal",
		RESPONSE " FROM generate_series(1, $n);"
		"INSERT INTO bulkhead.response_event (tenant_id, response_id, sequence_number, epoch, type, data)"
		" SELECT tenant_id, id, 0, 0, 't', '{}' FROM bulkhead.response AS r"
		"  WHERE tenant_id = '$tenant' ON CONFLICT DO NOTHING",
		"SELECT count(*) FROM response_event WHERE tenant_id = $1"},
	{&agent_service, "job",
		"INSERT INTO bulkhead.job (tenant_id, id, queue, kind, subject, payload, state, finished_at)"
		" SELECT '$tenant', gen_random_uuid(), 'agent', 'k', gen_random_uuid(), '{}', 'done',"
		"        now() - interval '$age' FROM generate_series(1, $n)",
		"SELECT count(*) FROM job WHERE tenant_id = $1 AND queue = 'agent'"},
	{&rag_service, "job",
		"INSERT INTO bulkhead.job (tenant_id, id, queue, kind, subject, payload, state, finished_at)"
		" SELECT '$tenant', gen_random_uuid(), 'rag', 'k', gen_random_uuid(), '{}', 'failed',"
		"        now() - interval '$age' FROM generate_series(1, $n)",
		"SELECT count(*) FROM job WHERE tenant_id = $1 AND queue = 'rag'"},
	{&rag_service, "batch",
		"INSERT INTO bulkhead.vector_store (tenant_id, id, name, description, metadata, embedding_model)"
		" VALUES ('$tenant', '$tenant', '', '', '{}', 'm') ON CONFLICT DO NOTHING;"
		"INSERT INTO bulkhead.vector_store_batch (tenant_id, id, store_id, created_at)"
		" SELECT '$tenant', gen_random_uuid(), '$tenant', now() - interval '$age'"
		"   FROM generate_series(1, $n)",
		"SELECT count(*) FROM vector_store_batch WHERE tenant_id = $1"},
	{&model_service, "usage",
		OWNER ";"
		"INSERT INTO bulkhead.usage_event (tenant_id, id, request_id, kind, model_tenant_id, model_id,"
		" model, subject, actor, credential_id, user_id, key_id, team_id, status, source, started_at,"
		" ended_at, arrived_at, streamed, batch, input_tokens, cached_tokens, cache_write_tokens,"
		" output_tokens, units, price_known, price_version, rate_version, cost_nanos, covered_nanos)"
		" SELECT '$tenant', ('f' || substr(gen_random_uuid()::text, 2))::uuid, 'r', 'chat', '$tenant',"
		"        '$tenant', 'm', 's', '', '$tenant', '$tenant', '$tenant', '$tenant', 'ok', 'reported',"
		"        now(), now(), now() - interval '$age', false, false, 1, 0, 0, 1, 0, true, 1, 0, 1, 0"
		"   FROM generate_series(1, $n)",
		"SELECT count(*) FROM usage_event WHERE tenant_id = $1"},
	{&model_service, "notice",
		OWNER ";"
		"INSERT INTO bulkhead.meter_notice (tenant_id, owner_id, span, starts, percent, limit_nanos,"
		" spent_nanos, crossed_at) SELECT '$tenant', gen_random_uuid(), 'day', now(), 80, 1, 1,"
		"        now() - interval '$age' FROM generate_series(1, $n)",
		"SELECT count(*) FROM meter_notice WHERE tenant_id = $1"},
	{&auth_service, "session",
		"INSERT INTO bulkhead.account (tenant_id, id) VALUES ('" PLATFORM "', '$tenant')"
		" ON CONFLICT DO NOTHING;"
		"INSERT INTO bulkhead.membership (tenant_id, account_id, role) VALUES ('$tenant', '$tenant', 'owner')"
		" ON CONFLICT DO NOTHING;"
		"INSERT INTO bulkhead.session (tenant_id, id, account_id, method, expires_at)"
		" SELECT '$tenant', gen_random_uuid(), '$tenant', 'password', now() - interval '$age'"
		"   FROM generate_series(1, $n)",
		"SELECT count(*) FROM session WHERE tenant_id = $1"},
	{&auth_service, "link",
		"INSERT INTO bulkhead.account (tenant_id, id) VALUES ('" PLATFORM "', '$tenant')"
		" ON CONFLICT DO NOTHING;"
		"INSERT INTO bulkhead.membership (tenant_id, account_id, role) VALUES ('$tenant', '$tenant', 'owner')"
		" ON CONFLICT DO NOTHING;"
		"INSERT INTO bulkhead.one_time_link (tenant_id, id, account_id, purpose, hash, created_by,"
		" expires_at) SELECT '$tenant', gen_random_uuid(), '$tenant', 'p', sha256('x'), 'c',"
		"        now() - interval '$age' FROM generate_series(1, $n)",
		"SELECT count(*) FROM one_time_link WHERE tenant_id = $1"},
	{&auth_service, "idempotency", IDEMPOTENCY("auth"),
		"SELECT count(*) FROM idempotency_auth WHERE tenant_id = $1"},
	{&model_service, "idempotency", IDEMPOTENCY("model"),
		"SELECT count(*) FROM idempotency_model WHERE tenant_id = $1"},
	{&rag_service, "idempotency", IDEMPOTENCY("rag"),
		"SELECT count(*) FROM idempotency_rag WHERE tenant_id = $1"},
	{&multimodal_service, "image",
		"INSERT INTO bulkhead.image_job (tenant_id, id, job_id, kind, status, spec, removed, images, detached,"
		" subject, credential_id, request_id, traceparent, completed_at)"
		" SELECT '$tenant', gen_random_uuid(), gen_random_uuid(), 'edit', 'failed', '{}', '', 1, false, '',"
		"        gen_random_uuid(), '', '', now() - interval '$age' FROM generate_series(1, $n)",
		"SELECT count(*) FROM image_job WHERE tenant_id = $1"},
	{&multimodal_service, "job",
		"INSERT INTO bulkhead.job (tenant_id, id, queue, kind, subject, payload, state, finished_at)"
		" SELECT '$tenant', gen_random_uuid(), 'multimodal', 'k', gen_random_uuid(), '{}', 'done',"
		"        now() - interval '$age' FROM generate_series(1, $n)",
		"SELECT count(*) FROM job WHERE tenant_id = $1 AND queue = 'multimodal'"},
	{&multimodal_service, "idempotency", IDEMPOTENCY("multimodal"),
		"SELECT count(*) FROM idempotency_multimodal WHERE tenant_id = $1"},
	{&finetune_service, "tuning",
		"INSERT INTO bulkhead.fine_tuning_job (tenant_id, id, status, stage, model, method, seed, training_file_id, spec,"
		" metadata, subject, actor, credential_id, session_id, user_id, key_id, team_id, request_id, traceparent,"
		" created_at, finished_at, reserved_tokens, price_nanos, rate_version)"
		" SELECT '$tenant', gen_random_uuid(), 'failed', 'train', 'm', 'dpo', 1, gen_random_uuid(), '{}', '{}', '', '',"
		"        gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', '',"
		"        now() - interval '$age', now() - interval '$age', 0, 0, 0 FROM generate_series(1, $n)",
		"SELECT count(*) FROM fine_tuning_job WHERE tenant_id = $1"},
	{&finetune_service, "job",
		"INSERT INTO bulkhead.job (tenant_id, id, queue, kind, subject, payload, state, finished_at)"
		" SELECT '$tenant', gen_random_uuid(), 'finetune', 'k', gen_random_uuid(), '{}', 'done',"
		"        now() - interval '$age' FROM generate_series(1, $n)",
		"SELECT count(*) FROM job WHERE tenant_id = $1 AND queue = 'finetune'"},
	{&finetune_service, "idempotency", IDEMPOTENCY("finetune"),
		"SELECT count(*) FROM idempotency_finetune WHERE tenant_id = $1"},
	{&agent_service, "idempotency", IDEMPOTENCY("agent"),
		"SELECT count(*) FROM idempotency_agent WHERE tenant_id = $1"},
};
/* clang-format on */

static struct bh_test_db test;
static struct bh_db admin;

static int
group_open(void **state)
{
	int rc;

	(void)state;
	rc = bh_test_db_open(&test);
	if (rc == 0)
		admin = bh_test_db_as(&test, NULL, NULL);
	return rc;
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

/* The text with its marks replaced. */
static const char *
filled(const char *text, const struct bh_uuid *tenant, const char *age, int64_t n)
{
	static const char *const marks[] = {"$tenant", "$age", "$n"};
	char id[BH_UUID_TEXT], count[24];
	const char *const values[] = {id, age, count};
	struct bh_buf out = {0};
	const char *copy;

	bh_uuid_format(tenant, id);
	snprintf(count, sizeof(count), "%lld", (long long)n);
	while (*text != '\0') {
		size_t i = 0;

		while (i < BH_COUNT(marks) && strncmp(text, marks[i], strlen(marks[i])) != 0)
			i++;
		if (i < BH_COUNT(marks)) {
			bh_buf_text(&out, values[i]);
			text += strlen(marks[i]);
		} else {
			bh_buf_char(&out, *text++);
		}
	}
	copy = bh_arena_strdup(&test.arena, bh_buf_string(&out));
	bh_buf_close(&out);
	return copy;
}

/* Whether the trigger has seen to it that the worker finds the tenant. */
static bool
noted(const struct sample *sample, const struct bh_uuid *tenant)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_text_param(sample->service->name),
		bh_text_param(sample->kind)};
	bool found = false;

	assert_int_equal(bh_db_read_one(&admin,
						 "SELECT EXISTS (SELECT FROM retention"
						 " WHERE tenant_id = $1 AND queue = $2 AND kind = $3)",
						 BH_LIST(params), &bh_row_bool, &found),
		0);
	return found;
}

static void
add(const struct sample *sample, const struct bh_uuid *tenant, const char *age, int64_t n)
{
	int rc = bh_test_db_script(&test, filled(sample->insert, tenant, age, n));

	/* The trigger has noted them as new; they are as if written so long ago. */
	if (rc == 0)
		rc = bh_test_db_script(&test,
			filled("UPDATE bulkhead.retention SET oldest_at = '-infinity'"
				   " WHERE tenant_id = '$tenant'",
				tenant, age, n));

	if (rc < 0)
		print_error("%s of %s: %s\n", sample->kind, sample->service->name, bh_error_detail(rc));
	assert_int_equal(rc, 0);
	assert_true(noted(sample, tenant));
}

static int64_t
count(const struct sample *sample, const struct bh_uuid *tenant)
{
	const struct bh_param params[] = {bh_uuid_param(tenant)};
	int64_t number = -1;

	assert_int_equal(bh_db_read_one(&admin, sample->count, BH_LIST(params), &bh_row_int, &number),
		0);
	return number;
}

static const struct bh_retention_kind *
kind_of(const struct sample *sample)
{
	const struct bh_retention_kind *kind = sample->service->retention;

	while (kind->name != NULL && strcmp(kind->name, sample->kind) != 0)
		kind++;
	assert_non_null(kind->name);
	return kind;
}

/* One beat of a service that keeps one kind for KEEP_S, and the others for years. True: something failed. */
static bool
beat_once(const struct sample *sample)
{
	const struct bh_service *service = sample->service;
	bool stopping = false, failing = false;
	const char *role = bh_arena_printf(&test.arena, "bulkhead_%s", service->name);
	char *state = bh_arena_alloc(&test.arena, service->state_size);
	struct bh_retention retention = {
		.queue = service->name,
		.kinds = service->retention,
		.state = state,
		.db = bh_test_db_as(&test, role, NULL).pool,
		.stopping = &stopping,
	};

	for (const struct bh_retention_kind *kind = service->retention; kind->name != NULL; kind++) {
		if (kind->keep_s > 0)
			*(int64_t *)(void *)(state + kind->keep_s) = KEEP_S * 24 * 1000;
	}
	/* Last: another kind may have the same setting. */
	if (kind_of(sample)->keep_s > 0)
		*(int64_t *)(void *)(state + kind_of(sample)->keep_s) = KEEP_S;
	bh_retention_beat(&retention);
	for (size_t i = 0; service->retention[i].name != NULL; i++)
		failing = failing || retention.done[i].failing;
	return failing;
}

static void
beat(const struct sample *sample)
{
	assert_false(beat_once(sample));
}

static void
what_is_old_goes_and_what_is_young_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(samples); i++) {
		struct bh_uuid tenant = bh_uuid_new();
		/* Expiries have passed at once; what is in the future stays. */
		bool expiry = kind_of(&samples[i])->keep_s == 0;

		add(&samples[i], &tenant, "61 minutes", 3);
		add(&samples[i], &tenant, expiry ? "-61 minutes" : "30 minutes", 2);
		assert_int_equal(count(&samples[i], &tenant), 5);
		beat(&samples[i]);
		if (count(&samples[i], &tenant) != 2)
			print_error("%s of %s\n", samples[i].kind, samples[i].service->name);
		assert_int_equal(count(&samples[i], &tenant), 2);
		beat(&samples[i]);
		assert_int_equal(count(&samples[i], &tenant), 2);
	}
}

static void
however_much_one_tenant_has_a_beat_reaches_the_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < BH_COUNT(samples); i++) {
		struct bh_uuid rich = bh_uuid_new(), poor = bh_uuid_new();
		int64_t most = kind_of(&samples[i])->most;

		add(&samples[i], &rich, "2 hours", most * 2 + 1);
		add(&samples[i], &poor, "61 minutes", 1);
		beat(&samples[i]);
		assert_int_equal(count(&samples[i], &poor), 0);
		/* A beat ends when its time is over, but never without a piece of each. */
		assert_in_range(count(&samples[i], &rich), 0, most + 1);
		beat(&samples[i]);
		beat(&samples[i]);
		assert_int_equal(count(&samples[i], &rich), 0);
	}
}

/* A lower setting takes effect at once: what is noted is a time, not a deadline. */
static void
rows_that_age_after_a_look_are_found(void **state)
{
	const struct sample *sample = &samples[0];
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	add(sample, &tenant, "30 minutes", 1);
	assert_int_equal(bh_test_db_script(&test,
						 "UPDATE bulkhead.retention SET oldest_at = '-infinity'"),
		0);
	beat(sample);
	assert_int_equal(count(sample, &tenant), 1);
	assert_int_equal(bh_test_db_script(&test,
						 "UPDATE bulkhead.response SET completed_at = completed_at - interval '1 "
						 "hour';"
						 "UPDATE bulkhead.retention SET oldest_at = oldest_at - interval '1 hour'"),
		0);
	beat(sample);
	assert_int_equal(count(sample, &tenant), 0);
}

/* Sixteen are looked at in a beat: as many whose rows cannot be removed stand in front of one more. */
static void
tenants_whose_rows_cannot_be_removed_hold_up_nobody(void **state)
{
	const struct sample *sample = &samples[0];
	struct bh_uuid stuck[BH_RETENTION_TENANTS_AT_ONCE], tenant = bh_uuid_new();

	(void)state;
	assert_int_equal(bh_test_db_script(&test,
						 "CREATE TABLE bulkhead.stuck (tenant_id uuid, id uuid, FOREIGN KEY "
						 "(tenant_id, id)"
						 " REFERENCES bulkhead.response (tenant_id, id));"
						 "ALTER TABLE bulkhead.stuck OWNER TO bulkhead_owner"),
		0);
	for (size_t i = 0; i < BH_COUNT(stuck); i++) {
		stuck[i] = bh_uuid_new();
		add(sample, &stuck[i], "61 minutes", 1);
		assert_int_equal(bh_test_db_script(&test,
							 filled("INSERT INTO bulkhead.stuck SELECT tenant_id, id FROM"
									" bulkhead.response WHERE tenant_id = '$tenant'",
								 &stuck[i], "", 0)),
			0);
	}
	add(sample, &tenant, "61 minutes", 1);
	assert_int_equal(bh_test_db_script(&test,
						 filled("UPDATE bulkhead.retention SET oldest_at = now() - interval '61 "
								"minutes'"
								" WHERE tenant_id = '$tenant'",
							 &tenant, "", 0)),
		0);
	assert_true(beat_once(sample));
	assert_int_equal(count(sample, &tenant), 1);
	(void)beat_once(sample);
	assert_int_equal(count(sample, &tenant), 0);
	assert_int_equal(bh_test_db_script(&test, "DROP TABLE bulkhead.stuck"), 0);
}

static void
what_is_still_under_way_is_not_old(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	add(&samples[2], &tenant, "61 minutes", 1);
	add(&samples[4], &tenant, "61 minutes", 1);
	assert_int_equal(
		bh_test_db_script(&test,
			filled("UPDATE bulkhead.job SET state = 'running', finished_at = NULL,"
				   " queue = 'rag' WHERE tenant_id = '$tenant';"
				   "INSERT INTO bulkhead.file (tenant_id, id, filename, purpose, bytes,"
				   " sha256, content_type) VALUES ('$tenant', '$tenant', 'f',"
				   " 'assistants', 1, sha256('x'), 't');"
				   "INSERT INTO bulkhead.vector_store_file (tenant_id, store_id, file_id,"
				   " id, job_id, status, attributes, chunking, chunk_tokens,"
				   " overlap_tokens) VALUES ('$tenant', '$tenant', '$tenant', '$tenant',"
				   " '$tenant', 'in_progress', '{}', 'auto', 800, 400);"
				   "INSERT INTO bulkhead.vector_store_batch_file (tenant_id, store_id,"
				   " batch_id, file_id, job_id) SELECT '$tenant', '$tenant', b.id,"
				   " '$tenant', j.id FROM bulkhead.job AS j, bulkhead.vector_store_batch"
				   " AS b WHERE j.tenant_id = '$tenant' AND b.tenant_id = '$tenant'",
				&tenant, "", 0)),
		0);
	beat(&samples[4]);
	beat(&samples[3]);
	assert_int_equal(count(&samples[4], &tenant), 1);
	assert_int_equal(count(&samples[3], &tenant), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_old_goes_and_what_is_young_stays),
		cmocka_unit_test(however_much_one_tenant_has_a_beat_reaches_the_others),
		cmocka_unit_test(rows_that_age_after_a_look_are_found),
		cmocka_unit_test(tenants_whose_rows_cannot_be_removed_hold_up_nobody),
		cmocka_unit_test(what_is_still_under_way_is_not_old),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
