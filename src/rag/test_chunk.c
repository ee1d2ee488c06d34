/* SPDX-License-Identifier: Apache-2.0 */
/* test_chunk.c: where documents are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "rag/chunk.h"

/* A document under construction. */
struct fixture {
	struct bh_arena arena;
	struct bh_buf text, blocks;
	struct rag_document document;
	struct rag_piece *pieces;
	size_t n;
	const int64_t *counts; /* NULL: estimated */
};

static void
add(struct fixture *fix, enum rag_block_kind kind, unsigned level, uint32_t page, const char *text)
{
	struct rag_block block = {.kind = (uint8_t)kind, .level = (uint8_t)level, .page = page};

	if (fix->text.len > 0)
		bh_buf_text(&fix->text, "\n\n");
	block.start = fix->text.len;
	bh_buf_text(&fix->text, text);
	block.end = fix->text.len;
	bh_buf_add(&fix->blocks, &block, sizeof(block));
}

static void
cut(struct fixture *fix, size_t tokens, size_t overlap, bool by_size)
{
	const struct rag_chunk_conf conf = {.tokens = tokens,
		.overlap = overlap,
		.by_size = by_size,
		.factor = 1,
		.counts = fix->counts};

	fix->document.text = bh_buf_string(&fix->text);
	fix->document.text_len = fix->text.len;
	fix->document.blocks = (const struct rag_block *)(const void *)fix->blocks.data;
	fix->document.n_blocks = fix->blocks.len / sizeof(struct rag_block);
	rag_chunk_document(&fix->arena, &fix->document, &conf, &fix->pieces, &fix->n);
}

static const char *
text_of(struct fixture *fix, size_t i)
{
	return bh_arena_copy(&fix->arena, fix->document.text + fix->pieces[i].start,
		fix->pieces[i].end - fix->pieces[i].start);
}

static void
fixture_close(struct fixture *fix)
{
	bh_buf_close(&fix->text);
	bh_buf_close(&fix->blocks);
	bh_arena_close(&fix->arena);
}

/* `n` sentences of ten words. */
static const char *
prose(struct fixture *fix, size_t n)
{
	struct bh_buf text = {0};
	const char *copy;

	for (size_t i = 0; i < n; i++)
		bh_buf_printf(&text, "%sThe tax is due on day %zu of the month.", i > 0 ? " " : "", i);
	copy = bh_arena_strdup(&fix->arena, bh_buf_string(&text));
	bh_buf_close(&text);
	return copy;
}

static void
a_short_document_is_one_chunk(void **state)
{
	struct fixture fix = {0};

	(void)state;
	add(&fix, RAG_BLOCK_PARAGRAPH, 0, 1, "One.");
	add(&fix, RAG_BLOCK_PARAGRAPH, 0, 2, "Two.");
	cut(&fix, 256, 0, false);

	assert_int_equal(fix.n, 1);
	assert_string_equal(text_of(&fix, 0), "One.\n\nTwo.");
	assert_string_equal(fix.pieces[0].heading, "");
	assert_int_equal(fix.pieces[0].page_start, 1);
	assert_int_equal(fix.pieces[0].page_end, 2);
	fixture_close(&fix);
}

static void
a_heading_is_in_the_path_and_not_in_the_text(void **state)
{
	struct fixture fix = {0};

	(void)state;
	add(&fix, RAG_BLOCK_HEADING, 1, 1, "Guide");
	add(&fix, RAG_BLOCK_HEADING, 2, 1, "Deposits");
	add(&fix, RAG_BLOCK_PARAGRAPH, 0, 1, prose(&fix, 12));
	add(&fix, RAG_BLOCK_HEADING, 2, 2, "Penalties");
	add(&fix, RAG_BLOCK_PARAGRAPH, 0, 2, prose(&fix, 12));
	cut(&fix, 256, 0, false);

	assert_int_equal(fix.n, 2);
	assert_string_equal(fix.pieces[0].heading, "Guide > Deposits");
	assert_string_equal(fix.pieces[1].heading, "Guide > Penalties");
	assert_null(strstr(text_of(&fix, 0), "Deposits"));
	fixture_close(&fix);
}

