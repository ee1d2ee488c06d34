/* SPDX-License-Identifier: Apache-2.0 */
/* archive_record.c: the JSON objects of an archive as tables, for its reader and its writer. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "rag/archive.h"
#include "rag/wire.h"

enum {
	NAME_MOST = 256,
	DESCRIPTION_MOST = 512,
	MODEL_MOST = 128,
	RANGES_MOST = 4096,
	TEXT_BYTES_MOST = 255,
	LEVELS = 6
};

#define COUNT_MOST 1e12
#define PAGE_MOST 16777215 /* three bytes in the database */

void
rag_archive_name(int64_t file, const char *what, int64_t page, char out[101])
{
	if (page > 0)
		snprintf(out, 101, "files/%06lld/%s-%05lld.jsonl", (long long)file, what, (long long)page);
	else
		snprintf(out, 101, "files/%06lld/%s", (long long)file, what);
}

#define AT(member) offsetof(struct rag_archive_manifest, store.member)

static const struct bh_field store_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name), BH_REQUIRED, 0, NAME_MOST},
	{"description", BH_FIELD_TEXT, AT(description), BH_REQUIRED, 0, DESCRIPTION_MOST},
	{"metadata", BH_FIELD_METADATA, AT(metadata), BH_REQUIRED},
	{"embedding_model", BH_FIELD_TEXT, AT(embedding_model), BH_REQUIRED, 1, MODEL_MOST},
	{"dimensions", BH_FIELD_INT, AT(dimensions), BH_REQUIRED, 0, 100000},
};

#undef AT
#define AT(member) offsetof(struct rag_archive_manifest, member)

const struct bh_field rag_archive_manifest_fields[] = {
	{"format", BH_FIELD_TEXT, AT(format), BH_REQUIRED},
	{"version", BH_FIELD_INT, AT(version), BH_REQUIRED, 1, 1000000},
	{"store", BH_FIELD_OBJECT, 0, BH_REQUIRED, BH_FIELDS(store_fields)},
};
const size_t rag_archive_n_manifest_fields = BH_COUNT(rag_archive_manifest_fields);

#undef AT
#define AT(member) offsetof(struct rag_archive_record, member)

static const struct bh_field document_fields[] = {
	{"format", BH_FIELD_TEXT, AT(document.format), BH_REQUIRED, 0, 64},
	{"title", BH_FIELD_TEXT, AT(document.title), BH_REQUIRED, 0, RAG_ARCHIVE_TITLE},
	{"pages", BH_FIELD_INT, AT(document.pages), BH_REQUIRED, 0, COUNT_MOST},
	{"characters", BH_FIELD_INT, AT(document.characters), BH_REQUIRED, 1, COUNT_MOST},
	{"bytes", BH_FIELD_INT, AT(document.bytes), BH_REQUIRED, 1, COUNT_MOST},
	{"blocks", BH_FIELD_INT, AT(document.blocks), BH_REQUIRED, 0, COUNT_MOST},
	{"chunks", BH_FIELD_INT, AT(document.chunks), BH_REQUIRED, 1, COUNT_MOST},
	{"ocr_pages", BH_FIELD_INT, AT(document.ocr.pages), 0, 0, COUNT_MOST},
	{"ocr_confidence", BH_FIELD_INT, AT(document.ocr.confidence), 0, 0, 100},
	{"ocr_low_pages", BH_FIELD_TEXT, AT(document.ocr.low_pages), 0, 0, RANGES_MOST},
	{"ocr_unread_pages", BH_FIELD_TEXT, AT(document.ocr.unread_pages), 0, 0, RANGES_MOST},
};

static const void *
document_of(const void *row)
{
	return ((const struct rag_archive_record *)row)->has_document ? row : NULL;
}

const struct bh_field rag_archive_file_fields[] = {
	{"filename", BH_FIELD_TEXT, AT(filename), BH_REQUIRED, 1, 255},
	{"purpose", BH_FIELD_CHOICE, AT(purpose), BH_REQUIRED, .words = RAG_PURPOSES},
	{"content_type", BH_FIELD_TEXT, AT(content_type), BH_REQUIRED, 0, 255},
	{"bytes", BH_FIELD_INT, AT(bytes), BH_REQUIRED, 0, (double)RAG_UPLOAD_BYTES_MAX},
	{"sha256", BH_FIELD_TEXT, AT(sha256), BH_REQUIRED, 64, 64},
	{"attributes", BH_FIELD_METADATA, AT(attributes), BH_REQUIRED | BH_MIXED},
	{"chunking", BH_FIELD_CHOICE, AT(chunking), BH_REQUIRED, .words = "auto static"},
	{"max_chunk_size_tokens", BH_FIELD_INT, AT(chunk_tokens), BH_REQUIRED, 100, 4096},
	{"chunk_overlap_tokens", BH_FIELD_INT, AT(overlap_tokens), BH_REQUIRED, 0, 2048},
	{"document", BH_FIELD_OBJECT, 0, BH_NULLABLE,
		.set = BH_SET(struct rag_archive_record, has_document), .object_of = document_of,
		BH_FIELDS(document_fields)},
};
const size_t rag_archive_n_file_fields = BH_COUNT(rag_archive_file_fields);

