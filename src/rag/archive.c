/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c: the folders of an archive: what their members say, held against each other. */
#include "rag/archive.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "rag/tar.h"
#include "rag/vector_sql.h"

enum {
	HEADING_MOST = 8192,
	BLOCK_BYTES_LEAST = 64, /* of its line */
	CHUNKS_OF_ONE = 8,      /* most that a character is in, about: they overlap by half at most */
	/* Most chunks of a document: so many, and one for each so many characters. All of them are in memory at once,
	 * with what each takes besides its text. */
	CHUNKS_FREE = 100000,
	CHUNK_CHARACTERS = 8
};

#define LENGTH_TOLERANCE 0.01 /* of a vector's length 1 */

static int
read_blocks(struct rag_archive *archive, struct bh_arena *arena, int64_t file, int64_t n,
	struct rag_document *document)
{
	struct rag_block *blocks;
	int64_t read = 0, end = 0;
	int rc = 0;

	/* A number alone takes no memory. */
	if (n > (archive->members.bytes - archive->members.at) / BLOCK_BYTES_LEAST)
		return rag_members_broken(&archive->members, "it ends too early");
	blocks = bh_arena_array(arena, (size_t)n + 1, sizeof(*blocks));
	for (int64_t page = 1; rc == 0 && read < n; page++) {
		BH_AUTO(bh_arena_close) struct bh_arena piece = {0};
		char name[RAG_TAR_NAME + 1];
		struct rag_lines lines;
		const char *line, *text = "";
		size_t len = 0;

		rag_archive_name(file, "blocks", page, name);
		rc = rag_members_read(&archive->members, &piece, name, 1, RAG_ARCHIVE_PAGE_MAX, &text,
			&len);
		lines = (struct rag_lines){text, text + len};
		while (rc == 0 && rag_lines_next(&lines, &line, &len)) {
			if (read == n)
				return rag_members_broken(&archive->members,
					"a document has more blocks than it says");
			if (rag_archive_block_read(line, len, document, end, &blocks[read]) < 0)
				return rag_members_broken(&archive->members, "a block of a document is wrong");
			end = (int64_t)blocks[read++].end;
		}
	}
	document->blocks = blocks;
	document->n_blocks = (size_t)n;
	return rc;
}

/* ---- a folder ---- */

/* The original stays where it is; its checksum is read. */
static int
pass_original(struct rag_archive *archive, int64_t file, const struct rag_archive_record *record,
	struct rag_archive_file *out)
{
	char name[RAG_TAR_NAME + 1], hex[RAG_MEMBERS_SUM_HEX + 1];
	struct rag_tar_member member;
	int rc;

	rag_archive_name(file, "original", 0, name);
	rc = rag_members_expect(&archive->members, name, record->bytes, record->bytes, &member);
	if (rc < 0)
		return rc;
	out->at = archive->members.at;
	rc = rag_members_hash(&archive->members, member.bytes, &out->hash);
	if (rc < 0)
		return rc;
	bh_text_hex(out->hash.bytes, sizeof(out->hash.bytes), hex);
	if (strcmp(hex, record->sha256) != 0)
		return rag_members_broken(&archive->members, "a file does not have its SHA-256");
	rag_members_note(&archive->members, name, &out->hash);
	return rag_members_skip_padding(&archive->members, member.bytes);
}

static int
read_document(struct rag_archive *archive, struct bh_arena *arena, int64_t file,
	const struct rag_archive_record *record, struct rag_document *out)
{
	char name[RAG_TAR_NAME + 1];
	struct rag_document document = {.format = record->document.format,
		.title = record->document.title,
		.pages = record->document.pages,
		.characters = record->document.characters,
		.ocr = record->document.ocr};
	int rc;

	if (document.ocr.low_pages == NULL)
		document.ocr.low_pages = "";
	if (document.ocr.unread_pages == NULL)
		document.ocr.unread_pages = "";

	if (document.characters > archive->limits.characters ||
		record->document.bytes > 4 * document.characters ||
		record->document.blocks > document.characters ||
		record->document.chunks > document.characters ||
		record->document.chunks > CHUNKS_FREE + document.characters / CHUNK_CHARACTERS)
		return rag_members_broken(&archive->members,
			"a document is too long, or has more parts than characters");
	rag_archive_name(file, "document.txt", 0, name);
	rc = rag_members_read(&archive->members, arena, name, record->document.bytes,
		record->document.bytes, &document.text, &document.text_len);
	if (rc < 0)
		return rc;
	if (!bh_text_is_utf8(document.text, document.text_len) ||
		memchr(document.text, '\0', document.text_len) != NULL ||
		(int64_t)bh_text_points(document.text, document.text_len) != document.characters)
		return rag_members_broken(&archive->members,
			"the text of a document is not UTF-8, or not as long as it says");
	rc = read_blocks(archive, arena, file, record->document.blocks, &document);
	if (rc == 0)
		*out = document;
	return rc;
}

