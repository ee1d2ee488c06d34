/* SPDX-License-Identifier: Apache-2.0 */
/* test_kept.c: counts follow every change, and of many at once exactly those are accepted that fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "agent/kept.h"
#include "agent/store.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/testing.h"
#include "queue/queue.h"

enum { AT_ONCE = 12 };

struct adding {
	struct bh_uuid tenant;
	struct agent_response response;
	const struct agent_conf *conf;
	int rc;
};

static int
add_work(struct bh_db *tx, void *ctx)
{
	const struct adding *adding = ctx;
	const struct agent_item items[] = {{.id = "a", .json = "{\"n\":1}"}, {.id = "b", .json = "{}"}};
	const struct agent_event event = {.sequence = 0,
		.type = "response.created",
		.data = "0123456789"};
	int rc = agent_store_response_add(tx, &adding->tenant, &adding->response);

	if (rc == 0)
		rc = agent_store_item_add(tx, &adding->tenant, &adding->response.id, false, 0, items, 2);
	if (rc == 0)
		rc = agent_store_event_add(tx, &adding->tenant, &adding->response.id, 0, &event, 1);
	return rc < 0 ? rc : agent_kept_check(tx, &adding->tenant, adding->conf);
}

static struct adding
adding_for(const struct bh_uuid *tenant, const struct agent_conf *conf)
{
	return (struct adding){.tenant = *tenant,
		.conf = conf,
		.response = {.id = bh_uuid_new(),
			.job = bh_uuid_new(),
			.status = "queued",
			.model = "m",
			.echo = "{\"instructions\":\"short\"}",
			.store = true,
			.subject = "service:test",
			.request_id = "r",
			.traceparent = "",
			.journal_bytes = 10,
			.created_ms = bh_clock_wall_ms()}};
}

static int
add(struct adding *adding)
{
	struct bh_db db = bh_test_db_as(&bh_test_group, "bulkhead_agent", &adding->tenant);

	return bh_tx_run(&db, add_work, adding);
}

static struct agent_kept
kept_of(const struct bh_uuid *tenant)
{
	struct bh_db db = bh_test_db_as(&bh_test_group, "bulkhead_agent", tenant);
	struct agent_kept kept;

	assert_int_equal(agent_store_kept_get(&db, tenant, &kept), 0);
	return kept;
}

static void
what_is_kept_follows_a_response_from_its_beginning_to_its_removal(void **state)
{
	const struct agent_conf conf = {.kept_bytes_max = 1000000, .unfinished_max = 10};
	const struct bh_uuid tenant = bh_uuid_new();
	struct adding adding = adding_for(&tenant, &conf);
	struct bh_db db = bh_test_db_as(&bh_test_group, "bulkhead_agent", &tenant);
	int64_t row = 512 + (int64_t)strlen(adding.response.echo), items = 2 * 160 + 7 + 2;

	(void)state;
	assert_int_equal(add(&adding), 0);
	assert_int_equal(kept_of(&tenant).bytes, row + items + 10);
	assert_int_equal(kept_of(&tenant).unfinished, 1);
	assert_int_equal(agent_store_response_begin(&db, &tenant, &adding.response.id), 0);
	assert_int_equal(kept_of(&tenant).unfinished, 1);
	/* From the end on the journal counts as it lies there. */
	adding.response.status = "completed";
	adding.response.completed_ms = bh_clock_wall_ms();
	assert_int_equal(agent_store_response_end(&db, &tenant, &adding.response), 0);
	assert_int_equal(kept_of(&tenant).bytes, row + items + 96 + 10);
	assert_int_equal(kept_of(&tenant).unfinished, 0);
	assert_int_equal(bh_test_db_script(&bh_test_group,
						 "UPDATE bulkhead.response SET journal_gone = true WHERE NOT journal_gone"),
		0);
	assert_int_equal(kept_of(&tenant).bytes, row + items);
	assert_int_equal(agent_store_response_delete(&db, &tenant, &adding.response.id), 0);
	assert_int_equal(kept_of(&tenant).bytes, 0);
	assert_int_equal(kept_of(&tenant).unfinished, 0);
	assert_int_equal(kept_of(&tenant).changes, 0);
}

static void
a_response_that_is_deleted_while_it_waits_is_no_longer_unfinished(void **state)
{
	const struct agent_conf conf = {.kept_bytes_max = 1000000, .unfinished_max = 1};
	const struct bh_uuid tenant = bh_uuid_new();
	struct adding first = adding_for(&tenant, &conf), second = adding_for(&tenant, &conf);
	struct bh_db db = bh_test_db_as(&bh_test_group, "bulkhead_agent", &tenant);

	(void)state;
	assert_int_equal(add(&first), 0);
	assert_int_equal(agent_kept_admit(&db, &tenant, &conf), BH_E_BUSY);
	assert_int_equal(add(&second), BH_E_BUSY);
	assert_int_equal(kept_of(&tenant).unfinished, 1);
	assert_int_equal(agent_store_response_delete(&db, &tenant, &first.response.id), 0);
	assert_int_equal(kept_of(&tenant).bytes, 0);
	assert_int_equal(agent_kept_admit(&db, &tenant, &conf), 0);
	assert_int_equal(add(&second), 0);
}

static void *
add_one(void *ctx)
{
	struct adding *adding = ctx;

	adding->rc = add(adding);
	return NULL;
}

static void
of_many_at_once_as_many_are_accepted_as_fit(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new(), neighbour = bh_uuid_new();
	const struct agent_conf wide = {.unfinished_max = 1000};
	struct adding one = adding_for(&tenant, &wide), other = adding_for(&neighbour, &wide);
	struct agent_conf conf = wide;
	struct adding adding[AT_ONCE];
	pthread_t threads[AT_ONCE];
	size_t accepted = 0;

	(void)state;
	assert_int_equal(add(&one), 0);
	/* Room for five of the same size. */
	conf.kept_bytes_max = kept_of(&tenant).bytes * 5 + 1;
	for (size_t i = 0; i < AT_ONCE; i++)
		adding[i] = adding_for(&tenant, &conf);
	for (size_t i = 0; i < AT_ONCE; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_one, &adding[i]), 0);
	for (size_t i = 0; i < AT_ONCE; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (size_t i = 0; i < AT_ONCE; i++) {
		assert_true(adding[i].rc == 0 || adding[i].rc == BH_E_STORAGE);
		accepted += adding[i].rc == 0;
	}
	assert_int_equal(accepted, 4);
	other.conf = &conf;
	assert_int_equal(add(&other), 0);
}

static void
many_changes_become_one(void **state)
{
	const struct agent_conf conf = {.unfinished_max = 1000};
	const struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		struct adding adding = adding_for(&tenant, &conf);

		assert_int_equal(add(&adding), 0);
	}
	assert_int_equal(kept_of(&tenant).unfinished, 40);
	assert_in_range(kept_of(&tenant).changes, 1, 70);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_follows_a_response_from_its_beginning_to_its_removal),
		cmocka_unit_test(a_response_that_is_deleted_while_it_waits_is_no_longer_unfinished),
		cmocka_unit_test(of_many_at_once_as_many_are_accepted_as_fit),
		cmocka_unit_test(many_changes_become_one),
	};

	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
