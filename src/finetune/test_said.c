/* SPDX-License-Identifier: Apache-2.0 */
/* test_said.c: lines of a trainer that make sense, those that do not, heads of GGUF files, and names. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/macros.h"
#include "finetune/base.h"
#include "finetune/names.h"
#include "finetune/said.h"
#include "trainer/protocol.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int
reads(const char *line, struct finetune_said *out)
{
	return finetune_said_read(line, strlen(line), out);
}

static void
a_step_is_read_with_what_it_lacks(void **state)
{
	struct finetune_said said;

	(void)state;
	assert_int_equal(reads("{\"type\":\"progress\",\"step\":3,\"steps\":9,\"tokens\":40,\"train_"
						   "loss\":1.5,"
						   "\"gradient_norm\":null,\"later\":[1]}",
						 &said),
		0);
	assert_int_equal(said.type, FINETUNE_SAID_PROGRESS);
	assert_int_equal(said.step, 3);
	assert_true(said.train_loss == 1.5 && isnan(said.gradient_norm) && isnan(said.learning_rate));
	assert_int_equal(said.trained_tokens, -1);
	assert_string_equal(said.message, "");
	finetune_said_close(&said);
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"[]",
		"{}",
		"hello",
		"{\"type\":\"dance\"}",
		"{\"type\":\"begun\"}",
		"{\"type\":\"progress\",\"step\":10,\"steps\":9,\"tokens\":1}",
		"{\"type\":\"progress\",\"step\":0,\"steps\":9,\"tokens\":1}",
		"{\"type\":\"progress\",\"step\":1,\"steps\":9}",
		"{\"type\":\"progress\",\"step\":1,\"steps\":9,\"tokens\":-5}",
		"{\"type\":\"progress\",\"step\":1.5,\"steps\":9,\"tokens\":5}",
		"{\"type\":\"progress\",\"step\":1,\"step\":2,\"steps\":9,\"tokens\":5}",
		"{\"type\":\"started\",\"step\":3,\"steps\":2}",
		"{\"type\":\"checkpoint\",\"step\":3,\"path\":\"a\",\"sha256\":\"" HASH "\",\"bytes\":1}",
		"{\"type\":\"checkpoint\",\"step\":3,\"path\":\"/a\",\"sha256\":\"x\",\"bytes\":1}",
		"{\"type\":\"evaluation\",\"of\":\"me\",\"step\":1}",
		"{\"type\":\"error\",\"message\":\"x\"}",
		"{\"type\":\"finished\",\"step\":3,\"best_step\":0,\"best_path\":\"/a\"}",
	};
	struct finetune_said said;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(lines); i++)
		assert_int_equal(reads(lines[i], &said), BH_E_PROTOCOL);
}

static void
a_line_is_only_so_long(void **state)
{
	struct bh_buf line = {0};
	struct finetune_said said;

	(void)state;
	memset(bh_buf_room(&line, TRAINER_LINE_BYTES_MAX + 1), ' ', TRAINER_LINE_BYTES_MAX + 1);
	assert_int_equal(finetune_said_read(line.data, TRAINER_LINE_BYTES_MAX + 1, &said),
		BH_E_PROTOCOL);
	bh_buf_close(&line);
}

/* Of one array of a number, and the text that is looked for. */
static size_t
head(unsigned char out[256], const char *value)
{
	static const unsigned char start[] =
		"GGUF\3\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"
		"\1\0\0\0\0\0\0\0a\11\0\0\0\4\0\0\0\2\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0"
		"\24\0\0\0\0\0\0\0general.architecture\10\0\0\0";
	size_t len = sizeof(start) - 1, n = strlen(value);

	memcpy(out, start, len);
	memset(out + len, 0, 8);
	out[len] = (unsigned char)n;
	memcpy(out + len + 8, value, n);
	return len + 8 + n;
}

static void
the_architecture_is_read_within_bounds(void **state)
{
	unsigned char bytes[256];
	char text[8];
	size_t len = head(bytes, "llama");

	(void)state;
	assert_int_equal(finetune_base_text(bytes, len, "general.architecture", text, sizeof(text)), 0);
	assert_string_equal(text, "llama");
	assert_int_equal(finetune_base_text(bytes, len, "general.type", text, sizeof(text)), 0);
	assert_string_equal(text, "");
	for (size_t cut = 0; cut < len; cut++) {
		int rc = finetune_base_text(bytes, cut, "general.architecture", text, sizeof(text));

		assert_true(rc == 0 || rc == BH_E_INVALID);
		assert_string_equal(text, "");
	}
	len = head(bytes, "longer than there is room");
	assert_int_equal(finetune_base_text(bytes, len, "general.architecture", text, sizeof(text)),
		BH_E_INVALID);
	assert_int_equal(finetune_base_text((const unsigned char *)"MZ", 2, "a", text, sizeof(text)),
		BH_E_INVALID);
}

static void
a_name_is_short_enough_and_apart_from_others(void **state)
{
	const struct bh_uuid one = bh_uuid_new(), two = bh_uuid_new();
	struct finetune_job job = {.id = bh_uuid_new(), .model = "smollm2-135m-instruct"};
	char names[3][FINETUNE_NAME_MOST];

	(void)state;
	job.suffix = "Tickets \xc3\xa4: 1/2";
	finetune_name_model(&one, &job, names[0]);
	finetune_name_model(&two, &job, names[1]);
	assert_string_not_equal(names[0], names[1]);
	assert_non_null(strstr(names[0], ":tickets----1-2:"));
	job.suffix = "0123456789012345678901234567890123456789012345678901234567890123";
	finetune_name_model(&one, &job, names[0]);
	assert_int_equal(strlen(names[0]), FINETUNE_MODEL_NAME_MOST);
	finetune_name_checkpoint(&one, &job, 25, names[2]);
	assert_int_equal(strncmp(names[2], names[0], FINETUNE_MODEL_NAME_MOST), 0);
	assert_string_equal(names[2] + FINETUNE_MODEL_NAME_MOST, ":ckpt-step-25");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_read_with_what_it_lacks),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(a_line_is_only_so_long),
		cmocka_unit_test(the_architecture_is_read_within_bounds),
		cmocka_unit_test(a_name_is_short_enough_and_apart_from_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