/* The checksums of the folder's members, as they were read. */
static int
end_folder(struct rag_archive *archive)
{
	char name[RAG_TAR_NAME + 1];
	struct rag_tar_member member;
	struct bh_digest expected, found = {0};
	int rc;

	rag_archive_name(archive->files, "SHA256SUMS", 0, name);
	rag_members_take_hash(&archive->members.sums, &expected);
	archive->in_file = false;
	rc = rag_members_expect(&archive->members, name, archive->members.sums_bytes,
		archive->members.sums_bytes, &member);
	if (rc == 0)
		rc = rag_members_hash(&archive->members, archive->members.sums_bytes, &found);
	if (rc == 0 && !bh_digest_equal(&expected, &found))
		return rag_members_broken(&archive->members, "a member does not have its SHA-256");
	return rc < 0 ? rc : rag_members_skip_padding(&archive->members, member.bytes);
}

/* The last member, and two blocks of zeros behind it. */
static int
read_end(struct rag_archive *archive, struct bh_arena *arena)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct rag_archive_end record = {.sha256 = ""};
	struct rag_tar_member member;
	struct bh_digest digest;
	char hex[RAG_MEMBERS_SUM_HEX + 1];
	bool end = false;
	int rc;

	rag_members_take_hash(&archive->members.all, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	rc = rag_members_record(&archive->members, arena, "end.json", rag_archive_end_fields,
		rag_archive_n_end_fields, &doc, &record);
	if (rc == 0 &&
		(record.files != archive->files || record.chunks != archive->chunks ||
			strcmp(record.sha256, hex) != 0))
		rc = rag_members_broken(&archive->members, "its end does not fit what came before");
	for (int i = 0; rc == 0 && i < 2; i++) {
		rc = rag_members_next(&archive->members, &member, &end);
		if (rc == 0 && !end)
			rc = rag_members_broken(&archive->members, "there is more behind its end");
	}
	return rc;
}

/* ---- chunks ---- */

static int
read_vector(const struct rag_archive *archive, struct bh_arena *arena, const struct bh_json *value,
	struct bh_floats *out)
{
	const char *text = bh_json_string(value);
	size_t size = (size_t)archive->dimensions * sizeof(float), n = 0;
	float *floats = bh_arena_array(arena, (size_t)archive->dimensions + 1, sizeof(*floats));
	double sum = 0;

	if (text == NULL || bh_base64_decode(text, bh_json_string_len(value), floats, size, &n) < 0 ||
		n != size)
		return rag_members_broken(&archive->members,
			"a vector does not have the dimensions of the store");
	for (int64_t i = 0; i < archive->dimensions; i++)
		sum += (double)floats[i] * (double)floats[i];
	/* Neither is true of NaN. */
	if (!(fabs(sqrt(sum) - 1) < LENGTH_TOLERANCE))
		return rag_members_broken(&archive->members, "a vector does not have the length 1");
	*out = (struct bh_floats){floats, (size_t)archive->dimensions};
	return 0;
}

static int
read_vectors(const struct rag_archive *archive, struct bh_arena *arena, const struct bh_json *list,
	struct rag_archive_chunk *out)
{
	size_t n = bh_json_count(list);
	struct bh_floats *vectors = bh_arena_array(arena, n + 1, sizeof(*vectors));
	int rc = 0;

	if (bh_json_kind(list) != BH_JSON_ARRAY || n == 0 || n > RAG_ARCHIVE_PARTS_MAX)
		return rag_members_broken(&archive->members, "a chunk has no vectors, or too many");
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_vector(archive, arena, bh_json_at(list, i), &vectors[i]);
	out->chunk.n_parts = n;
	out->vectors = vectors;
	return rc;
}

/* The text must be the document's, and starts ascend. All texts of a file are in memory at once, so together they are
 * bounded as well. */
static int
check_text(struct rag_archive *archive, const struct rag_document *document,
	const struct bh_json *text, const struct rag_index_chunk *chunk)
{
	const char *bytes = bh_json_string(text);
	size_t len = bh_json_string_len(text), at = archive->text_at;
	int64_t skip = chunk->start - archive->points_at;

	if (bytes == NULL || len == 0 || chunk->start >= chunk->end || skip < 0 ||
		(skip == 0 && archive->points_at > 0) || chunk->end > document->characters)
		return rag_members_broken(&archive->members, "a chunk is empty or not in order");
	at += bh_text_offset(document->text + at, document->text_len - at, (size_t)skip);
	if (len > document->text_len - at || memcmp(document->text + at, bytes, len) != 0 ||
		(int64_t)bh_text_points(bytes, len) != chunk->end - chunk->start)
		return rag_members_broken(&archive->members, "a chunk is not the text of its document");
	archive->points += chunk->end - chunk->start;
	if (archive->points > CHUNKS_OF_ONE * document->characters)
		return rag_members_broken(&archive->members, "the chunks of a document overlap too much");
	archive->text_at = at;
	archive->points_at = chunk->start;
	return 0;
}

