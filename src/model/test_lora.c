/* SPDX-License-Identifier: Apache-2.0 */
/* test_lora.c: adapters' files, whole and damaged, beside a base model's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/adapter.h"
#include "model/lora.h"

enum { STRING = 8, FLOAT = 6, UINT32 = 4, UINT8 = 0, ARRAY = 9, ALIGN = 32 };

/* A file in the making; what is set is in its head. */
struct making {
	const char *architecture, *kind, *adapter_kind, *key;
	int64_t rank, columns, rows;
	uint32_t form;
	bool lone;    /* the second matrix is called otherwise */
	bool twice;   /* both are called the same */
	bool aligned; /* it says that its values are aligned to 64 bytes */
};

static const struct making good = {.architecture = "llama",
	.kind = "adapter",
	.adapter_kind = "lora",
	.rank = 4,
	.columns = 64,
	.rows = 32};

static void
add_u32(struct bh_buf *out, uint32_t value)
{
	bh_buf_add(out, &value, sizeof(value));
}

static void
add_u64(struct bh_buf *out, uint64_t value)
{
	bh_buf_add(out, &value, sizeof(value));
}

static void
add_text(struct bh_buf *out, const char *text)
{
	add_u64(out, strlen(text));
	bh_buf_text(out, text);
}

static void
add_pair(struct bh_buf *out, const char *name, const char *value)
{
	add_text(out, name);
	add_u32(out, STRING);
	add_text(out, value);
}

static void
add_tensor(struct bh_buf *out, const char *name, int64_t columns, int64_t rows, uint32_t form,
	uint64_t begin)
{
	add_text(out, name);
	add_u32(out, 2);
	add_u64(out, (uint64_t)columns);
	add_u64(out, (uint64_t)rows);
	add_u32(out, form);
	add_u64(out, begin);
}

static uint64_t
padded(uint64_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static void
make(const struct making *with, struct bh_buf *out)
{
	const float alpha = 4;
	uint64_t a = padded((uint64_t)(with->columns * with->rank) * 4);
	uint64_t b = padded((uint64_t)(with->rank * with->rows) * 4);
	const char *second = with->twice ? "blk.0.attn_q.weight.lora_a"
		: with->lone                 ? "blk.1.attn_q.weight.lora_b"
									 : "blk.0.attn_q.weight.lora_b";

	bh_buf_text(out, "GGUF");
	add_u32(out, 3);
	add_u64(out, 2);
	add_u64(out, 4 + (with->key != NULL) + with->aligned);
	add_pair(out, "general.type", with->kind);
	add_pair(out, "general.architecture", with->architecture);
	add_pair(out, "adapter.type", with->adapter_kind);
	add_text(out, "adapter.lora.alpha");
	add_u32(out, FLOAT);
	bh_buf_add(out, &alpha, sizeof(alpha));
	if (with->key != NULL)
		add_pair(out, with->key, "x");
	if (with->aligned) {
		add_text(out, "general.alignment");
		add_u32(out, UINT32);
		add_u32(out, 64);
	}
	add_tensor(out, "blk.0.attn_q.weight.lora_a", with->columns, with->rank, with->form, 0);
	add_tensor(out, second, with->rank, with->rows, with->form, a);
	while (out->len % ALIGN != 0)
		bh_buf_char(out, '\0');
	memset(bh_buf_room(out, a + b), 0, a + b);
	out->len += a + b;
}

/* A base with a vocabulary, of which only the matrix counts. */
static void
make_base(struct bh_buf *out)
{
	bh_buf_text(out, "GGUF");
	add_u32(out, 3);
	add_u64(out, 2);
	add_u64(out, 3);
	add_pair(out, "general.architecture", "llama");
	add_text(out, "tokenizer.ggml.tokens");
	add_u32(out, ARRAY);
	add_u32(out, STRING);
	add_u64(out, 3);
	add_text(out, "a");
	add_text(out, "");
	add_text(out, "bc");
	add_text(out, "tokenizer.ggml.types");
	add_u32(out, ARRAY);
	add_u32(out, UINT8);
	add_u64(out, 3);
	bh_buf_add(out, "\1\2\3", 3);
	add_tensor(out, "blk.0.attn_q.weight", 64, 32, 2, 0);
	add_tensor(out, "token_embd.weight", 64, 100, 2, 2048);
}

/* What becomes of the first `len` bytes of such a file; its sentence is bh_error_detail's. */
static int
judge(const struct making *with, size_t cut, int64_t *out_rank)
{
	BH_AUTO(bh_buf_close) struct bh_buf file = {0};
	BH_AUTO(bh_buf_close) struct bh_buf other = {0};
	BH_AUTO(model_lora_close) struct model_lora_head adapter = {0};
	BH_AUTO(model_lora_close) struct model_lora_head base = {0};
	size_t len;
	int rc;

	make(with, &file);
	make_base(&other);
	assert_int_equal(model_lora_read(other.data, other.len, &base), 0);
	len = file.len - cut;
	rc = model_lora_read(file.data, len, &adapter);
	return rc < 0 ? rc : model_lora_check(&adapter, (int64_t)len, &base, out_rank);
}

static void
an_adapter_that_fits_its_base_is_taken(void **state)
{
	struct making half = good;
	int64_t rank = 0;

	(void)state;
	assert_int_equal(judge(&good, 0, &rank), 0);
	assert_int_equal(rank, 4);
	half.form = 1;
	half.key = "bulkhead.trainer";
	assert_int_equal(judge(&half, 0, &rank), 0);
}

static void
a_file_that_was_cut_anywhere_is_refused(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf file = {0};
	int64_t rank = 0;

	(void)state;
	make(&good, &file);
	for (size_t cut = 1; cut <= file.len; cut++)
		assert_int_equal(judge(&good, cut, &rank), BH_E_INVALID);
	assert_int_equal(rank, 0);
}

static void
what_is_no_adapter_of_the_base_is_refused_with_a_sentence(void **state)
{
	static const struct {
		struct making with;
		const char *words;
	} cases[] = {
		{{"qwen2", "adapter", "lora", NULL, 4, 64, 32}, "architecture"},
		{{"llama", "model", "lora", NULL, 4, 64, 32}, "not a LoRA adapter"},
		{{"llama", "adapter", "control_vector", NULL, 4, 64, 32}, "not a LoRA adapter"},
		{{"llama", "adapter", "lora", "adapter.alora.invocation_tokens", 4, 64, 32}, "unknown key"},
		{{"llama", "adapter", "lora", "adapter.lora.prompt_prefix", 4, 64, 32}, "unknown key"},
		{{"llama", "adapter", "lora", NULL, 257, 64, 32}, "rank"},
		{{"llama", "adapter", "lora", NULL, 4, 65, 32}, "another shape"},
		{{"llama", "adapter", "lora", NULL, 4, 64, 33}, "another shape"},
		{{"llama", "adapter", "lora", NULL, 4, 64, 32, 2}, "F32 or F16"},
		{{"llama", "adapter", "lora", NULL, 4, 64, 32, .lone = true}, "second one"},
		{{"llama", "adapter", "lora", NULL, 64, 64, 64, .twice = true}, "two tensors"},
		{{"llama", "adapter", "lora", NULL, 4, 64, 32, .aligned = true}, "aligned"},
	};
	int64_t rank = 0;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		assert_int_equal(judge(&cases[i].with, 0, &rank), BH_E_INVALID);
		if (strstr(bh_error_detail(BH_E_INVALID), cases[i].words) == NULL)
			fail_msg("case %zu: %s", i, bh_error_detail(BH_E_INVALID));
	}
}

