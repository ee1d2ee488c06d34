/* SPDX-License-Identifier: Apache-2.0 */
/* test_archive.c: an archive is read as it is, and one that is cut or changed anywhere is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "rag/archive.h"
#include "rag/tar.h"
#include "sec/digest.h"

enum { DIMENSIONS = 384 };

static const char text[] = "Größe und Gewicht.\nZweite Zeile.";

/* What an archive says; zeros: what is right. */
struct saying {
	float first; /* number of each vector; the others are 0 */
	const char *filename, *content_type;
	int64_t blocks;
	int heading;                /* bytes of each chunk's */
	bool overlap;               /* a chunk from each character to the end */
	int64_t characters, chunks; /* of the document, by its record only */
};

/* What is written of an archive, with the sums that belong to it. */
struct made {
	struct bh_buf bytes, sums; /* owned */
	struct bh_hash all;
};

static void
add(struct made *made, const char *name, const char *data, size_t len)
{
	struct rag_tar_member member = {.bytes = (int64_t)len};
	uint8_t block[RAG_TAR_BLOCK];

	snprintf(member.name, sizeof(member.name), "%s", name);
	rag_tar_write(&member, 1700000000, block);
	bh_buf_add(&made->bytes, block, sizeof(block));
	bh_buf_add(&made->bytes, data, len);
	memset(block, 0, sizeof(block));
	bh_buf_add(&made->bytes, block, rag_tar_padding((int64_t)len));
}

