/* SPDX-License-Identifier: Apache-2.0 */
/* test_record.c: the order of events, and outputs read back from a journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/record.h"
#include "base/error.h"

struct fixture {
	struct bh_arena arena;
	struct agent_response response;
	struct agent_record record;
};

static const char echo_text[] =
	"{\"instructions\":null,\"tools\":[],\"tool_choice\":\"auto\",\"metadata\":{}}";

static int
open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	fix->response = (struct agent_response){.id = bh_uuid_new(),
		.status = "in_progress",
		.model = "m",
		.echo = echo_text,
		.store = true,
		.created_ms = 1700000000000};
	fix->record = (struct agent_record){.arena = &fix->arena, .response = &fix->response};
	*state = fix;
	return 0;
}

static int
close_fixture(void **state)
{
	struct fixture *fix = *state;

	agent_record_close(&fix->record);
	bh_arena_close(&fix->arena);
	free(fix);
	return 0;
}

static const struct agent_event *
events_of(const struct agent_record *record, size_t *out_n)
{
	*out_n = record->pending.len / sizeof(struct agent_event);
	return (const void *)record->pending.data;
}

static void
types_are(const struct agent_record *record, const char *const *types, size_t n)
{
	size_t count;
	const struct agent_event *events = events_of(record, &count);

	for (size_t i = 0; i < n && i < count; i++) {
		struct bh_json_doc doc = {0};
		int64_t number = -1;

		assert_string_equal(events[i].type, types[i]);
		assert_int_equal(bh_json_parse(events[i].data, strlen(events[i].data), &doc), 0);
		assert_string_equal(bh_json_string(bh_json_get(doc.root, "type")), types[i]);
		assert_true(bh_json_int(bh_json_get(doc.root, "sequence_number"), &number));
		assert_int_equal(number, i);
		assert_null(bh_json_get(doc.root, "error"));
		bh_json_close(&doc);
	}
	assert_int_equal(count, n);
}

static void
play_answer(struct agent_record *record)
{
	struct agent_output *search, *message;

	agent_record_response(record, "response.created");
	agent_record_response(record, "response.in_progress");
	search = agent_record_search_begin(record, (const char *[]){"When?"}, 1);
	agent_record_search_end(record, search, "[{\"text\":\"On Friday.\"}]");
	message = agent_record_message_begin(record, false);
	agent_record_delta(record, message, "On ", 3);
	agent_record_delta(record, message, "Friday.", 7);
	agent_record_annotation(record, message, "{\"type\":\"file_citation\",\"index\":10}");
	agent_record_end(record, message, "completed");
}

static void
a_cited_answer_is_told_in_the_order_clients_expect(void **state)
{
	static const char *const types[] = {
		"response.created",
		"response.in_progress",
		"response.output_item.added",
		"response.file_search_call.in_progress",
		"response.file_search_call.searching",
		"response.file_search_call.completed",
		"response.output_item.done",
		"response.output_item.added",
		"response.content_part.added",
		"response.output_text.delta",
		"response.output_text.delta",
		"response.output_text.annotation.added",
		"response.output_text.done",
		"response.content_part.done",
		"response.output_item.done",
		"response.completed",
	};
	struct fixture *fix = *state;

	play_answer(&fix->record);
	fix->response.status = "completed";
	agent_record_response(&fix->record, "response.completed");
	types_are(&fix->record, BH_LIST(types));
}

static void
a_call_is_told_with_its_name_at_the_end(void **state)
{
	static const char *const types[] = {
		"response.output_item.added",
		"response.function_call_arguments.delta",
		"response.function_call_arguments.delta",
		"response.function_call_arguments.done",
		"response.output_item.done",
	};
	struct fixture *fix = *state;
	struct agent_output *call;
	size_t n;

	call = agent_record_call_begin(&fix->record, "call_1", "weather");
	agent_record_delta(&fix->record, call, "{\"a\"", 4);
	agent_record_delta(&fix->record, call, ":1}", 3);
	agent_record_end(&fix->record, call, "completed");
	types_are(&fix->record, BH_LIST(types));
	assert_non_null(strstr(events_of(&fix->record, &n)[3].data,
		"\"name\":\"weather\",\"arguments\":\"{\\\"a\\\":1}\""));
}

static void
results_stay_in_the_row_unless_they_are_asked_for(void **state)
{
	struct fixture *fix = *state;
	const struct agent_finished *finished;
	const struct agent_event *events;
	size_t n;

	play_answer(&fix->record);
	events = events_of(&fix->record, &n);
	finished = (const void *)fix->record.finished.data;
	assert_non_null(strstr(events[6].data, "\"results\":null"));
	assert_non_null(strstr(finished[0].item.json, "\"results\":[{\"text\":\"On Friday.\"}]"));
	assert_int_equal(fix->record.finished.len / sizeof(*finished), 2);
}

static void
usage_is_left_out_while_it_is_not_known(void **state)
{
	struct fixture *fix = *state;
	size_t n;

	agent_record_response(&fix->record, "response.created");
	assert_null(strstr(events_of(&fix->record, &n)[0].data, "usage"));
	fix->response.status = "completed";
	fix->response.usage = (struct agent_usage){.known = true, .input = 3, .output = 4};
	agent_record_response(&fix->record, "response.completed");
	assert_non_null(strstr(events_of(&fix->record, &n)[1].data, "\"total_tokens\":7"));
}

static void
a_journal_gives_back_what_was_put_out(void **state)
{
	struct fixture *fix = *state;
	struct bh_buf before = {0}, after = {0};
	struct agent_record again = {.arena = &fix->arena, .response = &fix->response};
	const struct agent_finished *finished;
	const struct agent_event *events;
	struct agent_item items[2];
	size_t n;

	play_answer(&fix->record);
	agent_record_delta(&fix->record, agent_record_message_begin(&fix->record, false),
		"half \xc3\xa9", 7);
	agent_record_output(&fix->record, true, &before);
	events = events_of(&fix->record, &n);
	finished = (const void *)fix->record.finished.data;
	for (size_t i = 0; i < 2; i++)
		items[i] = finished[i].item;
	assert_int_equal(agent_record_replay(&again, events, n, items, 2), 0);
	agent_record_output(&again, true, &after);
	assert_string_equal(after.data, before.data);
	assert_int_equal(again.next, fix->record.next);
	assert_true(agent_record_has_text(&again));
	assert_string_equal(again.outputs[0].results, "[{\"text\":\"On Friday.\"}]");
	agent_record_close(&again);
	bh_buf_close(&before);
	bh_buf_close(&after);
}

static void
a_refusal_is_a_part_of_its_own_and_is_read_back(void **state)
{
	struct fixture *fix = *state;
	struct agent_record again = {.arena = &fix->arena, .response = &fix->response};
	struct agent_output *message = agent_record_message_begin(&fix->record, true);
	struct bh_buf before = {0}, after = {0};
	const struct agent_event *events;
	size_t n;

	agent_record_delta(&fix->record, message, "No.", 3);
	agent_record_end(&fix->record, message, "completed");
	events = events_of(&fix->record, &n);
	assert_int_equal(n, 6);
	assert_string_equal(events[2].type, "response.refusal.delta");
	assert_null(strstr(events[2].data, "logprobs"));
	assert_string_equal(events[3].type, "response.refusal.done");
	assert_non_null(strstr(events[3].data, "\"refusal\":\"No.\""));
	assert_string_equal(events[4].type, "response.content_part.done");
	assert_non_null(strstr(events[4].data, "\"part\":{\"type\":\"refusal\",\"refusal\":\"No.\"}"));
	agent_record_output(&fix->record, true, &before);
	assert_int_equal(agent_record_replay(&again, events, n, NULL, 0), 0);
	agent_record_output(&again, true, &after);
	assert_string_equal(after.data, before.data);
	agent_record_close(&again);
	bh_buf_close(&before);
	bh_buf_close(&after);
}

static void
a_search_alone_is_no_text(void **state)
{
	struct fixture *fix = *state;

	agent_record_search_end(&fix->record,
		agent_record_search_begin(&fix->record, (const char *[]){"q"}, 1), "[]");
	assert_false(agent_record_has_text(&fix->record));
}

static void
what_is_abandoned_keeps_its_text_and_says_so(void **state)
{
	struct fixture *fix = *state;
	struct agent_output *message = agent_record_message_begin(&fix->record, false);
	const struct agent_finished *finished;

	agent_record_delta(&fix->record, message, "Half", 4);
	agent_record_abandon(&fix->record);
	finished = (const void *)fix->record.finished.data;
	assert_non_null(strstr(finished[0].item.json, "\"status\":\"incomplete\""));
	assert_non_null(strstr(finished[0].item.json, "\"text\":\"Half\""));
}

#define ADDED(item) \
	"{\"type\":\"response.output_item.added\",\"sequence_number\":0,\"output_index\":0," \
	"\"item\":" item "}"
#define MESSAGE \
	"{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\"," \
	"\"content\":[]}"

/* Of one event, with an item before it. */
static int
replay_of(struct fixture *fix, const char *type, const char *data)
{
	const struct agent_event events[] = {{0, "response.output_item.added", ADDED(MESSAGE)},
		{1, type, data}};

	agent_record_close(&fix->record);
	fix->record = (struct agent_record){.arena = &fix->arena, .response = &fix->response};
	return agent_record_replay(&fix->record, events, 2, NULL, 0);
}

