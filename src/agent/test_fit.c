/* SPDX-License-Identifier: Apache-2.0 */
/* test_fit.c: what goes into a model's context, and what it may answer, when there is little room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/fit.h"
#include "base/error.h"

#define MESSAGE(role, text) \
	{ \
		.id = "msg", \
		.json = "{\"type\":\"message\",\"role\":\"" role "\",\"content\":\"" text "\"}" \
	}
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

static const struct agent_item conversation[] = {
	MESSAGE("user", FIFTY FIFTY FIFTY),
	MESSAGE("assistant", FIFTY FIFTY FIFTY),
	MESSAGE("user", "When does the night shift start?"),
};

static const struct agent_conf conf = {.passage_tokens = 1000,
	.embedded_passage_tokens = 40,
	.output_tokens = 512};

/* The model service's tokenizer, in place of peer.c's call: five bytes a token, or an error. */
static int tokenizer_error;

int
agent_peer_tokens(const struct bh_peer *peer, const char *model, const char *const *texts, size_t n,
	int64_t *out_counts)
{
	(void)peer;
	(void)model;
	for (size_t i = 0; i < n; i++)
		out_counts[i] = (int64_t)strlen(texts[i]) / 5;
	return tokenizer_error;
}

static int
fit_as(struct bh_arena *arena, const struct agent_conf *settings, const char *echo,
	const struct agent_model *model, const struct agent_passages *passages, struct agent_fit *out)
{
	struct bh_peer peer = {.arena = arena};
	struct bh_json_doc doc = {0};
	struct agent_request request;
	int rc;

	assert_int_equal(bh_json_parse(echo, strlen(echo), &doc), 0);
	assert_int_equal(agent_request_again(arena, doc.root, &request), 0);
	rc = agent_fit(&peer, settings, &request, model, BH_LIST(conversation), passages, out);
	bh_json_close(&doc);
	return rc;
}

static int
fit(struct bh_arena *arena, const char *echo, const struct agent_model *model,
	const struct agent_passages *passages, struct agent_fit *out)
{
	return fit_as(arena, &conf, echo, model, passages, out);
}

static void
the_answer_is_capped_by_request_setting_model_and_context(void **state)
{
	static const struct {
		const char *echo;
		struct agent_model model;
		int64_t tokens;
	} cases[] = {
		{"{}", {.context = 8192}, 0},
		{"{}", {.context = 8192, .max_output = 1000}, 0},
		{"{}", {.context = 0}, 0},
		{"{}", {.context = 8192, .managed = true}, 512},
		{"{}", {.context = 1000, .managed = true}, 500},
		{"{\"max_output_tokens\":40}", {.context = 8192}, 40},
		{"{\"max_output_tokens\":4000}", {.context = 8192, .max_output = 1000}, 1000},
		{"{\"max_output_tokens\":4000}", {.context = 1000}, 500},
		{"{\"max_output_tokens\":null}", {.context = 8192}, 0},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct agent_fit out;

		assert_int_equal(fit(&arena, cases[i].echo, &cases[i].model, NULL, &out), 0);
		assert_int_equal(out.output_tokens, cases[i].tokens);
		assert_int_equal(out.excerpts.n, 0);
		bh_arena_close(&arena);
	}
}

static void
a_conversation_too_long_is_counted_then_shortened_or_refused(void **state)
{
	const struct agent_model exact = {.context = 240}, small = {.context = 120};
	struct bh_arena arena = {0};
	struct agent_fit out;

	(void)state;
	tokenizer_error = 0;
	/* Estimated at 51 tokens each, counted at 30. */
	assert_int_equal(fit(&arena, "{}", &exact, NULL, &out), 0);
	assert_true(out.prompt.messages[0].kept);
	assert_int_equal(out.prompt.messages[0].tokens, 30 + 8);

	assert_int_equal(fit(&arena, "{\"truncation\":\"disabled\"}", &small, NULL, &out),
		BH_E_CONTEXT_LENGTH);
	assert_int_equal(fit(&arena, "{\"truncation\":\"auto\"}", &small, NULL, &out), 0);
	assert_false(out.prompt.messages[0].kept);
	assert_true(out.prompt.messages[2].kept);
	bh_arena_close(&arena);
}