static void
a_header_that_promises_more_than_there_is_takes_no_memory(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf file = {0};
	struct model_lora_head head = {0};

	(void)state;
	bh_buf_text(&file, "GGUF");
	add_u32(&file, 3);
	add_u64(&file, UINT64_MAX);
	add_u64(&file, 0);
	assert_int_equal(model_lora_read(file.data, file.len, &head), BH_E_INVALID);
	bh_buf_reset(&file);
	bh_buf_text(&file, "GGUF");
	add_u32(&file, 3);
	add_u64(&file, 0);
	add_u64(&file, 1);
	add_u64(&file, UINT64_MAX - 7);
	bh_buf_text(&file, "abcdefgh");
	assert_int_equal(model_lora_read(file.data, file.len, &head), BH_E_INVALID);
	assert_null(head.tensors);
}

static void
a_copys_name_tells_whose_it_is(void **state)
{
	const struct bh_uuid tenant = bh_uuid_new(), id = bh_uuid_new();
	struct bh_uuid of, which;
	char stem[MODEL_ADAPTER_STEM];

	(void)state;
	assert_int_equal(model_adapter_stem(&tenant, &id, "smollm2-135m", stem), 0);
	assert_true(model_adapter_stem_read(stem, &of, &which));
	assert_true(bh_uuid_equal(&of, &tenant) && bh_uuid_equal(&which, &id));
	assert_int_equal(model_adapter_stem(&tenant, &id, "../x", stem), BH_E_INVALID);
	assert_int_equal(model_adapter_stem(&tenant, &id, "", stem), BH_E_INVALID);
	assert_false(model_adapter_stem_read("x@y", &of, &which));
	assert_false(model_adapter_stem_read("", &of, &which));
	stem[3] = 'G';
	assert_false(model_adapter_stem_read(stem, &of, &which));
}

static void
a_name_has_its_prefix_and_no_marks(void **state)
{
	(void)state;
	assert_true(model_adapter_name_is("ft:default:acme:tickets:0199"));
	assert_true(model_adapter_name_is("ft:smollm2-135m-instruct:a:b_c.d/e:1"));
	assert_false(model_adapter_name_is("ft:"));
	assert_false(model_adapter_name_is("default"));
	assert_false(model_adapter_name_is("ft:a b"));
	assert_false(model_adapter_name_is("ft:a\nb"));
	assert_false(model_adapter_name_is("ft:ä"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_adapter_that_fits_its_base_is_taken),
		cmocka_unit_test(a_file_that_was_cut_anywhere_is_refused),
		cmocka_unit_test(what_is_no_adapter_of_the_base_is_refused_with_a_sentence),
		cmocka_unit_test(a_header_that_promises_more_than_there_is_takes_no_memory),
		cmocka_unit_test(a_copys_name_tells_whose_it_is),
		cmocka_unit_test(a_name_has_its_prefix_and_no_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