static void
a_call_that_was_begun_is_read_back_with_what_it_has(void **state)
{
	struct fixture *fix = *state;
	struct agent_record again = {.arena = &fix->arena, .response = &fix->response};
	struct agent_output *call = agent_record_call_begin(&fix->record, "c1", "weather");
	const struct agent_event *events;
	size_t n;

	agent_record_delta(&fix->record, call, "{\"a\"", 4);
	events = events_of(&fix->record, &n);
	assert_int_equal(agent_record_replay(&again, events, n, NULL, 0), 0);
	assert_int_equal(again.outputs[0].type, AGENT_OUTPUT_CALL);
	assert_string_equal(again.outputs[0].call_id, "c1");
	assert_string_equal(again.outputs[0].name, "weather");
	assert_string_equal(bh_buf_string(&again.outputs[0].text), "{\"a\"");
	assert_string_equal(again.outputs[0].status, "in_progress");
	agent_record_close(&again);
}

static void
a_journal_that_is_damaged_is_an_error(void **state)
{
	static const char delta[] = "response.output_text.delta",
					  added[] = "response.output_item.added";
	static const struct {
		const char *type, *data;
	} cases[] = {
		{delta, "{\"type\":"},
		{delta, "[]"},
		{delta, "{\"sequence_number\":1,\"output_index\":0,\"delta\":\"a\"}"},
		{delta, "{\"type\":\"d\",\"sequence_number\":1,\"output_index\":\"0\"}"},
		{delta, "{\"type\":\"d\",\"sequence_number\":1,\"output_index\":0,\"delta\":7}"},
		/* the same item again, one without a place, one of no type */
		{added, ADDED(MESSAGE)},
		{added,
			"{\"type\":\"response.output_item.added\",\"sequence_number\":1,\"item\":" MESSAGE "}"},
		{added,
			"{\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":1}"},
		{added,
			"{\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":1,"
			"\"item\":{\"type\":\"reasoning\"}}"},
	};
	struct fixture *fix = *state;

	for (size_t i = 0; i < BH_COUNT(cases); i++)
		assert_int_equal(replay_of(fix, cases[i].type, cases[i].data), BH_E_JSON);
}

