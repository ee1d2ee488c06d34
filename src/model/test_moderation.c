/* SPDX-License-Identifier: Apache-2.0 */
/* test_moderation.c: what the rules find, and what is taken of an upstream's answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/moderation.h"

static const char *
found(const char *text)
{
	static char names[256];
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct model_verdict verdict = {0};

	assert_int_equal(model_moderation_rules(text, strlen(text), &verdict), 0);
	model_verdict_names(&verdict, &out);
	assert_int_equal(verdict.flagged, out.len > 0);
	strcpy(names, bh_buf_string(&out));
	return names;
}

static void
the_rules_find_phrases_and_their_wider_category(void **state)
{
	(void)state;
	assert_string_equal(found("I want to kill them."), "violence");
	assert_string_equal(found("How to quickly build a pipe bomb?"), "illicit,illicit/violent");
	assert_string_equal(found("i want to die"), "self-harm,self-harm/intent");
	assert_string_equal(found("Ich bringe dich um!"), "harassment,harassment/threatening,violence");
	assert_string_equal(found("KINDERPORNOS"), "sexual,sexual/minors");
}

static void
spelling_does_not_hide_a_phrase(void **state)
{
	(void)state;
	assert_string_equal(found("I\n WANT,to  --kill\tthem"), "violence");
	assert_string_equal(found("i want to k\xc2\xadill them"), "violence");
	assert_string_equal(found("i want to k\xe2\x80\x8bill them"), "violence");
	assert_string_equal(found("i w\xc3\xa4nt to k\xc3\xacll them"), "violence");
	assert_string_equal(found("Ausl\xc3\xa4nder raus"), "hate");
	assert_string_equal(found("\xef\xbd\x90\xef\xbd\x8f\xef\xbd\x92\xef\xbd\x8e"), "sexual");
}

static void
ordinary_text_is_not_found(void **state)
{
	(void)state;
	assert_string_equal(found(""), "");
	assert_string_equal(found("kill"), "");
	assert_string_equal(found("How do I kill a process and its children in Linux?"), "");
	assert_string_equal(found("How to make a bath bom"), "");
	assert_string_equal(found("I want to bake bread and then at some later time kill them"), "");
	assert_string_equal(found("Sussex, Essex and Middlesex"), "");
}

static int
read_answer(const char *text, size_t n, struct model_verdict *out)
{
	struct bh_json_doc doc = {0};
	int rc;

	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	rc = model_moderation_read(doc.root, n, out);
	bh_json_close(&doc);
	return rc;
}

#define RESULT(categories, scores) \
	"{\"categories\":{" categories "},\"category_scores\":{" scores "}}"

static void
an_answer_is_read_and_what_it_lacks_is_false(void **state)
{
	struct model_verdict verdicts[2];

	(void)state;
	assert_int_equal(read_answer("{\"results\":[" RESULT("\"hate\":true,\"illicit\":null",
									 "\"hate\":0.75,\"violence\":1") "," RESULT("", "") "]}",
						 2, verdicts),
		0);
	assert_true(verdicts[0].flagged && verdicts[0].harms[MODEL_HATE]);
	assert_float_equal(verdicts[0].scores[MODEL_HATE], 0.75, 1e-9);
	assert_float_equal(verdicts[0].scores[MODEL_VIOLENCE], 1, 1e-9);
	assert_false(verdicts[0].harms[MODEL_VIOLENCE] || verdicts[0].harms[MODEL_ILLICIT]);
	assert_false(verdicts[1].flagged);
}

static void
an_answer_that_cannot_be_trusted_is_an_error(void **state)
{
	static const char *const bad[] = {"{}", "[]", "{\"results\":{}}", "{\"results\":[]}",
		"{\"results\":[{}]}", "{\"results\":[" RESULT("", "") "," RESULT("", "") "]}",
		"{\"results\":[" RESULT("\"hate\":1", "") "]}",
		"{\"results\":[" RESULT("", "\"hate\":1.5") "]}",
		"{\"results\":[" RESULT("", "\"hate\":-0.1") "]}",
		"{\"results\":[" RESULT("", "\"hate\":\"0\"") "]}"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		struct model_verdict verdict;

		assert_int_equal(read_answer(bad[i], 1, &verdict), BH_E_UPSTREAM);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rules_find_phrases_and_their_wider_category),
		cmocka_unit_test(spelling_does_not_hide_a_phrase),
		cmocka_unit_test(ordinary_text_is_not_found),
		cmocka_unit_test(an_answer_is_read_and_what_it_lacks_is_false),
		cmocka_unit_test(an_answer_that_cannot_be_trusted_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
