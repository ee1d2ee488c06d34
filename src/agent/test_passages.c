/* SPDX-License-Identifier: Apache-2.0 */
/* test_passages.c: hits of a search: which are kept, which are given to a model, how they are cited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/passages.h"
#include "base/error.h"

static void
a_citation_counts_code_points_of_the_document(void **state)
{
	static const char results[] =
		"[{\"file_id\":\"file-1\",\"filename\":\"a.md\",\"score\":0.9,\"text\":\"\xc3\xa9\xc3\xa9 "
		"On Friday.\","
		"\"bulkhead\":{\"vector_store_id\":\"vs_1\",\"chunk_id\":\"c\",\"start\":100,\"end\":113,"
		"\"page_start\":2,\"page_end\":3}},"
		"{\"file_id\":\"file-2\",\"filename\":\"b.md\",\"score\":0.1,\"text\":\"x\",\"bulkhead\":{"
		"\"start\":0}}]";
	struct bh_arena arena = {0};
	struct agent_passages passages;
	struct bh_buf out = {0};

	(void)state;
	assert_int_equal(agent_passages_read(&arena, results, 0.3, &passages), 0);
	assert_int_equal(passages.n, 1);
	agent_passages_annotation(&passages.list[0], 7, 5, 15, &out);
	assert_string_equal(out.data,
		"{\"type\":\"file_citation\",\"file_id\":\"file-1\",\"filename\":\"a.md\",\"index\":7,"
		"\"bulkhead\":"
		"{\"chunk_id\":\"c\",\"vector_store_id\":\"vs_1\",\"page_start\":2,\"page_end\":3,"
		"\"start\":100,"
		"\"end\":113,\"quote_start\":103,\"quote_end\":113,\"score\":0.9}}");
	agent_passages_close(&passages);
	bh_buf_close(&out);
	bh_arena_close(&arena);
}

static void
an_answer_of_the_search_becomes_results_and_passages(void **state)
{
	static const char answer[] =
		"{\"data\":[{\"file_id\":\"file-1\",\"filename\":\"a.md\",\"score\":0.5,\"attributes\":{"
		"\"k\":1},"
		"\"vector_store_id\":\"vs_1\",\"content\":[{\"type\":\"text\",\"text\":\"On Friday.\"}],"
		"\"bulkhead\":{\"chunk_id\":\"c\",\"start\":4,\"end\":14}}]}";
	struct bh_arena arena = {0};
	struct agent_passages passages;
	struct bh_json_doc doc = {0};
	struct bh_buf out = {0};

	(void)state;
	assert_int_equal(bh_json_parse(answer, strlen(answer), &doc), 0);
	agent_passages_results(doc.root, &out);
	assert_string_equal(out.data,
		"[{\"file_id\":\"file-1\",\"filename\":\"a.md\",\"score\":0.5,\"attributes\":{\"k\":1},"
		"\"text\":\"On "
		"Friday.\",\"bulkhead\":{\"vector_store_id\":\"vs_1\",\"chunk_id\":\"c\",\"start\":4,"
		"\"end\":14}}]");
	assert_int_equal(agent_passages_read(&arena, out.data, 0.5, &passages), 0);
	assert_int_equal(passages.n, 1);
	assert_int_equal(passages.list[0].start, 4);
	assert_int_equal(passages.list[0].len, 10);
	agent_passages_close(&passages);
	bh_json_close(&doc);
	bh_buf_close(&out);
	bh_arena_close(&arena);
}

static void
a_hit_without_a_place_is_refused(void **state)
{
	static const char *const results[] = {
		"[{\"filename\":\"a\",\"score\":1,\"text\":\"x\",\"bulkhead\":{\"start\":0}}]",
		"[{\"file_id\":\"f\",\"filename\":\"a\",\"text\":\"x\",\"bulkhead\":{\"start\":0}}]",
		"[{\"file_id\":\"f\",\"filename\":\"a\",\"score\":1,\"text\":\"x\",\"bulkhead\":{}}]",
		"[{\"file_id\":\"f\",\"filename\":\"a\",\"score\":1,\"bulkhead\":{\"start\":0}}]",
		"[{",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(results); i++) {
		struct bh_arena arena = {0};
		struct agent_passages passages;

		assert_true(agent_passages_read(&arena, results[i], 0, &passages) < 0);
		bh_arena_close(&arena);
	}
}

static void
assert_whole(const struct agent_passages *passages, int64_t tokens, size_t n, size_t last_len)
{
	struct bh_arena arena = {0};
	struct agent_excerpts excerpts;

	agent_passages_whole(&arena, passages, tokens, &excerpts);
	assert_int_equal(excerpts.n, n);
	if (n > 0)
		assert_int_equal(strlen(excerpts.list[n - 1]), last_len);
	bh_arena_close(&arena);
}

static void
passages_are_whole_or_left_out_but_for_the_first(void **state)
{
	struct agent_passage list[] = {
		{.text = "0123456789012345678901234567890123456789", .len = 40, .score = 0.9},
		{.text = "0123456789012345678901234567890123456789", .len = 40, .score = 0.9},
		{.text = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
			.len = 16,
			.score = 0.4},
		{.text = "far below", .len = 9, .score = 0.2},
	};
	struct agent_passages passages = {.list = list, .n = 4};

	(void)state;
	assert_whole(&passages, 1000, 3, 16);
	assert_whole(&passages, 33, 2, 40);
	assert_whole(&passages, 15, 1, 36);
	assert_whole(&passages, 5, 0, 0);
	passages.n = 0;
	assert_whole(&passages, 1000, 0, 0);
}

/* Two hits of a document, the second within what is around the first. */
static const char around[] =
	"[{\"file_id\":\"f\",\"filename\":\"a.md\",\"score\":0.9,\"text\":\"On Friday.\",\"bulkhead\":{"
	"\"vector_store_id\":\"vs_1\",\"chunk_id\":\"c2\",\"start\":30,\"end\":40,\"page_start\":1,"
	"\"page_end\":1,\"context\":{\"text\":\"First.\\n\\nOn Friday. At "
	"nine.\",\"start\":20,\"end\":49,"
	"\"chunks\":[{\"chunk_id\":\"c1\",\"start\":20,\"end\":26,\"page_start\":1,\"page_end\":1},"
	"{\"chunk_id\":\"c2\",\"start\":30,\"end\":40,\"page_start\":1,\"page_end\":1},"
	"{\"chunk_id\":\"c3\",\"start\":40,\"end\":49,\"page_start\":2,\"page_end\":2}]}}},"
	"{\"file_id\":\"f\",\"filename\":\"a.md\",\"score\":0.8,\"text\":\" At nine.\",\"bulkhead\":{"
	"\"vector_store_id\":\"vs_1\",\"chunk_id\":\"c3\",\"start\":40,\"end\":49}}]";