static void
add_summed(struct made *made, const char *name, const char *data)
{
	const char *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
	struct bh_digest digest;
	char hex[65];
	size_t before = made->sums.len;

	add(made, name, data, strlen(data));
	bh_digest_sha256(data, strlen(data), &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	bh_buf_printf(&made->sums, "%s  %s\n", hex, base);
	bh_hash_add(&made->all, made->sums.data + before, made->sums.len - before);
}

static void
add_chunks(struct made *made, float first, int heading)
{
	BH_AUTO(bh_buf_close) struct bh_buf lines = {0};
	float floats[DIMENSIONS] = {first};
	char vector[DIMENSIONS * 8];

	bh_base64_encode(floats, sizeof(floats), vector);
	bh_buf_printf(&lines,
		"{\"start\":0,\"end\":18,\"page_start\":0,\"page_end\":0,\"heading\":\"%0*d\","
		"\"text\":\"Größe und Gewicht.\",\"vectors\":[\"%s\"]}\n",
		heading, 0, vector);
	bh_buf_printf(&lines,
		"{\"start\":19,\"end\":32,\"page_start\":0,\"page_end\":0,\"heading\":\"H\","
		"\"text\":\"Zweite Zeile.\",\"vectors\":[\"%s\",\"%s\"]}\n",
		vector, vector);
	add_summed(made, "files/000001/chunks-00001.jsonl", bh_buf_string(&lines));
}

/* From each character to the end. */
static void
add_overlapping_chunks(struct made *made)
{
	BH_AUTO(bh_buf_close) struct bh_buf lines = {0};
	float floats[DIMENSIONS] = {1};
	char vector[DIMENSIONS * 8];
	int64_t point = 0;

	bh_base64_encode(floats, sizeof(floats), vector);
	for (const char *at = text; *at != '\0'; at++) {
		if (((unsigned char)*at & 0xc0) == 0x80)
			continue;
		bh_buf_printf(&lines,
			"{\"start\":%lld,\"end\":32,\"page_start\":0,\"page_end\":0,\"heading\":\"\",\"text\":",
			(long long)point++);
		bh_text_json(&lines, at, strlen(at));
		bh_buf_printf(&lines, ",\"vectors\":[\"%s\"]}\n", vector);
	}
	add_summed(made, "files/000001/chunks-00001.jsonl", bh_buf_string(&lines));
}

/* One file of two chunks. */
static void
make_saying(struct made *made, const struct saying *saying)
{
	int chunks = saying->overlap ? 32 : 2;

	BH_AUTO(bh_buf_close) struct bh_buf record = {0};
	struct bh_digest digest;
	char hex[65];

	*made = (struct made){0};
	bh_hash_begin(&made->all);
	add_summed(made, "manifest.json",
		"{\"format\":\"bulkhead-vector-store\",\"version\":1,\"store\":{\"name\":\"n\","
		"\"description\":\"\",\"metadata\":{},\"embedding_model\":\"m\",\"dimensions\":384}}");
	bh_buf_reset(&made->sums);
	bh_digest_sha256("original", 8, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	bh_buf_printf(&record,
		"{\"filename\":\"%s\",\"purpose\":\"assistants\",\"content_type\":\"%s\","
		"\"bytes\":8,\"sha256\":\"%s\",\"attributes\":{\"a\":1},\"chunking\":\"auto\","
		"\"max_chunk_size_tokens\":256,\"chunk_overlap_tokens\":0,\"document\":{\"format\":"
		"\"text\",\"title\":\"\",\"pages\":0,\"characters\":%lld,\"bytes\":%d,\"blocks\":%lld,"
		"\"chunks\":%lld}}",
		saying->filename != NULL ? saying->filename : "a.txt",
		saying->content_type != NULL ? saying->content_type : "text/plain", hex,
		saying->characters != 0 ? (long long)saying->characters : 32, 34,
		saying->blocks != 0 ? (long long)saying->blocks : 1,
		saying->chunks != 0 ? (long long)saying->chunks : chunks);
	add_summed(made, "files/000001/file.json", bh_buf_string(&record));
	add_summed(made, "files/000001/original", "original");
	add_summed(made, "files/000001/document.txt", text);
	add_summed(made, "files/000001/blocks-00001.jsonl",
		"{\"kind\":1,\"level\":0,\"page\":0,\"start\":0,\"end\":34,\"header_start\":0,"
		"\"header_end\":0}\n");
	if (saying->overlap)
		add_overlapping_chunks(made);
	else
		add_chunks(made, saying->first, saying->heading);
	add(made, "files/000001/SHA256SUMS", made->sums.data, made->sums.len);
	bh_hash_end(&made->all, &digest);
	bh_hash_begin(&made->all);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	bh_buf_reset(&record);
	bh_buf_printf(&record, "{\"files\":1,\"chunks\":%d,\"sha256\":\"%s\"}", chunks, hex);
	add_summed(made, "end.json", bh_buf_string(&record));
	memset(bh_buf_room(&made->bytes, 2 * RAG_TAR_BLOCK), 0, 2 * RAG_TAR_BLOCK);
	made->bytes.len += 2 * RAG_TAR_BLOCK;
}

static void
make(struct made *made, float first)
{
	make_saying(made, &(struct saying){.first = first});
}

static void
made_close(struct made *made)
{
	struct bh_digest ignored;

	bh_hash_end(&made->all, &ignored);
	bh_buf_close(&made->bytes);
	bh_buf_close(&made->sums);
}

/* Reads all of it; the last file and chunk are compared when `expected`. */
static int
read_within(int64_t characters, const char *bytes, size_t len, bool expected)
{
	struct rag_archive archive = {.members = {.fd = -1,
									  .memory = (const uint8_t *)bytes,
									  .bytes = (int64_t)len},
		.limits = {.files = 1, .characters = characters}};
	struct bh_arena arena = {0};
	struct rag_archive_store store;
	struct rag_archive_file file;
	bool end = false;
	int rc = rag_archive_open(&archive, &arena, &store);

	while (rc == 0 && !end) {
		size_t n = 1;

		rc = rag_archive_file(&archive, &arena, &file, &end);
		while (rc == 0 && !end && n > 0) {
			struct rag_archive_chunk *chunks = NULL;

			rc = rag_archive_chunks(&archive, &arena, &file, &chunks, &n);
			if (!expected || n == 0)
				continue;
			assert_int_equal(n, 2);
			assert_string_equal(chunks[1].chunk.text, "Zweite Zeile.");
			assert_string_equal(chunks[1].chunk.heading, "H");
			assert_int_equal(chunks[1].chunk.n_parts, 2);
			assert_true(chunks[1].vectors[1].data[0] > 0.9f);
		}
	}
	rag_archive_close(&archive);
	bh_arena_close(&arena);
	return rc;
}

static int
read_all(const char *bytes, size_t len, bool expected)
{
	return read_within(1000, bytes, len, expected);
}

static void
a_whole_archive_is_read(void **state)
{
	struct made made;

	(void)state;
	make(&made, 1);
	assert_int_equal(read_all(made.bytes.data, made.bytes.len, true), 0);
	made_close(&made);
}

static void
an_archive_that_is_cut_anywhere_is_refused(void **state)
{
	struct made made;

	(void)state;
	make(&made, 1);
	for (size_t len = 0; len < made.bytes.len; len++)
		assert_int_equal(read_all(made.bytes.data, len, false), BH_E_INVALID);
	made_close(&made);
}

/* Headers are summed by tar, members by SHA-256. */
static void
a_bit_that_is_changed_anywhere_is_noticed(void **state)
{
	struct made made;
	size_t at = 0, left = 0;

	(void)state;
	make(&made, 1);
	while (at + 2 * RAG_TAR_BLOCK < made.bytes.len) {
		struct rag_tar_member member;
		bool end;

		assert_int_equal(rag_tar_read((const uint8_t *)made.bytes.data + at, &member, &end), 0);
		left = RAG_TAR_BLOCK + (size_t)member.bytes;
		for (size_t i = 0; i < left; i += i < RAG_TAR_BLOCK + 64 ? 1 : 7) {
			made.bytes.data[at + i] ^= 4;
			assert_int_equal(read_all(made.bytes.data, made.bytes.len, false), BH_E_INVALID);
			made.bytes.data[at + i] ^= 4;
		}
		at += left + rag_tar_padding(member.bytes);
	}
	made_close(&made);
}

static void
vectors_have_the_length_1(void **state)
{
	static const float wrong[] = {0, 2, -2, 0.5f, __builtin_nanf(""), __builtin_inff()};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		struct made made;

		make(&made, wrong[i]);
		assert_int_equal(read_all(made.bytes.data, made.bytes.len, false), BH_E_INVALID);
		made_close(&made);
	}
}

static void
names_are_plain_and_numbers_are_bounded(void **state)
{
	static const struct saying wrong[] = {
		{.filename = "a\\r\\nb.txt"},
		{.filename = "a\\u001b[2J"},
		{.content_type = "text/plain\\r\\nx-header: 1"},
		{.blocks = 33},
		{.heading = 8001},
		{.overlap = true},
	};
	static const struct saying right[] = {
		{.heading = 7999},
		{.filename = "Größe \\u00e4.txt"},
		{.content_type = "text/plain; charset=utf-8"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong) + BH_COUNT(right); i++) {
		bool is_wrong = i < BH_COUNT(wrong);
		struct saying saying = is_wrong ? wrong[i] : right[i - BH_COUNT(wrong)];
		struct made made;

		saying.first = 1;
		make_saying(&made, &saying);
		assert_int_equal(read_all(made.bytes.data, made.bytes.len, false),
			is_wrong ? BH_E_INVALID : 0);
		made_close(&made);
	}
}

static void
a_document_has_only_so_many_chunks(void **state)
{
	static const struct {
		int64_t characters, chunks;
		bool too_many;
	} cases[] = {
		{200000, 125000, false},
		{200000, 125001, true},
		{1000, 1001, true},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		const struct saying saying = {.first = 1,
			.characters = cases[i].characters,
			.chunks = cases[i].chunks};
		struct made made;

		/* One that has not too many is refused as well: it is not as long as it says. */
		make_saying(&made, &saying);
		assert_int_equal(read_within(1000000, made.bytes.data, made.bytes.len, false),
			BH_E_INVALID);
		assert_int_equal(strstr(bh_error_detail(BH_E_INVALID), "more parts") != NULL,
			cases[i].too_many);
		made_close(&made);
	}
}

/* Opens it and passes over what was checked. */
static int
pass_over(struct rag_archive *archive, const struct made *made, struct bh_arena *arena,
	const struct rag_archive_checked *checked)
{
	struct rag_archive_store store;
	int rc;

	*archive = (struct rag_archive){.members = {.fd = -1,
										.memory = (const uint8_t *)made->bytes.data,
										.bytes = (int64_t)made->bytes.len},
		.limits = {.files = 1, .characters = 1000}};
	rc = rag_archive_open(archive, arena, &store);
	return rc < 0 ? rc : rag_archive_pass(archive, checked);
}

static void
what_was_checked_is_passed_over_up_to_the_end(void **state)
{
	struct bh_arena arena = {0};
	struct rag_archive archive;
	struct rag_archive_file file;
	struct rag_archive_chunk *chunks = NULL;
	struct rag_archive_checked checked = {0};
	struct made made;
	char *sums;
	size_t n = 1;
	bool end = false;

	(void)state;
	make(&made, 1);
	assert_int_equal(pass_over(&archive, &made, &arena, &checked), 0);
	assert_int_equal(rag_archive_file(&archive, &arena, &file, &end), 0);
	while (n > 0)
		assert_int_equal(rag_archive_chunks(&archive, &arena, &file, &chunks, &n), 0);
	checked = (struct rag_archive_checked){archive.files, archive.members.at, archive.chunks};
	rag_archive_close(&archive);

	assert_int_equal(pass_over(&archive, &made, &arena, &checked), 0);
	assert_int_equal(rag_archive_file(&archive, &arena, &file, &end), 0);
	assert_true(end);
	rag_archive_close(&archive);

	/* Another archive: it ends elsewhere, or its end does not fit. */
	checked.position++;
	assert_int_equal(pass_over(&archive, &made, &arena, &checked), BH_E_INVALID);
	rag_archive_close(&archive);
	checked.position--;
	checked.files++;
	assert_int_equal(pass_over(&archive, &made, &arena, &checked), BH_E_INVALID);
	rag_archive_close(&archive);
	checked.files--;
	sums = memmem(made.bytes.data, made.bytes.len, made.sums.data, 64);
	assert_non_null(sums);
	sums[0] ^= 1;
	assert_int_equal(pass_over(&archive, &made, &arena, &checked), 0);
	assert_int_equal(rag_archive_file(&archive, &arena, &file, &end), BH_E_INVALID);
	rag_archive_close(&archive);
	made_close(&made);
	bh_arena_close(&arena);
}

static void
a_header_comes_back_and_only_plain_files_have_one(void **state)
{
	struct rag_tar_member member = {.name = "a/b", .bytes = RAG_TAR_BYTES_MAX}, back;
	uint8_t block[RAG_TAR_BLOCK], zeros[RAG_TAR_BLOCK] = {0};
	bool end = true;

	(void)state;
	rag_tar_write(&member, 0, block);
	assert_int_equal(rag_tar_read(block, &back, &end), 0);
	assert_false(end);
	assert_string_equal(back.name, "a/b");
	assert_true(back.bytes == member.bytes);
	assert_int_equal(rag_tar_read(zeros, &back, &end), 0);
	assert_true(end);
	/* A link, with a sum that fits. */
	block[156] = '2';
	block[153] = (uint8_t)(block[153] + 2);
	assert_int_equal(rag_tar_read(block, &back, &end), BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_archive_is_read),
		cmocka_unit_test(an_archive_that_is_cut_anywhere_is_refused),
		cmocka_unit_test(a_bit_that_is_changed_anywhere_is_noticed),
		cmocka_unit_test(vectors_have_the_length_1),
		cmocka_unit_test(a_document_has_only_so_many_chunks),
		cmocka_unit_test(what_was_checked_is_passed_over_up_to_the_end),
		cmocka_unit_test(names_are_plain_and_numbers_are_bounded),
		cmocka_unit_test(a_header_comes_back_and_only_plain_files_have_one),
	};

	return cmocka_run_group_tests_name("rag_archive", tests, NULL, NULL);
}