static void
events_of_an_item_that_is_not_there_tell_nothing(void **state)
{
	static const char *const places[] = {"1", "-1", "9223372036854775807"};
	struct fixture *fix = *state;

	for (size_t i = 0; i < BH_COUNT(places); i++) {
		const char *data = bh_arena_printf(&fix->arena,
			"{\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"output_index\":%s,"
			"\"delta\":\"x\"}",
			places[i]);

		assert_int_equal(replay_of(fix, "response.output_text.delta", data), 0);
		assert_int_equal(fix->record.n_outputs, 1);
		assert_int_equal(fix->record.outputs[0].text.len, 0);
		assert_int_equal(fix->record.next, 2);
	}
}

static void
there_is_an_end_to_how_much_is_put_out(void **state)
{
	struct fixture *fix = *state;

	for (size_t i = 0; i < AGENT_OUTPUTS_MAX; i++)
		assert_non_null(agent_record_call_begin(&fix->record, NULL, "f"));
	assert_memory_equal(fix->record.outputs[0].call_id, "call_", 5);
	assert_null(agent_record_call_begin(&fix->record, NULL, "f"));
	assert_null(agent_record_message_begin(&fix->record, false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_cited_answer_is_told_in_the_order_clients_expect,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_call_is_told_with_its_name_at_the_end, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(results_stay_in_the_row_unless_they_are_asked_for,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(usage_is_left_out_while_it_is_not_known, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(a_journal_gives_back_what_was_put_out, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(a_refusal_is_a_part_of_its_own_and_is_read_back,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_search_alone_is_no_text, open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_call_that_was_begun_is_read_back_with_what_it_has,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(a_journal_that_is_damaged_is_an_error, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(events_of_an_item_that_is_not_there_tell_nothing,
			open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(there_is_an_end_to_how_much_is_put_out, open_fixture,
			close_fixture),
		cmocka_unit_test_setup_teardown(what_is_abandoned_keeps_its_text_and_says_so, open_fixture,
			close_fixture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