static int
read_chunk(struct rag_archive *archive, struct bh_arena *arena, const char *line, size_t len,
	const struct rag_document *document, struct rag_archive_chunk *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct rag_index_chunk *chunk = &out->chunk;
	const struct bh_json *text, *heading;
	int rc = bh_json_parse(line, len, &doc);

	if (rc < 0)
		return rag_members_broken(&archive->members, "a line of a chunk is not JSON");
	text = bh_json_get(doc.root, "text");
	heading = bh_json_get(doc.root, "heading");
	*out = (struct rag_archive_chunk){.chunk = {.start = bh_json_get_int(doc.root, "start", -1),
										  .end = bh_json_get_int(doc.root, "end", -1),
										  .page_start = bh_json_get_int(doc.root, "page_start", -1),
										  .page_end = bh_json_get_int(doc.root, "page_end", -1)}};
	if (bh_json_string(heading) == NULL || bh_json_string_len(heading) > HEADING_MOST ||
		chunk->page_start < 0 || chunk->page_end < chunk->page_start ||
		chunk->page_end > UINT32_MAX || chunk->start < 0)
		return rag_members_broken(&archive->members, "a chunk has no heading, or impossible pages");
	archive->heading_bytes += (int64_t)bh_json_string_len(heading);
	if (archive->heading_bytes > CHUNKS_OF_ONE * archive->limits.characters)
		return rag_members_broken(&archive->members,
			"the chunks of a document have too long headings");
	rc = check_text(archive, document, text, chunk);
	if (rc == 0)
		rc = read_vectors(archive, arena, bh_json_get(doc.root, "vectors"), out);
	if (rc < 0)
		return rc;
	chunk->heading = bh_arena_strdup(arena, bh_json_string(heading));
	chunk->text = bh_arena_copy(arena, bh_json_string(text), bh_json_string_len(text));
	return 0;
}

int
rag_archive_chunks(struct rag_archive *archive, struct bh_arena *arena,
	const struct rag_archive_file *file, struct rag_archive_chunk **out, size_t *out_n)
{
	struct rag_archive_chunk *chunks;
	char name[RAG_TAR_NAME + 1];
	struct rag_lines lines;
	const char *line, *text = "";
	size_t len = 0, n = 0;
	int rc;

	*out_n = 0;
	if (!archive->in_file)
		return 0;
	if (archive->left == 0)
		return end_folder(archive);
	rag_archive_name(archive->files, "chunks", ++archive->page, name);
	rc = rag_members_read(&archive->members, arena, name, 1, RAG_ARCHIVE_PAGE_MAX, &text, &len);
	if (rc < 0)
		return rc;
	chunks = bh_arena_array(arena, RAG_ARCHIVE_PAGE_CHUNKS, sizeof(*chunks));
	lines = (struct rag_lines){text, text + len};
	while (rc == 0 && rag_lines_next(&lines, &line, &len)) {
		if (n == RAG_ARCHIVE_PAGE_CHUNKS || archive->left == 0)
			return rag_members_broken(&archive->members, "there are more chunks than it says");
		rc = read_chunk(archive, arena, line, len, &file->document, &chunks[n++]);
		archive->left--;
	}
	archive->chunks += (int64_t)n;
	*out = chunks;
	*out_n = n;
	return rc;
}

/* ---- the whole ---- */

int
rag_archive_open(struct rag_archive *archive, struct bh_arena *arena, struct rag_archive_store *out)
{
	struct rag_archive_manifest manifest = {.format = ""};
	int rc;

	bh_hash_begin(&archive->members.all);
	bh_hash_begin(&archive->members.sums);
	rc = rag_members_record(&archive->members, arena, "manifest.json", rag_archive_manifest_fields,
		rag_archive_n_manifest_fields, &archive->manifest, &manifest);
	if (rc < 0)
		return rc;
	if (strcmp(manifest.format, RAG_ARCHIVE_FORMAT) != 0 || manifest.version != RAG_ARCHIVE_VERSION)
		return rag_members_broken(&archive->members, "its format or version is unknown");
	if (manifest.store.dimensions != 0 && rag_vector_table(manifest.store.dimensions) < 0)
		return rag_members_broken(&archive->members,
			"its vectors have dimensions that are not supported");
	archive->dimensions = manifest.store.dimensions;
	*out = manifest.store;
	return 0;
}