static void
small_sections_share_a_chunk(void **state)
{
	struct fixture fix = {0};

	(void)state;
	for (int i = 0; i < 4; i++) {
		add(&fix, RAG_BLOCK_HEADING, 2, 0, "Term");
		add(&fix, RAG_BLOCK_PARAGRAPH, 0, 0, "Short.");
	}
	cut(&fix, 256, 0, false);

	assert_int_equal(fix.n, 1);
	fixture_close(&fix);
}

static void
a_heading_with_nothing_under_it_is_still_found(void **state)
{
	struct fixture fix = {0};

	(void)state;
	add(&fix, RAG_BLOCK_HEADING, 1, 0, "Only a heading");
	cut(&fix, 256, 0, false);

	assert_int_equal(fix.n, 1);
	assert_string_equal(text_of(&fix, 0), "Only a heading");
	fixture_close(&fix);
}

static void
no_chunk_is_longer_than_allowed_and_nothing_is_lost(void **state)
{
	struct fixture fix = {0};
	size_t covered = 0, last = 0;

	(void)state;
	add(&fix, RAG_BLOCK_HEADING, 1, 0, "Guide");
	add(&fix, RAG_BLOCK_PARAGRAPH, 0, 0, prose(&fix, 300));
	cut(&fix, 128, 0, false);

	assert_true(fix.n > 10);
	for (size_t i = 0; i < fix.n; i++) {
		const struct rag_piece *piece = &fix.pieces[i];

		assert_true(piece->start >= last);
		assert_true(
			rag_chunk_estimate(fix.document.text + piece->start, piece->end - piece->start) +
				rag_chunk_estimate(piece->heading, strlen(piece->heading)) <=
			128);
		covered += piece->end - piece->start;
		last = piece->end;
	}
	/* All but the heading and the blanks between chunks. */
	assert_true(covered + fix.n + 10 >= fix.text.len);
	fixture_close(&fix);
}

static void
a_word_without_end_is_cut_on_code_points(void **state)
{
	struct fixture fix = {0};
	struct bh_buf word = {0};

	(void)state;
	for (int i = 0; i < 3000; i++)
		bh_buf_text(&word, "\xe4\xba\xba");
	add(&fix, RAG_BLOCK_PARAGRAPH, 0, 0, bh_buf_string(&word));
	cut(&fix, 128, 0, false);

	assert_true(fix.n > 20);
	for (size_t i = 0; i < fix.n; i++)
		assert_true(bh_text_is_utf8(text_of(&fix, i), strlen(text_of(&fix, i))));
	bh_buf_close(&word);
	fixture_close(&fix);
}

static void
static_chunks_overlap_by_whole_atoms(void **state)
{
	struct fixture fix = {0};

	(void)state;
	add(&fix, RAG_BLOCK_PARAGRAPH, 0, 0, prose(&fix, 100));
	cut(&fix, 200, 60, true);

	assert_true(fix.n > 3);
	for (size_t i = 1; i < fix.n; i++) {
		assert_true(fix.pieces[i].start < fix.pieces[i - 1].end);
		assert_true(fix.pieces[i].start > fix.pieces[i - 1].start);
		assert_true(fix.pieces[i].end > fix.pieces[i - 1].end);
		assert_true(rag_chunk_estimate(fix.document.text + fix.pieces[i].start,
						fix.pieces[i - 1].end - fix.pieces[i].start) <= 60);
		/* And by nearly as much as was asked for, though its sentences are long. */
		assert_true(rag_chunk_estimate(fix.document.text + fix.pieces[i].start,
						fix.pieces[i - 1].end - fix.pieces[i].start) > 40);
	}
	fixture_close(&fix);
}

