/* SPDX-License-Identifier: Apache-2.0 */
/* test_transcript.c: lines and answers in, every format out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "multimodal/transcript.h"

static struct bh_arena arena;
static struct multimodal_transcript transcript;
static const char *piece;

static int
set_up(void **state)
{
	(void)state;
	transcript = (struct multimodal_transcript){.arena = &arena, .duration = 3.5};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	multimodal_transcript_close(&transcript);
	bh_arena_close(&arena);
	return 0;
}

static int
take(const char *text, bool is_whole)
{
	struct bh_json_doc doc = {0};
	int rc;

	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	rc = is_whole ? multimodal_transcript_whole(&transcript, doc.root)
				  : multimodal_transcript_line(&transcript, doc.root, &piece);
	bh_json_close(&doc);
	return rc;
}

#define SEGMENT(text, from, to) \
	"{\"type\":\"segment\",\"start\":" from ",\"end\":" to ",\"text\":\"" text \
	"\",\"tokens\":[1,2],\"words\":[{\"word\":\" a\",\"start\":" from ",\"end\":" to "}]}"

static void
written(enum multimodal_transcript_format format, bool words, bool segments, const char *expected)
{
	const struct multimodal_granularity wanted = {words, segments};
	struct bh_buf out = {0};

	multimodal_transcript_write(&transcript, format, &wanted, &out);
	assert_string_equal(bh_buf_string(&out), expected);
	bh_buf_close(&out);
}

static void
lines_add_up_to_the_text(void **state)
{
	(void)state;
	assert_int_equal(take("{\"type\":\"language\",\"language\":\"en\"}", false), 0);
	assert_string_equal(piece, "");
	assert_int_equal(take(SEGMENT(" Hello.", "0", "1.25"), false), 0);
	assert_string_equal(piece, "Hello.");
	assert_int_equal(take(SEGMENT(" World.", "3661.5", "3662"), false), 0);
	assert_string_equal(piece, " World.");
	assert_false(transcript.ended);
	assert_int_equal(take("{\"type\":\"end\"}", false), 0);
	assert_true(transcript.ended);
	assert_int_equal(take("{\"type\":\"end\"}", false), BH_E_PROTOCOL);

	written(MULTIMODAL_TEXT, false, false, "Hello. World.\n");
	written(MULTIMODAL_JSON, false, true,
		"{\"text\":\"Hello. World.\",\"usage\":{\"type\":\"duration\",\"seconds\":3.5}}");
	written(MULTIMODAL_SRT, false, true,
		"1\n00:00:00,000 --> 00:00:01,250\nHello.\n\n"
		"2\n01:01:01,500 --> 01:01:02,000\nWorld.\n\n");
	written(MULTIMODAL_VTT, false, true,
		"WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nHello.\n\n"
		"01:01:01.500 --> 01:01:02.000\nWorld.\n\n");
	written(MULTIMODAL_VERBOSE_JSON, true, false,
		"{\"language\":\"en\",\"duration\":3.5,\"text\":\"Hello. World.\",\"words\":["
		"{\"word\":\"a\",\"start\":0,\"end\":1.25},{\"word\":\"a\",\"start\":3661.5,\"end\":3662}],"
		"\"usage\":{\"type\":\"duration\",\"seconds\":3.5}}");
}

static void
a_caption_cannot_end_itself(void **state)
{
	(void)state;
	assert_int_equal(take(SEGMENT("one\\n\\n2\\n00:00:00,000 --> 00:00:09,000\\r\\n\\r\\nfalse",
							  "0", "1"),
						 false),
		0);
	written(MULTIMODAL_SRT, false, true,
		"1\n00:00:00,000 --> 00:00:01,000\none\n2\n00:00:00,000 -> 00:00:09,000\nfalse\n\n");
}

static void
a_providers_answer_is_taken_whole(void **state)
{
	(void)state;
	assert_int_equal(take("{\"text\":\"Hi.\",\"language\":\"english\",\"segments\":[{\"text\":\"Hi."
						  "\",\"start\":1e300,\"end\":null}],\"words\":[{\"word\":\"Hi.\"}]}",
						 true),
		0);
	assert_true(transcript.ended && transcript.timed);
	written(MULTIMODAL_SRT, false, true, "1\n00:00:00,000 --> 00:00:00,000\nHi.\n\n");
	written(MULTIMODAL_VERBOSE_JSON, true, true,
		"{\"language\":\"english\",\"duration\":3.5,\"text\":\"Hi.\",\"words\":[{\"word\":\"Hi.\","
		"\"start\":0,\"end\":0}],\"segments\":[{\"id\":0,\"seek\":0,\"start\":0,\"end\":0,\"text\":"
		"\"Hi.\",\"tokens\":[],\"temperature\":0,\"avg_logprob\":0,\"compression_ratio\":0,"
		"\"no_speech_prob\":0}],\"usage\":{\"type\":\"duration\",\"seconds\":3.5}}");
}

static void
what_is_malformed_is_refused(void **state)
{
	(void)state;
	assert_int_equal(take("{\"segments\":[]}", true), BH_E_PROTOCOL);
	assert_int_equal(take("{\"text\":\"\",\"segments\":[{}]}", true), BH_E_PROTOCOL);
	assert_int_equal(take("{\"text\":\"\",\"words\":[1]}", true), BH_E_PROTOCOL);
	assert_int_equal(take("[]", false), BH_E_PROTOCOL);
	assert_int_equal(take("{\"type\":\"segment\",\"text\":1}", false), BH_E_PROTOCOL);
}

static void
listed(const char *expected)
{
	struct bh_buf out = {0};

	multimodal_transcript_lines(&transcript, &out);
	assert_string_equal(bh_buf_string(&out), expected);
	bh_buf_close(&out);
}

static void
a_segment_is_a_line_of_a_file(void **state)
{
	(void)state;
	listed("");
	assert_int_equal(take(SEGMENT(" One.\\n", "0", "1"), false), 0);
	assert_int_equal(take(SEGMENT(" ", "1", "2"), false), 0);
	assert_int_equal(take(SEGMENT(" Two", "2", "3"), false), 0);
	listed("One.\nTwo\n");
}

static void
a_text_without_segments_is_one_line(void **state)
{
	(void)state;
	assert_int_equal(take("{\"text\":\" All of it. \"}", true), 0);
	listed("All of it.\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_add_up_to_the_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_caption_cannot_end_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_providers_answer_is_taken_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_segment_is_a_line_of_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_text_without_segments_is_one_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_malformed_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