static bool
is_the_end(struct rag_archive *archive)
{
	struct rag_tar_member member;
	int64_t at = archive->members.at;
	bool end = false;
	int rc = rag_members_next(&archive->members, &member, &end);

	archive->members.at = at;
	return rc == 0 && !end && strcmp(member.name, "end.json") == 0;
}

int
rag_archive_file(struct rag_archive *archive, struct bh_arena *arena, struct rag_archive_file *out,
	bool *out_end)
{
	struct rag_archive_record record = {.filename = ""};
	struct rag_archive_file file = {0};
	char name[RAG_TAR_NAME + 1];
	int rc;

	*out_end = is_the_end(archive);
	if (*out_end)
		return archive->resumed ? 0 : read_end(archive, arena);
	if (archive->files == archive->limits.files)
		return rag_members_broken(&archive->members,
			"there are more files than a vector store may have");
	rag_members_take_hash(&archive->members.sums, &file.hash);
	archive->members.sums_bytes = 0;
	archive->files++;
	archive->in_file = true;
	archive->page = archive->left = archive->points_at = 0;
	archive->points = archive->heading_bytes = 0;
	archive->text_at = 0;
	rag_archive_name(archive->files, "file.json", 0, name);
	rc = rag_members_record(&archive->members, arena, name, rag_archive_file_fields,
		rag_archive_n_file_fields, &archive->record, &record);
	if (rc == 0 && !rag_archive_record_mend(&record, archive->dimensions))
		rc = rag_members_broken(&archive->members, "the record of a file is wrong");
	if (rc == 0)
		rc = pass_original(archive, archive->files, &record, &file);
	if (rc == 0 && record.has_document)
		rc = read_document(archive, arena, archive->files, &record, &file.document);
	if (rc < 0)
		return rc;
	file.filename = record.filename;
	file.purpose = record.purpose;
	file.content_type = record.content_type;
	file.bytes = record.bytes;
	file.sha256_hex = record.sha256;
	file.attributes = record.attributes;
	file.chunking = record.chunking;
	file.chunk_tokens = record.chunk_tokens;
	file.overlap_tokens = record.overlap_tokens;
	file.is_read = record.has_document;
	file.n_chunks = archive->left = record.has_document ? record.document.chunks : 0;
	*out = file;
	return 0;
}

/* Of a folder that was checked before: only the sums, of which the end's is made. */
static int
pass_folder(struct rag_archive *archive, int64_t file)
{
	char prefix[RAG_TAR_NAME + 1], last[RAG_TAR_NAME + 1];
	bool end = false, is_last = false;
	int rc = 0;

	rag_archive_name(file, "", 0, prefix);
	rag_archive_name(file, "SHA256SUMS", 0, last);
	while (rc == 0 && !is_last) {
		struct rag_tar_member member;

		rc = rag_members_next(&archive->members, &member, &end);
		if (rc == 0 && (end || !bh_text_starts(member.name, prefix)))
			rc = rag_members_broken(&archive->members, "it is not the one that was checked");
		if (rc < 0)
			return rc;
		is_last = strcmp(member.name, last) == 0;
		rc = is_last ? rag_members_add(&archive->members, member.bytes) : 0;
		if (!is_last)
			archive->members.at += member.bytes;
		if (rc == 0)
			rc = rag_members_skip_padding(&archive->members, member.bytes);
	}
	return rc;
}

int
rag_archive_pass(struct rag_archive *archive, const struct rag_archive_checked *checked)
{
	int rc = 0;

	for (int64_t file = 1; rc == 0 && file <= checked->files; file++)
		rc = pass_folder(archive, file);
	if (rc == 0 && checked->files > 0 && archive->members.at != checked->position)
		rc = rag_members_broken(&archive->members, "it is not the one that was checked");
	archive->files = checked->files;
	archive->chunks = checked->chunks;
	return rc;
}

void
rag_archive_go(struct rag_archive *archive, int64_t at, int64_t n)
{
	archive->members.at = at;
	archive->files = n;
	archive->in_file = false;
	archive->resumed = true;
}

void
rag_archive_close(struct rag_archive *archive)
{
	struct bh_digest ignored;

	if (archive->members.all.impl != NULL)
		bh_hash_end(&archive->members.all, &ignored);
	if (archive->members.sums.impl != NULL)
		bh_hash_end(&archive->members.sums, &ignored);
	bh_json_close(&archive->manifest);
	bh_json_close(&archive->record);
	*archive = (struct rag_archive){.members = {.fd = -1}};
}
