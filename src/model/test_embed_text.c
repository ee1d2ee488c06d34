/* SPDX-License-Identifier: Apache-2.0 */
/* test_embed_text.c: text as uncased vocabularies want it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/embed_text.h"

static void
uncased_text_has_no_case_and_no_marks(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	model_embed_text(MODEL_TEXT_UNCASED,
		"\xc3\x84rger \xc3\x87"
		"a Vi\xe1\xbb\x87t",
		17, &out);
	assert_string_equal(bh_buf_string(&out), "arger ca viet");
	bh_buf_close(&out);
}

static void
plain_text_stays_as_it_is(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	model_embed_text(MODEL_TEXT_PLAIN, "\xc3\x84rger", 6, &out);
	assert_string_equal(bh_buf_string(&out), "\xc3\x84rger");
	bh_buf_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uncased_text_has_no_case_and_no_marks),
		cmocka_unit_test(plain_text_stays_as_it_is),
	};

	return cmocka_run_group_tests_name("model/embed_text", tests, NULL, NULL);
}
