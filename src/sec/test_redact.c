/* SPDX-License-Identifier: Apache-2.0 */
/* test_redact.c: what goes and, as important for whoever reads it, what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "base/text.h"
#include "sec/redact.h"

static void
check(const char *known, const char *text, const char *wanted)
{
	struct bh_buf out = {0};

	bh_redact(text, strlen(text), known, known == NULL ? 0 : strlen(known), &out);
	assert_string_equal(bh_buf_string(&out), wanted);
	bh_buf_close(&out);
}

static void
the_known_key_goes_whole_and_in_parts(void **state)
{
	static const char key[] = "correct-horse-battery";

	(void)state;
	check(key, "The key correct-horse-battery is wrong.", "The key [removed] is wrong.");
	check(key, "It begins with correct-ho and ends in -battery.",
		"It begins with [removed] and ends in [removed]");
	check(key, "xxcorrect-horsexx", "[removed]");
	check(key, "A correct answer about a horse.", "A correct answer about a horse.");
	check("two words here", "said: two words here", "said: [removed]");
	check("pass", "the pass-port", "the [removed]");
	check("abc", "abc stays: so short a key would remove half of the text",
		"abc stays: so short a key would remove half of the text");
}

static void
usual_prefixes_go(void **state)
{
	(void)state;
	check(NULL,
		"Incorrect API key provided: sk-proj-****1234. Find yours at https://x.example/keys.",
		"Incorrect API key provided: [removed] Find yours at https://x.example/keys.");
	check(NULL, "token 'ghp_abcd1234' and (hf_abcdefgh)", "token '[removed]' and ([removed])");
	check(NULL, "AKIAIOSFODNN7 eyJhbGciOi.x.y", "[removed] [removed]");
	check(NULL, "a task-force and a desk-lamp", "a task-force and a desk-lamp");
}

static void
what_a_word_announces_goes(void **state)
{
	(void)state;
	check(NULL, "Authorization: Bearer abcd-efgh-1", "Authorization: Bearer [removed]");
	check(NULL, "Bearer authentication is needed", "Bearer authentication is needed");
	check(NULL, "{\"api_key\": \"zyx-wvu-9\", \"code\": 1}",
		"{\"api_key\": \"[removed]\", \"code\": 1}");
	check(NULL, "x-api-key:zyxw-vut9", "x-api-key:[removed]");
	check(NULL, "Invalid token: unexpected word", "Invalid token: unexpected word");
}

static void
credentials_in_urls_go(void **state)
{
	(void)state;
	check(NULL, "GET https://ann:pw@host/v1?model=x&api_key=q&n=1 failed",
		"GET https://[removed]@host/v1?model=x&api_key=[removed]&n=1 failed");
	check(NULL, "https://host/a@b is fine", "https://host/a@b is fine");
}

static void
long_random_runs_go(void **state)
{
	(void)state;
	check(NULL, "id 0123456789abcdef0123456789abcdef", "id [removed]");
	check(NULL, "c2VjcmV0IHNlY3JldCBz/ZWNyZXQ=", "[removed]");
	check(NULL, "model claude-3-5-sonnet-20241022 at /v1/chat/completions",
		"model claude-3-5-sonnet-20241022 at /v1/chat/completions");
	check(NULL, "maximum context length is 8192 tokens, 12345678901234567890123 were sent",
		"maximum context length is 8192 tokens, 12345678901234567890123 were sent");
	check(NULL, "Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffahrtsgesellschaft");
}

static void
long_texts_are_cut_between_characters(void **state)
{
	char text[BH_REDACT_MOST + 2];
	struct bh_buf out = {0};

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + BH_REDACT_MOST - 1, "\xc3\xbc", 2);
	bh_redact(text, sizeof(text), NULL, 0, &out);
	assert_int_equal(out.len, BH_REDACT_MOST - 1);
	assert_true(bh_text_is_utf8(out.data, out.len));
	bh_buf_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_known_key_goes_whole_and_in_parts),
		cmocka_unit_test(usual_prefixes_go),
		cmocka_unit_test(what_a_word_announces_goes),
		cmocka_unit_test(credentials_in_urls_go),
		cmocka_unit_test(long_random_runs_go),
		cmocka_unit_test(long_texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
