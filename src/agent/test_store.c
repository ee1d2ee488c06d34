/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c: responses, items and journals against a scratch database; commits under a lease. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/chain.h"
#include "agent/journal.h"
#include "agent/store.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/testing.h"

static struct bh_uuid acme, other;

static int
group_open(void **state)
{
	acme = bh_uuid_new();
	other = bh_uuid_new();
	return bh_test_group_open(state);
}

static struct bh_db
as(const struct bh_uuid *tenant)
{
	return bh_test_db_as(&bh_test_group, "bulkhead_agent", tenant);
}

struct making {
	const struct bh_uuid *tenant;
	struct agent_response response;
	const struct agent_item *items;
	size_t n_items;
};

static int
make_work(struct bh_db *tx, void *ctx)
{
	const struct making *making = ctx;
	const struct bh_job_new job = {.id = making->response.job,
		.queue = AGENT_QUEUE,
		.kind = AGENT_JOB_RUN,
		.subject = making->response.id,
		.payload = "{}"};
	int rc;

	rc = agent_store_response_add(tx, making->tenant, &making->response);
	if (rc == 0)
		rc = agent_store_item_add(tx, making->tenant, &making->response.id, false, 0, making->items,
			making->n_items);
	return rc < 0 ? rc : bh_job_add(tx, making->tenant, &job);
}

static struct agent_response
a_response(void)
{
	return (struct agent_response){
		.id = bh_uuid_new(),
		.job = bh_uuid_new(),
		.status = "in_progress",
		.model = "m",
		.echo = "{}",
		.store = true,
		.subject = "service:test",
		.request_id = "r",
		.traceparent = "",
		.created_ms = bh_clock_wall_ms(),
	};
}

static int
make(const struct bh_uuid *tenant, const struct agent_response *response,
	const struct agent_item *items, size_t n)
{
	struct making making = {.tenant = tenant, .response = *response, .items = items, .n_items = n};
	struct bh_db db = as(tenant);

	return bh_tx_run(&db, make_work, &making);
}

/* A made response whose job this test holds. */
static struct agent_journal
hold(const struct agent_response *response, struct agent_hub *hub)
{
	struct agent_journal journal = {.response = response->id, .hub = hub};
	struct bh_db db = as(&acme);

	journal.pool = db.pool;
	assert_int_equal(bh_lease_claim_job(&db, &acme, &response->job, "test", 60000, &journal.lease),
		0);
	return journal;
}