/* A model that makes a token of each letter. */
static void
static_chunks_are_as_large_as_they_are_counted(void **state)
{
	const struct rag_chunk_conf conf = {.tokens = 200,
		.overlap = 100,
		.by_size = true,
		.factor = 1};
	struct fixture fix = {0};
	const char *const *atoms;
	int64_t *counts;
	size_t n, i;

	(void)state;
	add(&fix, RAG_BLOCK_HEADING, 1, 0, "A heading that is not counted");
	add(&fix, RAG_BLOCK_PARAGRAPH, 0, 0, prose(&fix, 100));
	cut(&fix, 200, 100, true);
	rag_chunk_atoms(&fix.arena, &fix.document, &conf, &atoms, &n);
	counts = bh_arena_array(&fix.arena, n, sizeof(*counts));
	for (i = 0; i < n; i++)
		counts[i] = (int64_t)strlen(atoms[i]);
	fix.counts = counts;
	cut(&fix, 200, 100, true);

	assert_true(fix.n > 20);
	for (i = 0; i < fix.n; i++) {
		size_t blanks = 200 / 4; /* between atoms, which belong to none */

		assert_in_range(strlen(text_of(&fix, i)), i + 1 < fix.n ? 100 : 1, 200 + blanks);
		if (i > 0)
			assert_in_range(fix.pieces[i - 1].end - fix.pieces[i].start, 1, 100 + blanks);
	}
	fixture_close(&fix);
}

/* Adds a row or a function whose header is the part of the text from start on. */
static void
add_headed(struct fixture *fix, enum rag_block_kind kind, unsigned level, size_t start, size_t len,
	const char *text)
{
	struct rag_block *block;

	add(fix, kind, level, 0, text);
	block = (struct rag_block *)(void *)fix->blocks.data + fix->blocks.len / sizeof(*block) - 1;
	block->header_start = start;
	block->header_end = start + len;
}

static void
a_table_says_its_columns_in_every_chunk(void **state)
{
	static const char columns[] =
		"Region of the company | Product that was sold | Units in thousands";
	struct fixture fix = {0};
	char row[80];

	(void)state;
	add(&fix, RAG_BLOCK_TABLE_ROW, 0, 1, columns);
	for (int i = 0; i < 60; i++) {
		snprintf(row, sizeof(row), "Region %d | Product %d | %d.5. Then | %d", i, i, i, i);
		add_headed(&fix, RAG_BLOCK_TABLE_ROW, 0, 0, strlen(columns), row);
	}
	for (int by_size = 0; by_size < 2; by_size++) {
		cut(&fix, 128, 0, by_size);
		assert_true(fix.n > 3);
		for (size_t i = 0; i < fix.n; i++) {
			assert_true(rag_chunk_estimate(text_of(&fix, i), strlen(text_of(&fix, i))) <= 126);
			assert_string_equal(fix.pieces[i].heading, i == 0 ? "" : columns);
			/* No row is cut where it looks like the end of a sentence. */
			assert_int_equal(strncmp(text_of(&fix, i), "Region ", 7), 0);
		}
	}
	fixture_close(&fix);
}

static void
wide_columns_are_cut_to_a_share_of_the_chunk(void **state)
{
	struct fixture fix = {0};
	struct bh_buf columns = {0};

	(void)state;
	for (int i = 0; i < 200; i++)
		bh_buf_printf(&columns, "%sColumn %d", i > 0 ? " | " : "", i);
	add(&fix, RAG_BLOCK_TABLE_ROW, 0, 1, bh_buf_string(&columns));
	add_headed(&fix, RAG_BLOCK_TABLE_ROW, 0, 0, columns.len, prose(&fix, 30));
	cut(&fix, 128, 0, false);

	assert_int_equal(strncmp(fix.pieces[fix.n - 1].heading, "Column 0 | Column 1 |", 21), 0);
	assert_true(rag_chunk_estimate(fix.pieces[fix.n - 1].heading,
					strlen(fix.pieces[fix.n - 1].heading)) <= 32);
	bh_buf_close(&columns);
	fixture_close(&fix);
}

/* A function of so many lines. */
static const char *
function(struct fixture *fix, const char *signature, int lines)
{
	struct bh_buf text = {0};
	const char *copy;

	bh_buf_printf(&text, "%s\n{\n", signature);
	for (int i = 0; i < lines; i++)
		bh_buf_printf(&text, "\tstep(%d);%s\n", i, i % 10 == 9 ? "\n" : "");
	bh_buf_text(&text, "}");
	copy = bh_arena_strdup(&fix->arena, bh_buf_string(&text));
	bh_buf_close(&text);
	return copy;
}

