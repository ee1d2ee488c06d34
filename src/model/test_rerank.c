/* SPDX-License-Identifier: Apache-2.0 */
/* test_rerank.c: what is taken of a reranker's answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "model/rerank.h"

#define ROW(index, score) "{\"index\":" #index ",\"relevance_score\":" #score "}"

struct fixture {
	struct bh_arena arena;
	struct bh_json_doc doc;
	struct model_ranked *rows;
};

static int
read_as(struct fixture *fix, const char *text, enum model_score_form form, size_t n, size_t top)
{
	bh_json_close(&fix->doc);
	assert_int_equal(bh_json_parse(text, strlen(text), &fix->doc), 0);
	return model_rerank_read(&fix->arena, fix->doc.root, form, n, top, &fix->rows);
}

static void
fixture_close(struct fixture *fix)
{
	bh_json_close(&fix->doc);
	bh_arena_close(&fix->arena);
}

static void
rows_in_any_order_and_shape_come_back_best_first(void **state)
{
	static const char *const answers[] = {
		"{\"results\":[" ROW(1, 0.2) "," ROW(0, 0.9) "," ROW(2, 0.5) "]}",
		"{\"data\":[" ROW(2, 0.5) "," ROW(1, 0.2) "," ROW(0, 0.9) "]}",
		"[{\"index\":2,\"score\":0.5},{\"index\":0,\"score\":0.9},{\"index\":1,\"score\":0.2}]",
	};
	struct fixture fix = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(answers); i++) {
		assert_int_equal(read_as(&fix, answers[i], MODEL_SCORE_UNIT, 3, 2), 0);
		assert_int_equal(fix.rows[0].index, 0);
		assert_int_equal(fix.rows[1].index, 2);
		assert_float_equal(fix.rows[0].score, 0.9, 1e-9);
	}
	fixture_close(&fix);
}

static void
equal_scores_keep_the_order_of_the_request(void **state)
{
	struct fixture fix = {0};

	(void)state;
	assert_int_equal(read_as(&fix, "[" ROW(2, 0.5) "," ROW(0, 0.5) "," ROW(1, 0.5) "]",
						 MODEL_SCORE_UNIT, 3, 3),
		0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(fix.rows[i].index, i);
	fixture_close(&fix);
}

static void
a_logit_becomes_the_same_score_whatever_stands_beside_it(void **state)
{
	struct fixture fix = {0};
	double alone;

	(void)state;
	assert_int_equal(read_as(&fix, "[" ROW(0, 0.5) "]", MODEL_SCORE_LOGIT, 1, 1), 0);
	alone = fix.rows[0].score;
	assert_float_equal(alone, 0.62246, 1e-5);
	assert_int_equal(read_as(&fix, "[" ROW(0, 0.5) "," ROW(1, -7) "," ROW(2, 800) "]",
						 MODEL_SCORE_LOGIT, 3, 3),
		0);
	assert_int_equal(fix.rows[1].index, 0);
	assert_float_equal(fix.rows[1].score, alone, 0);
	assert_float_equal(fix.rows[0].score, 1, 1e-9);
	assert_true(fix.rows[2].score > 0 && fix.rows[2].score < 0.001);
	fixture_close(&fix);
}

static void
logits_of_a_model_whose_scores_are_not_are_refused(void **state)
{
	struct fixture fix = {0};

	(void)state;
	assert_int_equal(read_as(&fix, "[" ROW(0, 0.5) "," ROW(1, -7) "]", MODEL_SCORE_UNIT, 2, 2),
		BH_E_UPSTREAM);
	assert_non_null(strstr(bh_error_detail(BH_E_UPSTREAM), "--score-form logit"));
	/* What rounding does is none. */
	assert_int_equal(read_as(&fix, "[" ROW(0, 1.0000001) "," ROW(1, -0.0000001) "]",
						 MODEL_SCORE_UNIT, 2, 2),
		0);
	assert_float_equal(fix.rows[0].score, 1, 0);
	assert_float_equal(fix.rows[1].score, 0, 0);
	fixture_close(&fix);
}

static void
scores_on_both_sides_tell_the_form(void **state)
{
	struct fixture fix = {0};

	(void)state;
	assert_int_equal(read_as(&fix, "[" ROW(0, 4.5) "," ROW(1, -7) "]", MODEL_SCORE_LOGIT, 2, 2), 0);
	assert_int_equal(model_rerank_form(fix.rows, 2), MODEL_SCORE_LOGIT);
	assert_int_equal(read_as(&fix, "[" ROW(0, 1) "," ROW(1, 0) "]", MODEL_SCORE_LOGIT, 2, 2), 0);
	assert_int_equal(model_rerank_form(fix.rows, 2), MODEL_SCORE_UNIT);
	fixture_close(&fix);
}