static void
a_response_comes_back_as_it_was_kept(void **state)
{
	struct agent_response response = a_response(), found;
	const struct agent_item items[] = {{.id = "msg_1", .json = "{\"a\":1}"},
		{.id = "msg_2", .json = "{\"b\":2}"}};
	struct bh_db db = as(&acme), stranger = as(&other);
	struct agent_item *list;
	size_t n;

	(void)state;
	response.previous = bh_uuid_new();
	response.by_key = true;
	assert_int_equal(make(&acme, &response, items, 2), 0);
	assert_int_equal(agent_store_response_get(&db, &acme, &response.id, &found), 0);
	assert_true(bh_uuid_equal(&found.previous, &response.previous));
	assert_true(found.by_key);
	assert_string_equal(found.status, "in_progress");
	assert_null(found.error_code);
	assert_false(found.usage.known);
	assert_int_equal(agent_store_item_list(&db, &acme, &response.id, false, &list, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[1].json, "{\"b\":2}");

	/* Each lock by itself: a foreign context, and a foreign tenant's argument. */
	assert_int_equal(agent_store_response_get(&stranger, &acme, &response.id, &found),
		BH_E_NOT_FOUND);
	assert_int_equal(agent_store_response_get(&db, &other, &response.id, &found), BH_E_NOT_FOUND);
	assert_int_equal(agent_store_response_delete(&stranger, &acme, &response.id), BH_E_NOT_FOUND);
}

static void
inputs_are_paged_both_ways(void **state)
{
	struct agent_response response = a_response();
	const struct agent_item items[] = {{.id = "a", .json = "1"}, {.id = "b", .json = "2"},
		{.id = "c", .json = "3"}};
	struct bh_db db = as(&acme);
	struct agent_item *list;
	size_t n;

	(void)state;
	assert_int_equal(make(&acme, &response, items, 3), 0);
	assert_int_equal(agent_store_item_page(&db, &acme, &response.id, NULL, false, 2, &list, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].id, "c");
	assert_int_equal(agent_store_item_page(&db, &acme, &response.id, "b", false, 2, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].id, "a");
	assert_int_equal(agent_store_item_page(&db, &acme, &response.id, "a", true, 2, &list, &n), 0);
	assert_string_equal(list[0].id, "b");
	assert_int_equal(agent_store_item_page(&db, &acme, &response.id, "x", true, 2, &list, &n),
		BH_E_NOT_FOUND);
}

/* Three that go on with each other; `out` of their ids. */
static void
make_chain(struct bh_uuid out[3])
{
	struct agent_response responses[3] = {a_response(), a_response(), a_response()};
	const struct agent_item items[] = {{.id = "one", .json = "1"}, {.id = "two", .json = "2"},
		{.id = "three", .json = "3"}};

	for (size_t i = 0; i < 3; i++) {
		if (i > 0)
			responses[i].previous = responses[i - 1].id;
		/* One without an input has its place too. */
		assert_int_equal(make(&acme, &responses[i], &items[i], i == 1 ? 0 : 1), 0);
		out[i] = responses[i].id;
	}
}

static void
a_chain_is_read_from_its_beginning_or_not_at_all(void **state)
{
	struct bh_db db = as(&acme), stranger = as(&other);
	struct bh_uuid ids[3];
	struct agent_item *list;
	bool more = true;
	size_t n;

	(void)state;
	make_chain(ids);
	assert_int_equal(agent_store_item_chain(&db, &acme, &ids[2], 100000, &list, &n, &more), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].id, "one");
	assert_string_equal(list[1].id, "three");
	assert_false(more);
	assert_int_equal(agent_store_item_chain(&stranger, &acme, &ids[2], 100000, &list, &n, &more),
		BH_E_NOT_FOUND);
	assert_int_equal(agent_store_response_delete(&db, &acme, &ids[0]), 0);
	assert_int_equal(agent_store_item_chain(&db, &acme, &ids[2], 100000, &list, &n, &more),
		BH_E_NOT_FOUND);
	assert_int_equal(agent_store_response_delete(&db, &acme, &ids[2]), 0);
	assert_int_equal(agent_store_item_chain(&db, &acme, &ids[2], 100000, &list, &n, &more),
		BH_E_NOT_FOUND);
}

static void
of_a_large_chain_the_newest_is_read_and_it_says_so(void **state)
{
	struct bh_db db = as(&acme);
	struct bh_uuid ids[3];
	struct agent_item *list;
	bool more = false;
	size_t n;

	(void)state;
	make_chain(ids);
	assert_int_equal(agent_store_item_chain(&db, &acme, &ids[2], 1, &list, &n, &more), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].id, "three");
	assert_true(more);
	/* What lies before those that are read is not missed. */
	assert_int_equal(agent_store_response_delete(&db, &acme, &ids[0]), 0);
	assert_int_equal(agent_store_item_chain(&db, &acme, &ids[2], 1, &list, &n, &more), 0);
	assert_true(more);
}