static void
what_stands_beside_a_passage_is_cited_at_its_own_place(void **state)
{
	struct bh_arena arena = {0};
	struct agent_passages passages;
	struct bh_buf out = {0};
	size_t at;

	(void)state;
	assert_int_equal(agent_passages_read(&arena, around, 0, &passages), 0);
	assert_int_equal(passages.n, 1);
	at = (size_t)(strstr(passages.list[0].text, "At nine.") - passages.list[0].text);
	agent_passages_annotation(&passages.list[0], 3, at, at + 8, &out);
	assert_string_equal(out.data,
		"{\"type\":\"file_citation\",\"file_id\":\"f\",\"filename\":\"a.md\",\"index\":3,"
		"\"bulkhead\":{\"chunk_id\":\"c3\",\"vector_store_id\":\"vs_1\",\"page_start\":2,"
		"\"page_end\":2,\"start\":40,\"end\":49,\"quote_start\":41,\"quote_end\":49,\"score\":0.9}"
		"}");
	agent_passages_close(&passages);
	bh_buf_close(&out);
	bh_arena_close(&arena);
}

static void
what_stands_around_is_given_in_the_first_half_of_the_tokens(void **state)
{
	struct bh_arena arena = {0};
	struct agent_passages passages;

	(void)state;
	assert_int_equal(agent_passages_read(&arena, around, 0.85, &passages), 0);
	assert_whole(&passages, 100, 1, strlen("First.\n\nOn Friday. At nine."));
	assert_whole(&passages, 20, 1, strlen("On Friday."));
	agent_passages_close(&passages);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_citation_counts_code_points_of_the_document),
		cmocka_unit_test(an_answer_of_the_search_becomes_results_and_passages),
		cmocka_unit_test(a_hit_without_a_place_is_refused),
		cmocka_unit_test(passages_are_whole_or_left_out_but_for_the_first),
		cmocka_unit_test(what_stands_beside_a_passage_is_cited_at_its_own_place),
		cmocka_unit_test(what_stands_around_is_given_in_the_first_half_of_the_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
