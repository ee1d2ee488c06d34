/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c: members in their order, each within its bound, with its checksum. */
#include "rag/archive.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "rag/tar.h"
#include "rag/vector_sql.h"

enum {
	HASH_BYTES = 64 * 1024,
	SUM_HEX = 64,
	HEADING_MOST = 8192,
	BLOCK_BYTES_LEAST = 64, /* of its line */
	CHUNKS_OF_ONE = 8       /* most that a character is in, about: they overlap by half at most */
};

#define LENGTH_TOLERANCE 0.01 /* of a vector's length 1 */

/* ---- bytes ---- */

static int
broken(const struct rag_archive *archive, const char *what)
{
	return bh_error(BH_E_INVALID, "The archive cannot be imported: %s, before byte %lld.", what,
		(long long)archive->at);
}

int
rag_archive_pread(const struct rag_archive *archive, int64_t at, void *out, size_t len)
{
	size_t done = 0;

	if (at < 0 || at > archive->bytes || (int64_t)len > archive->bytes - at)
		return broken(archive, "it ends too early");
	if (archive->fd < 0) {
		if (len > 0)
			memcpy(out, archive->memory + at, len);
		return 0;
	}
	while (done < len) {
		ssize_t n = pread(archive->fd, (char *)out + done, len - done, at + (int64_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return bh_error(BH_E_IO, "read an archive: %m");
		done += (size_t)n;
	}
	return 0;
}

/* The next header; *out_end: the archive's end. */
static int
next_member(struct rag_archive *archive, struct rag_tar_member *out, bool *out_end)
{
	uint8_t block[RAG_TAR_BLOCK];
	int rc = rag_archive_pread(archive, archive->at, block, sizeof(block));

	if (rc == 0 && rag_tar_read(block, out, out_end) < 0)
		rc = broken(archive, "it is not a tar archive of plain files");
	if (rc < 0)
		return rc;
	archive->at += RAG_TAR_BLOCK;
	/* What it says is there must be there: nothing is read into memory for less. */
	if (!*out_end && out->bytes > archive->bytes - archive->at)
		return broken(archive, "it ends too early");
	return 0;
}

static int
skip_padding(struct rag_archive *archive, int64_t bytes)
{
	size_t n = rag_tar_padding(bytes);

	if ((int64_t)n > archive->bytes - archive->at)
		return broken(archive, "it ends too early");
	archive->at += (int64_t)n;
	return 0;
}

/* What it has come to; it begins again. */
static void
take_hash(struct bh_hash *hash, struct bh_digest *out)
{
	bh_hash_end(hash, out);
	bh_hash_begin(hash);
}

/* The line that sha256sum writes of a member. */
static void
note_sum(struct rag_archive *archive, const char *name, const struct bh_digest *digest)
{
	const char *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
	char line[SUM_HEX + 2 + RAG_TAR_NAME + 2], hex[SUM_HEX + 1];
	int len;

	bh_text_hex(digest->bytes, sizeof(digest->bytes), hex);
	len = snprintf(line, sizeof(line), "%s  %s\n", hex, base);
	bh_hash_add(&archive->sums, line, (size_t)len);
	bh_hash_add(&archive->all, line, (size_t)len);
	archive->sums_bytes += len;
}

static int
expect(struct rag_archive *archive, const char *name, int64_t least, int64_t most,
	struct rag_tar_member *out)
{
	bool end = false;
	int rc = next_member(archive, out, &end);

	if (rc == 0 && (end || strcmp(out->name, name) != 0))
		rc = bh_error(BH_E_INVALID,
			"The archive cannot be imported: '%s' was expected before byte %lld.", name,
			(long long)archive->at);
	if (rc == 0 && (out->bytes < least || out->bytes > most))
		rc = bh_error(BH_E_INVALID,
			"The archive cannot be imported: '%s' has a size that it cannot have.", name);
	return rc;
}

/* Passes over what stays where it is, in pieces. */
static int
hash_bytes(struct rag_archive *archive, int64_t bytes, struct bh_digest *out)
{
	char buffer[HASH_BYTES];
	struct bh_hash hash;
	int rc = 0;

	bh_hash_begin(&hash);
	while (rc == 0 && bytes > 0) {
		size_t n = bytes < HASH_BYTES ? (size_t)bytes : HASH_BYTES;

		rc = rag_archive_pread(archive, archive->at, buffer, n);
		if (rc == 0)
			bh_hash_add(&hash, buffer, n);
		archive->at += (int64_t)n;
		bytes -= (int64_t)n;
	}
	bh_hash_end(&hash, out);
	return rc;
}

/* A whole member, terminated by a NUL, in the arena. */
static int
read_member(struct rag_archive *archive, struct bh_arena *arena, const char *name, int64_t least,
	int64_t most, const char **out, size_t *out_len)
{
	struct rag_tar_member member;
	struct bh_digest digest;
	char *bytes;
	int rc = expect(archive, name, least, most, &member);

	if (rc < 0)
		return rc;
	bytes = bh_arena_alloc(arena, (size_t)member.bytes + 1);
	rc = rag_archive_pread(archive, archive->at, bytes, (size_t)member.bytes);
	if (rc < 0)
		return rc;
	bytes[member.bytes] = '\0';
	archive->at += member.bytes;
	bh_digest_sha256(bytes, (size_t)member.bytes, &digest);
	note_sum(archive, name, &digest);
	*out = bytes;
	*out_len = (size_t)member.bytes;
	return skip_padding(archive, member.bytes);
}

/* A member that is one JSON object, into a struct; its text lies in the document. */
static int
read_record(struct rag_archive *archive, struct bh_arena *arena, const char *name,
	const struct bh_field *fields, size_t n_fields, struct bh_json_doc *doc, void *out)
{
	const char *text;
	size_t len;
	int rc = read_member(archive, arena, name, 2, RAG_ARCHIVE_RECORD_MAX, &text, &len);

	if (rc < 0)
		return rc;
	bh_json_close(doc);
	rc = bh_json_parse(text, len, doc);
	if (rc == 0)
		rc = bh_fields_read(arena, doc->root, fields, n_fields, "", out);
	return rc < 0 ? bh_error(BH_E_INVALID, "The archive cannot be imported: '%s': %s", name,
						bh_error_detail(rc))
				  : 0;
}

/* ---- lines ---- */

/* A page of JSON lines. */
struct lines {
	const char *at, *end;
};

static bool
next_line(struct lines *lines, const char **out, size_t *out_len)
{
	const char *end;

	if (lines->at == lines->end)
		return false;
	end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	*out = lines->at;
	*out_len = (size_t)((end != NULL ? end : lines->end) - lines->at);
	lines->at = end != NULL ? end + 1 : lines->end;
	return true;
}

static int
read_blocks(struct rag_archive *archive, struct bh_arena *arena, int64_t file, int64_t n,
	struct rag_document *document)
{
	struct rag_block *blocks;
	int64_t read = 0, end = 0;
	int rc = 0;

	/* A number alone takes no memory. */
	if (n > (archive->bytes - archive->at) / BLOCK_BYTES_LEAST)
		return broken(archive, "it ends too early");
	blocks = bh_arena_array(arena, (size_t)n + 1, sizeof(*blocks));
	for (int64_t page = 1; rc == 0 && read < n; page++) {
		BH_AUTO(bh_arena_close) struct bh_arena piece = {0};
		char name[RAG_TAR_NAME + 1];
		struct lines lines;
		const char *line, *text = "";
		size_t len = 0;

		rag_archive_name(file, "blocks", page, name);
		rc = read_member(archive, &piece, name, 1, RAG_ARCHIVE_PAGE_MAX, &text, &len);
		lines = (struct lines){text, text + len};
		while (rc == 0 && next_line(&lines, &line, &len)) {
			if (read == n)
				return broken(archive, "a document has more blocks than it says");
			if (rag_archive_block_read(line, len, document, end, &blocks[read]) < 0)
				return broken(archive, "a block of a document is wrong");
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
	char name[RAG_TAR_NAME + 1], hex[SUM_HEX + 1];
	struct rag_tar_member member;
	int rc;

	rag_archive_name(file, "original", 0, name);
	rc = expect(archive, name, record->bytes, record->bytes, &member);
	if (rc < 0)
		return rc;
	out->at = archive->at;
	rc = hash_bytes(archive, member.bytes, &out->hash);
	if (rc < 0)
		return rc;
	bh_text_hex(out->hash.bytes, sizeof(out->hash.bytes), hex);
	if (strcmp(hex, record->sha256) != 0)
		return broken(archive, "a file does not have its SHA-256");
	note_sum(archive, name, &out->hash);
	return skip_padding(archive, member.bytes);
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
		record->document.chunks > document.characters)
		return broken(archive, "a document is too long, or has more parts than characters");
	rag_archive_name(file, "document.txt", 0, name);
	rc = read_member(archive, arena, name, record->document.bytes, record->document.bytes,
		&document.text, &document.text_len);
	if (rc < 0)
		return rc;
	if (!bh_text_is_utf8(document.text, document.text_len) ||
		memchr(document.text, '\0', document.text_len) != NULL ||
		(int64_t)bh_text_points(document.text, document.text_len) != document.characters)
		return broken(archive, "the text of a document is not UTF-8, or not as long as it says");
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
	take_hash(&archive->sums, &expected);
	archive->in_file = false;
	rc = expect(archive, name, archive->sums_bytes, archive->sums_bytes, &member);
	if (rc == 0)
		rc = hash_bytes(archive, archive->sums_bytes, &found);
	if (rc == 0 && !bh_digest_equal(&expected, &found))
		return broken(archive, "a member does not have its SHA-256");
	return rc < 0 ? rc : skip_padding(archive, member.bytes);
}

/* The last member, and two blocks of zeros behind it. */
static int
read_end(struct rag_archive *archive, struct bh_arena *arena)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct rag_archive_end record = {.sha256 = ""};
	struct rag_tar_member member;
	struct bh_digest digest;
	char hex[SUM_HEX + 1];
	bool end = false;
	int rc;

	take_hash(&archive->all, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	rc = read_record(archive, arena, "end.json", rag_archive_end_fields, rag_archive_n_end_fields,
		&doc, &record);
	if (rc == 0 &&
		(record.files != archive->files || record.chunks != archive->chunks ||
			strcmp(record.sha256, hex) != 0))
		rc = broken(archive, "its end does not fit what came before");
	for (int i = 0; rc == 0 && i < 2; i++) {
		rc = next_member(archive, &member, &end);
		if (rc == 0 && !end)
			rc = broken(archive, "there is more behind its end");
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
		return broken(archive, "a vector does not have the dimensions of the store");
	for (int64_t i = 0; i < archive->dimensions; i++)
		sum += (double)floats[i] * (double)floats[i];
	/* Neither is true of NaN. */
	if (!(fabs(sqrt(sum) - 1) < LENGTH_TOLERANCE))
		return broken(archive, "a vector does not have the length 1");
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
		return broken(archive, "a chunk has no vectors, or too many");
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
		return broken(archive, "a chunk is empty or not in order");
	at += bh_text_offset(document->text + at, document->text_len - at, (size_t)skip);
	if (len > document->text_len - at || memcmp(document->text + at, bytes, len) != 0 ||
		(int64_t)bh_text_points(bytes, len) != chunk->end - chunk->start)
		return broken(archive, "a chunk is not the text of its document");
	archive->points += chunk->end - chunk->start;
	if (archive->points > CHUNKS_OF_ONE * document->characters)
		return broken(archive, "the chunks of a document overlap too much");
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
		return broken(archive, "a line of a chunk is not JSON");
	text = bh_json_get(doc.root, "text");
	heading = bh_json_get(doc.root, "heading");
	*out = (struct rag_archive_chunk){.chunk = {.start = bh_json_get_int(doc.root, "start", -1),
										  .end = bh_json_get_int(doc.root, "end", -1),
										  .page_start = bh_json_get_int(doc.root, "page_start", -1),
										  .page_end = bh_json_get_int(doc.root, "page_end", -1)}};
	if (bh_json_string(heading) == NULL || bh_json_string_len(heading) > HEADING_MOST ||
		chunk->page_start < 0 || chunk->page_end < chunk->page_start ||
		chunk->page_end > UINT32_MAX || chunk->start < 0)
		return broken(archive, "a chunk has no heading, or impossible pages");
	archive->heading_bytes += (int64_t)bh_json_string_len(heading);
	if (archive->heading_bytes > CHUNKS_OF_ONE * archive->limits.characters)
		return broken(archive, "the chunks of a document have too long headings");
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
	struct lines lines;
	const char *line, *text = "";
	size_t len = 0, n = 0;
	int rc;

	*out_n = 0;
	if (!archive->in_file)
		return 0;
	if (archive->left == 0)
		return end_folder(archive);
	rag_archive_name(archive->files, "chunks", ++archive->page, name);
	rc = read_member(archive, arena, name, 1, RAG_ARCHIVE_PAGE_MAX, &text, &len);
	if (rc < 0)
		return rc;
	chunks = bh_arena_array(arena, RAG_ARCHIVE_PAGE_CHUNKS, sizeof(*chunks));
	lines = (struct lines){text, text + len};
	while (rc == 0 && next_line(&lines, &line, &len)) {
		if (n == RAG_ARCHIVE_PAGE_CHUNKS || archive->left == 0)
			return broken(archive, "there are more chunks than it says");
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

	bh_hash_begin(&archive->all);
	bh_hash_begin(&archive->sums);
	rc = read_record(archive, arena, "manifest.json", rag_archive_manifest_fields,
		rag_archive_n_manifest_fields, &archive->manifest, &manifest);
	if (rc < 0)
		return rc;
	if (strcmp(manifest.format, RAG_ARCHIVE_FORMAT) != 0 || manifest.version != RAG_ARCHIVE_VERSION)
		return broken(archive, "its format or version is unknown");
	if (manifest.store.dimensions != 0 && rag_vector_table(manifest.store.dimensions) < 0)
		return broken(archive, "its vectors have dimensions that are not supported");
	archive->dimensions = manifest.store.dimensions;
	*out = manifest.store;
	return 0;
}

static bool
is_the_end(struct rag_archive *archive)
{
	struct rag_tar_member member;
	int64_t at = archive->at;
	bool end = false;
	int rc = next_member(archive, &member, &end);

	archive->at = at;
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
		return broken(archive, "there are more files than a vector store may have");
	take_hash(&archive->sums, &file.hash);
	archive->sums_bytes = 0;
	archive->files++;
	archive->in_file = true;
	archive->page = archive->left = archive->points_at = 0;
	archive->points = archive->heading_bytes = 0;
	archive->text_at = 0;
	rag_archive_name(archive->files, "file.json", 0, name);
	rc = read_record(archive, arena, name, rag_archive_file_fields, rag_archive_n_file_fields,
		&archive->record, &record);
	if (rc == 0 && !rag_archive_record_mend(&record, archive->dimensions))
		rc = broken(archive, "the record of a file is wrong");
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

void
rag_archive_go(struct rag_archive *archive, int64_t at, int64_t n)
{
	archive->at = at;
	archive->files = n;
	archive->in_file = false;
	archive->resumed = true;
}

void
rag_archive_close(struct rag_archive *archive)
{
	struct bh_digest ignored;

	if (archive->all.impl != NULL)
		bh_hash_end(&archive->all, &ignored);
	if (archive->sums.impl != NULL)
		bh_hash_end(&archive->sums, &ignored);
	bh_json_close(&archive->manifest);
	bh_json_close(&archive->record);
	*archive = (struct rag_archive){.fd = -1};
}
