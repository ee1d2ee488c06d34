/* SPDX-License-Identifier: Apache-2.0 */
/* test_items.c: what clients send as input, read, kept and shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/testing_items.h"
#include "agent/calls.h"
#include "base/error.h"

static void
our_own_output_is_accepted_back(void **state)
{
	static const char text[] =
		"[{\"role\":\"user\",\"content\":\"Hi\"},"
		"{\"id\":\"fs_00000000000000000000000000000001\",\"type\":\"file_search_call\","
		"\"status\":\"completed\",\"queries\":[\"q\"],\"results\":null},"
		"{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[]},"
		"{\"id\":\"msg_00000000000000000000000000000002\",\"type\":\"message\",\"status\":"
		"\"completed\","
		"\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"yes\","
		"\"annotations\":"
		"[{\"type\":\"file_citation\",\"file_id\":\"f\",\"filename\":\"n\",\"index\":3,"
		"\"bulkhead\":{\"chunk_id\":\"c\",\"page_start\":null}}],"
		"\"logprobs\":[]}]},"
		"{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{}\"},"
		"{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"5\"}]";
	struct bh_arena arena = {0};
	struct agent_item *items;
	size_t n;

	(void)state;
	assert_int_equal(read_items(text, &arena, &items, &n), 0);
	assert_int_equal(n, 5);
	assert_string_equal(items[1].id, "fs_00000000000000000000000000000001");
	assert_non_null(strstr(items[2].json, "\"index\":3,\"bulkhead\":{"));
	assert_memory_equal(items[0].id, "msg_", 4);
	assert_int_equal(agent_calls_match(NULL, 0, items, n), 0);
	/* Without the call before it an output answers nothing. */
	assert_int_equal(agent_calls_match(NULL, 0, items + 4, 1), BH_E_INVALID);
	/* Named as the client counts: the reasoning item before it was left out. */
	assert_string_equal(bh_error_field(BH_E_INVALID), "input.5.call_id");
	assert_int_equal(agent_calls_match(items, 4, items + 4, 1), 0);
	bh_arena_close(&arena);
}
static void
an_id_that_comes_twice_is_replaced(void **state)
{
	static const char text[] =
		"[{\"id\":\"msg_00000000000000000000000000000002\",\"role\":\"user\",\"content\":\"a\"},"
		"{\"id\":\"msg_00000000000000000000000000000002\",\"role\":\"user\",\"content\":\"b\"}]";
	struct bh_arena arena = {0};
	struct agent_item *items;
	size_t n;

	(void)state;
	assert_int_equal(read_items(text, &arena, &items, &n), 0);
	assert_string_equal(items[0].id, "msg_00000000000000000000000000000002");
	assert_string_not_equal(items[0].id, items[1].id);
	bh_arena_close(&arena);
}

#define ANNOTATED(list) \
	"[{\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"t\"," \
	"\"annotations\":[" list "]}]}]"
#define FOUND(list) "[{\"type\":\"file_search_call\",\"queries\":[],\"results\":[" list "]}]"

static void
items_that_cannot_be_read_are_named(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *param;
	} cases[] = {
		{"[{\"role\":\"user\",\"content\":\"a\"},7]", BH_E_TYPE, "input.1"},
		{"[{\"id\":\"msg_1\"}]", BH_E_UNSUPPORTED, "input.0"},
		{"[{\"type\":\"item_reference\",\"id\":\"x\"}]", BH_E_UNSUPPORTED, "input.0.type"},
		{"[{\"role\":\"robot\",\"content\":\"a\"}]", BH_E_INVALID, "input.0.role"},
		{"[{\"role\":\"user\"}]", BH_E_MISSING, "input.0.content"},
		{"[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}]", BH_E_UNSUPPORTED,
			"input.0.content.0.type"},
		{"[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\"}]}]", BH_E_MISSING,
			"input.0.content.0"},
		{"[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"x\",\"file_"
		 "id\":\"y\"}]}]",
			BH_E_INVALID, "input.0.content.0"},
		{"[{\"role\":\"system\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"x\"}]}]",
			BH_E_UNSUPPORTED, "input.0.content.0"},
		{"[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"x\","
		 "\"detail\":\"all\"}]}]",
			BH_E_INVALID, "input.0.content.0.detail"},
		{"[{\"type\":\"function_call_output\",\"output\":\"x\"}]", BH_E_MISSING, "input.0.call_id"},
		{"[{\"type\":\"web_search_call\"}]", BH_E_UNSUPPORTED, "input.0.type"},
		{"[{\"type\":\"reasoning\",\"id\":\"r\",\"summary\":[]}]", BH_E_RANGE, "input"},
		{ANNOTATED("{\"type\":\"zz\"}"), BH_E_INVALID, "input.0.content.0.annotations.0.type"},
		{ANNOTATED("7"), BH_E_TYPE, "input.0.content.0.annotations.0"},
		{ANNOTATED("{\"type\":\"file_path\",\"file_id\":\"f\",\"index\":1},{\"type\":\"file_"
				   "citation\",\"file_id\":\"f\",\"filename\":\"n\",\"index\":\"1\"}"),
			BH_E_TYPE, "input.0.content.0.annotations.1.index"},
		{ANNOTATED("{\"type\":\"url_citation\",\"url\":\"u\",\"start_index\":1,\"end_index\":2}"),
			BH_E_MISSING, "input.0.content.0.annotations.0.title"},
		{FOUND("7"), BH_E_TYPE, "input.0.results.0"},
		{FOUND("{\"score\":1},{\"score\":\"1\"}"), BH_E_TYPE, "input.0.results.1.score"},
		{FOUND("{\"attributes\":{\"a\":[1]}}"), BH_E_TYPE, "input.0.results.0.attributes.a"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct agent_item *items;
		size_t n;
		int rc = read_items(cases[i].text, &arena, &items, &n);

		if (rc != cases[i].error)
			print_error("%s\n", cases[i].text);
		assert_int_equal(rc, cases[i].error);
		assert_string_equal(bh_error_field(rc), cases[i].param);
		bh_arena_close(&arena);
	}
}

static void
results_are_shown_only_on_request(void **state)
{
	static const char item[] = "{\"id\":\"fs_1\",\"type\":\"file_search_call\",\"queries\":[],"
							   "\"results\":[{\"text\":\"t\"}]}";
	struct bh_buf out = {0};

	(void)state;
	agent_items_show(item, false, &out);
	assert_string_equal(out.data,
		"{\"id\":\"fs_1\",\"type\":\"file_search_call\",\"queries\":[],\"results\":null}");
	bh_buf_reset(&out);
	agent_items_show(item, true, &out);
	assert_string_equal(out.data, item);
	bh_buf_close(&out);
}
int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_output_is_accepted_back),
		cmocka_unit_test(an_id_that_comes_twice_is_replaced),
		cmocka_unit_test(items_that_cannot_be_read_are_named),
		cmocka_unit_test(results_are_shown_only_on_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