static void
answers_that_cannot_be_trusted_are_refused(void **state)
{
	static const char *const answers[] = {
		"{}",
		"[]",
		"\"results\"",
		"{\"results\":{\"index\":0}}",
		"{\"results\":[" ROW(0, 0.5) "]}",
		"[" ROW(0, 0.5) "," ROW(0, 0.4) "]",
		"[" ROW(0, 0.5) "," ROW(2, 0.4) "]",
		"[" ROW(0, 0.5) "," ROW(-1, 0.4) "]",
		"[" ROW(0, 0.5) "," ROW(9223372036854775807, 0.4) "]",
		"[" ROW(0, 0.5) "," ROW(1.5, 0.4) "]",
		"[" ROW(0, 0.5) "," ROW("1", 0.4) "]",
		"[" ROW(0, 0.5) "," ROW(1, "0.4") "]",
		"[" ROW(0, 0.5) "," ROW(1, null) "]",
		"[" ROW(0, 0.5) ",{\"relevance_score\":0.4}]",
		"[" ROW(0, 0.5) ",7]",
		"[" ROW(0, 0.5) "," ROW(1, 0.4) "," ROW(1, 0.3) "]",
	};
	struct fixture fix = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(answers); i++) {
		if (read_as(&fix, answers[i], MODEL_SCORE_LOGIT, 2, 2) != BH_E_UPSTREAM)
			fail_msg("taken: %s", answers[i]);
		assert_null(fix.rows);
	}
	fixture_close(&fix);
}

static void
usage(const char *text, int64_t units, struct model_usage *out)
{
	struct bh_json_doc doc = {0};

	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	model_rerank_usage(doc.root, units, out);
	bh_json_close(&doc);
}

static void
usage_is_read_in_each_shape_and_believed_within_reason(void **state)
{
	struct model_usage told;

	(void)state;
	usage("{\"usage\":{\"prompt_tokens\":7,\"total_tokens\":9}}", 1, &told);
	assert_int_equal(told.prompt_tokens, 7);
	usage("{\"usage\":{\"total_tokens\":9}}", 1, &told);
	assert_int_equal(told.prompt_tokens, 9);
	assert_true(told.present);
	usage("{\"meta\":{\"billed_units\":{\"search_units\":2.0},\"tokens\":{\"input_tokens\":5}}}", 1,
		&told);
	assert_int_equal(told.prompt_tokens, 5);
	assert_int_equal(told.completion_tokens, 2);
	usage("{\"meta\":{\"billed_units\":{\"search_units\":5}},\"usage\":{\"total_tokens\":0}}", 1,
		&told);
	assert_int_equal(told.completion_tokens, 0);
	assert_false(told.present);
	usage("{\"usage\":{\"total_tokens\":1e300},\"meta\":{\"billed_units\":{\"search_units\":-1}}}",
		1, &told);
	assert_false(told.present);
	assert_int_equal(told.completion_tokens, 0);
}

static void
a_search_unit_is_a_hundred_documents_of_five_hundred_tokens(void **state)
{
	int64_t documents[201];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(documents); i++)
		documents[i] = 100;
	assert_int_equal(model_rerank_units(10, documents, 1), 1);
	assert_int_equal(model_rerank_units(10, documents, 100), 1);
	assert_int_equal(model_rerank_units(10, documents, 101), 2);
	assert_int_equal(model_rerank_units(10, documents, 201), 3);
	documents[0] = 491; /* with the query 501 */
	assert_int_equal(model_rerank_units(10, documents, 99), 1);
	assert_int_equal(model_rerank_units(10, documents, 100), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_in_any_order_and_shape_come_back_best_first),
		cmocka_unit_test(equal_scores_keep_the_order_of_the_request),
		cmocka_unit_test(a_logit_becomes_the_same_score_whatever_stands_beside_it),
		cmocka_unit_test(logits_of_a_model_whose_scores_are_not_are_refused),
		cmocka_unit_test(scores_on_both_sides_tell_the_form),
		cmocka_unit_test(answers_that_cannot_be_trusted_are_refused),
		cmocka_unit_test(usage_is_read_in_each_shape_and_believed_within_reason),
		cmocka_unit_test(a_search_unit_is_a_hundred_documents_of_five_hundred_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