static void
a_model_without_a_tokenizer_stays_estimated_and_one_away_is_an_error(void **state)
{
	const struct agent_model small = {.context = 120};
	struct bh_arena arena = {0};
	struct agent_fit out;

	(void)state;
	tokenizer_error = BH_E_UNSUPPORTED;
	assert_int_equal(fit(&arena, "{\"truncation\":\"auto\"}", &small, NULL, &out), 0);
	tokenizer_error = BH_E_UNAVAILABLE;
	assert_int_equal(fit(&arena, "{\"truncation\":\"auto\"}", &small, NULL, &out),
		BH_E_UNAVAILABLE);
	tokenizer_error = 0;
	bh_arena_close(&arena);
}

static void
the_embedded_model_gets_sentences_and_others_the_passages(void **state)
{
	static const char text[] =
		"Crews work in three shifts. The night shift starts at 22:00. Smoking is "
		"forbidden on the quays, in the halls and in every other place.";
	struct agent_passage list[] = {{.text = text, .len = sizeof(text) - 1, .score = 0.9}};
	const struct agent_passages passages = {.list = list, .n = 1};
	const struct agent_model embedded = {.context = 4096, .managed = true, .sentences = true};
	const struct agent_model able = {.context = 4096, .managed = true};
	const struct agent_model other = {.context = 128000}, tight = {.context = 370};
	struct bh_arena arena = {0};
	struct agent_fit out;

	(void)state;
	assert_int_equal(fit(&arena, "{}", &embedded, &passages, &out), 0);
	assert_string_equal(out.excerpts.list[out.excerpts.n - 1], "The night shift starts at 22:00.");
	assert_int_equal(fit(&arena, "{}", &other, &passages, &out), 0);
	assert_int_equal(out.excerpts.n, 1);
	assert_string_equal(out.excerpts.list[0], text);
	/* What it has room for, with what stands around. */
	assert_int_equal(fit(&arena, "{}", &able, &passages, &out), 0);
	assert_int_equal(out.excerpts.n, 1);
	assert_false(out.excerpts.sentences);
	assert_non_null(strstr(out.excerpts.list[0], "The night shift starts at 22:00."));
	/* Half of the context is the answer's, and the conversation comes before the passages. */
	assert_int_equal(fit(&arena, "{}", &tight, &passages, &out), 0);
	assert_true(out.excerpts.n == 0 || strlen(out.excerpts.list[0]) < sizeof(text) - 1);
	bh_arena_close(&arena);
}

static void
the_managed_engine_gets_as_much_as_it_reads_in_time(void **state)
{
	static const char sentence[] = "The night shift starts at 22:00 and ends at 6:00. ";
	static const struct {
		const char *echo;
		int64_t reads, writes;
		size_t least, most; /* bytes of excerpts */
	} cases[] = {
		/* Not told yet. */
		{"{}", 0, 0, 700, 800},
		/* 4.7 s at 100 tokens, less the rest of the prompt. */
		{"{}", 100, 10, 800, 1300},
		/* Three of these go into writing a sentence that is checked before it is sent. */
		{"{\"bulkhead\":{\"grounding\":\"strict\"}}", 100, 10, 100, 320},
		{"{}", 400, 40, 3900, 4000},
	};
	const struct agent_conf measured = {.passage_tokens = 1000,
		.first_word_ms = 5000,
		.output_tokens = 512};
	char text[8001] = "";

	(void)state;
	while (strlen(text) + sizeof(sentence) < sizeof(text))
		strcat(text, sentence);
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct agent_passage list[] = {{.text = text, .len = strlen(text), .score = 0.9}};
		const struct agent_passages passages = {.list = list, .n = 1};
		const struct agent_model model = {.context = 4096,
			.managed = true,
			.reads = cases[i].reads,
			.writes = cases[i].writes};
		struct bh_arena arena = {0};
		struct agent_fit out;

		assert_int_equal(fit_as(&arena, &measured, cases[i].echo, &model, &passages, &out), 0);
		assert_int_equal(out.excerpts.n, 1);
		assert_in_range(strlen(out.excerpts.list[0]), cases[i].least, cases[i].most);
		bh_arena_close(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_is_capped_by_request_setting_model_and_context),
		cmocka_unit_test(a_conversation_too_long_is_counted_then_shortened_or_refused),
		cmocka_unit_test(a_model_without_a_tokenizer_stays_estimated_and_one_away_is_an_error),
		cmocka_unit_test(the_embedded_model_gets_sentences_and_others_the_passages),
		cmocka_unit_test(the_managed_engine_gets_as_much_as_it_reads_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