static void
add_function(struct fixture *fix, unsigned level, const char *signature, int lines)
{
	size_t start = fix->text.len + (fix->text.len > 0 ? 2 : 0);

	add_headed(fix, RAG_BLOCK_CODE, level, start, strlen(signature),
		function(fix, signature, lines));
}

static void
a_function_that_fits_is_not_torn(void **state)
{
	struct fixture fix = {0};

	(void)state;
	for (int i = 0; i < 5; i++)
		add_function(&fix, 1, "int f(int a)", 12);
	cut(&fix, 128, 0, false);

	assert_int_equal(fix.n, 5);
	for (size_t i = 0; i < fix.n; i++) {
		assert_int_equal(strncmp(text_of(&fix, i), "int f(int a)\n{", 14), 0);
		assert_int_equal(text_of(&fix, i)[fix.pieces[i].end - fix.pieces[i].start - 1], '}');
		assert_string_equal(fix.pieces[i].heading, "");
	}
	fixture_close(&fix);
}

static void
each_part_of_a_torn_function_says_its_signature(void **state)
{
	struct fixture fix = {0};
	size_t i;

	(void)state;
	add_function(&fix, 1, "int small(void)", 2);
	add_function(&fix, 1, "int\nlarge(int a)", 100);
	add_function(&fix, 1, "int after(void)", 2);
	cut(&fix, 128, 0, false);

	assert_true(fix.n > 4);
	/* It may begin in a chunk that is still small, but what follows it does not go on in its last one. */
	assert_int_equal(strncmp(text_of(&fix, 0), "int small(void)", 15), 0);
	for (i = 1; i + 1 < fix.n; i++)
		assert_string_equal(fix.pieces[i].heading, "int large(int a)");
	assert_int_equal(strncmp(text_of(&fix, i), "int after(void)", 15), 0);
	assert_string_equal(fix.pieces[i].heading, "");
	fixture_close(&fix);
}

static void
what_follows_a_class_is_not_below_it(void **state)
{
	struct fixture fix = {0};

	(void)state;
	add(&fix, RAG_BLOCK_HEADING, 1, 0, "class Shop");
	add_function(&fix, 2, "int sell(void)", 12);
	add_function(&fix, 2, "int buy(void)", 12);
	add_function(&fix, 1, "int main(void)", 12);
	for (int by_size = 0; by_size < 2; by_size++) {
		cut(&fix, 128, 0, by_size);
		assert_string_equal(fix.pieces[fix.n - 1].heading, "");
		assert_int_equal(strncmp(text_of(&fix, fix.n - 1), "int main(void)", 14), 0);
		assert_string_equal(fix.pieces[fix.n - 2].heading, "class Shop");
	}
	fixture_close(&fix);
}

static void
a_half_is_cut_at_a_blank(void **state)
{
	(void)state;
	assert_int_equal(rag_chunk_halve("aaaa bbbb", 9), 4);
	assert_int_equal(rag_chunk_halve("\xe4\xba\xba\xe6\x9d\x83", 6), 3);
	assert_int_equal(rag_chunk_halve("ab", 2), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_document_is_one_chunk),
		cmocka_unit_test(a_heading_is_in_the_path_and_not_in_the_text),
		cmocka_unit_test(small_sections_share_a_chunk),
		cmocka_unit_test(a_heading_with_nothing_under_it_is_still_found),
		cmocka_unit_test(no_chunk_is_longer_than_allowed_and_nothing_is_lost),
		cmocka_unit_test(a_word_without_end_is_cut_on_code_points),
		cmocka_unit_test(static_chunks_overlap_by_whole_atoms),
		cmocka_unit_test(static_chunks_are_as_large_as_they_are_counted),
		cmocka_unit_test(a_table_says_its_columns_in_every_chunk),
		cmocka_unit_test(wide_columns_are_cut_to_a_share_of_the_chunk),
		cmocka_unit_test(a_function_that_fits_is_not_torn),
		cmocka_unit_test(each_part_of_a_torn_function_says_its_signature),
		cmocka_unit_test(what_follows_a_class_is_not_below_it),
		cmocka_unit_test(a_half_is_cut_at_a_blank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
