/* SPDX-License-Identifier: Apache-2.0 */
/* test_parts.c: a text around a passage stands in the document where its parts say, and no text stands twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/parts.h"

/* The document: chunks 1 to 4 at 0, 10, 24 and 33; 2 and 3 meet, 3 and 4 share "six". */
static const char around[] = "\xc3\xa9 one two.\n\nThree four. Five six. Seven.";
static const struct agent_part parts[] = {
	{.chunk_id = "c1", .start = 0, .end = 10, .has_page_start = true, .page_start = 1},
	{.chunk_id = "c2", .start = 14, .end = 26, .has_page_start = true, .page_start = 2},
	{.chunk_id = "c3", .start = 26, .end = 35},
	{.chunk_id = "c4", .start = 31, .end = 42},
};

struct fix {
	struct bh_arena arena;
	struct agent_part parts[BH_COUNT(parts)];
};

static struct agent_passage
hit(const char *chunk, int64_t start, const char *text)
{
	return (struct agent_passage){.file_id = "f",
		.chunk_id = chunk,
		.text = text,
		.len = strlen(text),
		.start = start};
}

static struct agent_passage
laid(struct fix *fix, const char *chunk)
{
	struct agent_passage passage = hit(chunk, 0, "own");

	memcpy(fix->parts, parts, sizeof(parts));
	agent_parts_lay(&passage, around, fix->parts, BH_COUNT(parts));
	return passage;
}

static void
a_byte_of_the_text_stands_at_a_point_of_the_document(void **state)
{
	static const struct {
		const char *at, *chunk;
		int64_t point;
	} cases[] = {
		{"\xc3\xa9", "c1", 0},
		{"two", "c1", 6},
		{"\n\n", "c1", 10},
		{"Three", "c2", 14},
		{"Five", "c2", 26},
		{"six", "c3", 31},
		{"Seven", "c4", 36},
	};
	struct fix fix = {0};
	struct agent_passage passage = laid(&fix, "c2");

	(void)state;
	assert_ptr_equal(passage.text, around);
	assert_memory_equal(passage.text + passage.found.start, "Three four. ", 12);
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		size_t byte = (size_t)(strstr(around, cases[i].at) - around);

		assert_int_equal(agent_parts_point(&passage, byte), cases[i].point);
	}
	assert_int_equal(agent_parts_point(&passage, passage.len), 42);
	assert_string_equal(agent_parts_at(&passage, 0)->chunk_id, "c1");
	assert_string_equal(agent_parts_at(&passage, passage.len - 1)->chunk_id, "c4");
}

static void
a_text_that_is_not_made_of_its_parts_is_left_out(void **state)
{
	static const char *const texts[] = {"", "\xc3\xa9 one two.",
		"\xc3\xa9 one two.\n\nThree four. Five six. Seven. More.",
		"\xc3\xa9 one two.\n\nThree four. Five six. Seven"};
	struct agent_part own[BH_COUNT(parts)];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		struct agent_passage passage = hit("c2", 14, "Three four. ");

		memcpy(own, parts, sizeof(parts));
		agent_parts_lay(&passage, texts[i], own, BH_COUNT(own));
		assert_string_equal(passage.text, "Three four. ");
		assert_int_equal(passage.n_parts, 0);
	}
	for (size_t i = 0; i < 2; i++) {
		struct agent_passage passage = hit(i == 0 ? "c9" : NULL, 14, "Three four. ");

		agent_parts_lay(&passage, around, own, BH_COUNT(own));
		assert_int_equal(passage.n_parts, 0);
	}
}

static void
impossible_ranges_are_left_out(void **state)
{
	static const struct agent_part broken[][2] = {
		{{.chunk_id = "c2", .start = -1, .end = 5}, {.chunk_id = "x", .start = 5, .end = 9}},
		{{.chunk_id = "c2", .start = 5, .end = 5}, {.chunk_id = "x", .start = 5, .end = 9}},
		{{.chunk_id = "c2", .start = 0, .end = 5}, {.chunk_id = "x", .start = 2, .end = 4}},
		{{.chunk_id = "c2", .start = 0, .end = 9},
			{.chunk_id = "x", .start = INT64_C(900000000000), .end = INT64_C(1000000000000)}},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(broken); i++) {
		struct agent_passage passage = hit("c2", 0, "own");
		struct agent_part own[2];

		memcpy(own, broken[i], sizeof(own));
		agent_parts_lay(&passage, "123456789", own, 2);
		assert_string_equal(passage.text, "own");
	}
}

static void
what_a_better_passage_holds_is_no_passage_of_its_own(void **state)
{
	struct fix fix = {0};
	struct agent_passage better = laid(&fix, "c2");
	struct agent_passage same = hit("c4", 31, "six. Seven."), foreign = same,
						 beyond = hit("c5", 36, "Seven. Eight.");

	(void)state;
	assert_true(agent_parts_cut(&fix.arena, NULL, 0, &better));
	assert_memory_equal(better.text + better.found.start, "Three four. ", 12);
	assert_false(agent_parts_cut(&fix.arena, &better, 1, &same));
	/* It was found as well. */
	assert_string_equal(better.text + better.found.start, "Three four. Five six. Seven.");
	foreign.file_id = "g";
	assert_true(agent_parts_cut(&fix.arena, &better, 1, &foreign));
	assert_string_equal(foreign.text, "six. Seven.");
	assert_true(agent_parts_cut(&fix.arena, &better, 1, &beyond));
	assert_string_equal(beyond.text, " Eight.");
	assert_int_equal(agent_parts_point(&beyond, 1), 43);
	assert_int_equal(beyond.parts[0].start, 36);
	bh_arena_close(&fix.arena);
}

static void
two_surroundings_that_meet_share_nothing(void **state)
{
	struct fix fix = {0};
	struct agent_passage better = hit("c3", 26, "Five six."), passage = laid(&fix, "c1"), behind;

	(void)state;
	assert_true(agent_parts_cut(&fix.arena, NULL, 0, &better));
	assert_true(agent_parts_cut(&fix.arena, &better, 1, &passage));
	assert_string_equal(passage.text, "\xc3\xa9 one two.\n\nThree four. ");
	assert_int_equal(passage.n_parts, 2);
	assert_memory_equal(passage.text + passage.found.start, "\xc3\xa9 one two.", 11);
	behind = laid(&fix, "c4");
	assert_true(agent_parts_cut(&fix.arena, &better, 1, &behind));
	assert_string_equal(behind.text, " Seven.");
	assert_int_equal(agent_parts_point(&behind, 1), 36);
	bh_arena_close(&fix.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_byte_of_the_text_stands_at_a_point_of_the_document),
		cmocka_unit_test(a_text_that_is_not_made_of_its_parts_is_left_out),
		cmocka_unit_test(impossible_ranges_are_left_out),
		cmocka_unit_test(what_a_better_passage_holds_is_no_passage_of_its_own),
		cmocka_unit_test(two_surroundings_that_meet_share_nothing),
	};

	return cmocka_run_group_tests_name("agent/parts", tests, NULL, NULL);
}