/* As of an upload. */
bool
rag_archive_record_mend(struct rag_archive_record *record, int64_t dimensions)
{
	const char *name = record->filename + strlen(record->filename);

	while (name > record->filename && name[-1] != '/' && name[-1] != '\\')
		name--;
	record->filename = name;
	return record->overlap_tokens <= record->chunk_tokens / 2 && name[0] != '\0' &&
		strlen(name) <= TEXT_BYTES_MOST && bh_text_is_plain(name) &&
		strlen(record->content_type) <= TEXT_BYTES_MOST && bh_text_is_plain(record->content_type) &&
		(!record->has_document || dimensions != 0);
}

#undef AT
#define AT(member) offsetof(struct rag_archive_block, member)

const struct bh_field rag_archive_block_fields[] = {
	{"kind", BH_FIELD_INT, AT(kind), BH_REQUIRED, 0, RAG_BLOCK_CAPTION},
	{"level", BH_FIELD_INT, AT(level), BH_REQUIRED, 0, LEVELS},
	{"page", BH_FIELD_INT, AT(page), BH_REQUIRED, 0, PAGE_MOST},
	{"confidence", BH_FIELD_INT, AT(confidence), 0, 0, 100},
	{"start", BH_FIELD_INT, AT(start), BH_REQUIRED, 0, COUNT_MOST},
	{"end", BH_FIELD_INT, AT(end), BH_REQUIRED, 0, COUNT_MOST},
	{"header_start", BH_FIELD_INT, AT(header_start), BH_REQUIRED, 0, COUNT_MOST},
	{"header_end", BH_FIELD_INT, AT(header_end), BH_REQUIRED, 0, COUNT_MOST},
};
const size_t rag_archive_n_block_fields = BH_COUNT(rag_archive_block_fields);

#undef AT
#define AT(member) offsetof(struct rag_archive_end, member)

const struct bh_field rag_archive_end_fields[] = {
	{"files", BH_FIELD_INT, AT(files), BH_REQUIRED, 0, COUNT_MOST},
	{"chunks", BH_FIELD_INT, AT(chunks), BH_REQUIRED, 0, COUNT_MOST},
	{"sha256", BH_FIELD_TEXT, AT(sha256), BH_REQUIRED, 64, 64},
};
const size_t rag_archive_n_end_fields = BH_COUNT(rag_archive_end_fields);

/* Offsets lie on code points of the text. */
static bool
is_range(const struct rag_document *document, int64_t start, int64_t end)
{
	return start <= end && end <= (int64_t)document->text_len &&
		((unsigned char)document->text[start] & 0xc0) != 0x80 &&
		((unsigned char)document->text[end] & 0xc0) != 0x80;
}

int
rag_archive_block_read(const char *line, size_t len, const struct rag_document *document,
	int64_t least, struct rag_block *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct rag_archive_block block = {0};
	int rc = bh_json_parse(line, len, &doc);

	if (rc == 0)
		rc = bh_fields_read(NULL, doc.root, rag_archive_block_fields, rag_archive_n_block_fields,
			"", &block);
	/* The cutter of chunks relies on blocks that follow each other, as the document reader makes them. */
	if (rc < 0 || block.start < least || block.start == block.end ||
		!is_range(document, block.start, block.end) ||
		!is_range(document, block.header_start, block.header_end))
		return BH_E_INVALID;
	*out = (struct rag_block){
		.kind = (uint8_t)block.kind,
		.level = (uint8_t)block.level,
		.page = (uint32_t)block.page,
		.confidence = (uint8_t)block.confidence,
		.start = (size_t)block.start,
		.end = (size_t)block.end,
		.header_start = (size_t)block.header_start,
		.header_end = (size_t)block.header_end,
	};
	return 0;
}