static void
a_commit_writes_events_and_finished_items_and_wakes_listeners(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	struct agent_response response = a_response(), found;
	struct agent_record record = {.response = &response};
	struct bh_arena arena = {0};
	struct agent_journal journal;
	struct agent_watch watch;
	struct bh_db db = as(&acme);
	struct agent_event *events;
	struct agent_output *message;
	struct agent_item *items;
	uint64_t count = 0;
	size_t n;

	(void)state;
	record.arena = &arena;
	assert_int_equal(make(&acme, &response, NULL, 0), 0);
	journal = hold(&response, hub);
	assert_int_equal(agent_hub_watch(hub, &acme, &response, &watch), 0);

	message = agent_record_message_begin(&record, false);
	agent_record_delta(&record, message, "Hi", 2);
	assert_int_equal(agent_journal_due_ms(&journal, &record, bh_clock_steady_us()), 0);
	assert_int_equal(agent_journal_commit(&journal, &record, AGENT_JOURNAL_GO_ON), 0);
	assert_int_equal(read(watch.fd, &count, sizeof(count)), sizeof(count));
	assert_int_equal(agent_journal_due_ms(&journal, &record, bh_clock_steady_us()), -1);

	agent_record_delta(&record, message, "!", 1);
	assert_int_equal(agent_journal_due_ms(&journal, &record, journal.committed_us + 5000), 20);
	agent_record_end(&record, message, "completed");
	response.status = "completed";
	response.completed_ms = bh_clock_wall_ms();
	response.usage = (struct agent_usage){.known = true, .input = 5, .output = 2};
	agent_record_response(&record, "response.completed");
	assert_int_equal(agent_journal_commit(&journal, &record, AGENT_JOURNAL_DONE), 0);

	assert_int_equal(agent_store_event_list(&db, &acme, &response.id, 0, 100, &events, &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(events[0].sequence, 1);
	assert_string_equal(events[6].type, "response.completed");
	assert_int_equal(agent_store_item_list(&db, &acme, &response.id, true, &items, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(agent_store_response_get(&db, &acme, &response.id, &found), 0);
	assert_string_equal(found.status, "completed");
	assert_int_equal(found.usage.input, 5);
	/* The job went with it: the lease is over. */
	agent_record_response(&record, "response.completed");
	assert_int_equal(agent_journal_commit(&journal, &record, AGENT_JOURNAL_GO_ON), BH_E_LOST);

	agent_hub_unwatch(&watch, 0);
	agent_record_close(&record);
	agent_hub_free(hub);
	bh_arena_close(&arena);
}

static void
a_refusal_is_kept_with_its_code_and_its_time(void **state)
{
	static const struct {
		const char *code;
		int64_t wait_ms, kept_ms;
	} cases[] = {{"upstream_rate_limited", 7000, 7000}, {"invalid_value", -1, -1}, {NULL, 7, -1}};
	struct agent_hub *hub = agent_hub_new();
	struct bh_db db = as(&acme);

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct agent_response response = a_response(), found;
		struct bh_arena arena = {0};
		struct agent_record record = {.response = &response, .arena = &arena};
		struct agent_journal journal;

		assert_int_equal(make(&acme, &response, NULL, 0), 0);
		journal = hold(&response, hub);
		response.status = "failed";
		response.completed_ms = bh_clock_wall_ms();
		response.error_code = "rate_limit_exceeded";
		response.refusal_code = cases[i].code;
		response.refusal_wait_ms = cases[i].wait_ms;
		agent_record_response(&record, "response.failed");
		assert_int_equal(agent_journal_commit(&journal, &record, AGENT_JOURNAL_FAILED), 0);
		assert_int_equal(agent_store_response_get(&db, &acme, &response.id, &found), 0);
		if (cases[i].code == NULL)
			assert_null(found.refusal_code);
		else
			assert_string_equal(found.refusal_code, cases[i].code);
		assert_int_equal(found.refusal_wait_ms, cases[i].kept_ms);
		agent_record_close(&record);
		bh_arena_close(&arena);
	}
	agent_hub_free(hub);
}

static void
a_worker_whose_lease_was_taken_writes_nothing(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	struct agent_response response = a_response();
	struct agent_record record = {.response = &response};
	struct bh_arena arena = {0};
	struct agent_journal zombie, living;
	struct bh_db db = as(&acme);
	struct agent_event *events;
	size_t n;

	(void)state;
	record.arena = &arena;
	assert_int_equal(make(&acme, &response, NULL, 0), 0);
	zombie = hold(&response, hub);
	assert_int_equal(bh_test_db_script(&bh_test_group,
						 "UPDATE bulkhead.job_ready"
						 " SET due_at = now() - interval '1 second' WHERE worker IS NOT NULL"),
		0);
	living = hold(&response, hub);

	agent_record_message_begin(&record, false);
	assert_int_equal(agent_journal_commit(&zombie, &record, AGENT_JOURNAL_GO_ON), BH_E_LOST);
	assert_int_equal(agent_store_event_list(&db, &acme, &response.id, -1, 100, &events, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(agent_journal_commit(&living, &record, AGENT_JOURNAL_GO_ON), 0);
	assert_int_equal(agent_store_event_list(&db, &acme, &response.id, -1, 100, &events, &n), 0);
	assert_int_equal(n, 2);
	agent_record_close(&record);
	agent_hub_free(hub);
	bh_arena_close(&arena);
}

static void
a_run_whose_response_was_deleted_learns_of_it(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	struct agent_response response = a_response();
	struct agent_record record = {.response = &response};
	struct bh_arena arena = {0};
	struct agent_journal journal;
	struct bh_db db = as(&acme);

	(void)state;
	record.arena = &arena;
	assert_int_equal(make(&acme, &response, NULL, 0), 0);
	journal = hold(&response, hub);
	assert_int_equal(agent_store_response_delete(&db, &acme, &response.id), 0);
	agent_record_message_begin(&record, false);
	assert_int_equal(agent_journal_commit(&journal, &record, AGENT_JOURNAL_GO_ON), BH_E_REFERENCE);
	agent_record_close(&record);
	agent_hub_free(hub);
	bh_arena_close(&arena);
}

static void
what_is_not_stored_is_kept_for_its_stream_and_then_claimed_again(void **state)
{
	struct agent_hub *hub = agent_hub_new();
	struct agent_response response = a_response();
	struct agent_record record = {.response = &response};
	struct bh_arena arena = {0};
	struct agent_journal journal;
	struct bh_db db = as(&acme);
	struct bh_lease lease;

	(void)state;
	record.arena = &arena;
	response.store = false;
	assert_int_equal(make(&acme, &response, NULL, 0), 0);
	journal = hold(&response, hub);
	response.status = "completed";
	response.completed_ms = bh_clock_wall_ms();
	agent_record_response(&record, "response.completed");
	assert_int_equal(agent_journal_commit(&journal, &record, AGENT_JOURNAL_DONE), 0);
	assert_int_equal(bh_test_db_script(&bh_test_group,
						 "UPDATE bulkhead.job_ready SET due_at = now()"),
		0);
	assert_int_equal(bh_lease_claim_job(&db, &acme, &response.job, "test", 1000, &lease), 0);
	assert_true(bh_uuid_equal(&lease.subject, &response.id));
	agent_record_close(&record);
	agent_hub_free(hub);
	bh_arena_close(&arena);
}

static void
a_conversation_is_continued_whole_or_cut_only_if_that_is_allowed(void **state)
{
	enum { LARGE = 9 * 1024 * 1024 };
	struct agent_response first = a_response(), second = a_response(), third = a_response();
	char *large = calloc(1, LARGE + 1);
	struct agent_item item = {.id = "small", .json = "1"};
	struct bh_db db = as(&acme);
	struct agent_item *list;
	size_t n;

	(void)state;
	memset(large, '1', LARGE);
	second.previous = first.id;
	third.previous = second.id;
	assert_int_equal(make(&acme, &first, &item, 1), 0);
	assert_int_equal(make(&acme, &second, &item, 1), 0);
	assert_int_equal(agent_chain_read(&db, &acme, &second.id, false, &list, &n), 0);
	assert_int_equal(n, 2);
	item.json = large;
	assert_int_equal(make(&acme, &third, &item, 1), 0);
	assert_int_equal(agent_chain_read(&db, &acme, &third.id, false, &list, &n),
		BH_E_CONTEXT_LENGTH);
	assert_string_equal(bh_error_field(BH_E_CONTEXT_LENGTH), "previous_response_id");
	assert_int_equal(agent_chain_read(&db, &acme, &third.id, true, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(agent_store_response_delete(&db, &acme, &first.id), 0);
	assert_int_equal(agent_chain_read(&db, &acme, &second.id, true, &list, &n), BH_E_NOT_FOUND);
	assert_non_null(strstr(bh_error_detail(BH_E_NOT_FOUND), "was deleted or has expired"));
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_response_comes_back_as_it_was_kept),
		cmocka_unit_test(inputs_are_paged_both_ways),
		cmocka_unit_test(a_chain_is_read_from_its_beginning_or_not_at_all),
		cmocka_unit_test(of_a_large_chain_the_newest_is_read_and_it_says_so),
		cmocka_unit_test(a_commit_writes_events_and_finished_items_and_wakes_listeners),
		cmocka_unit_test(a_refusal_is_kept_with_its_code_and_its_time),
		cmocka_unit_test(a_worker_whose_lease_was_taken_writes_nothing),
		cmocka_unit_test(a_run_whose_response_was_deleted_learns_of_it),
		cmocka_unit_test(what_is_not_stored_is_kept_for_its_stream_and_then_claimed_again),
		cmocka_unit_test(a_conversation_is_continued_whole_or_cut_only_if_that_is_allowed),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, bh_test_group_close);
}
