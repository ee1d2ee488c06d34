/* SPDX-License-Identifier: Apache-2.0 */
/* store_document.c: the SQL of extracted documents, and the packed form of their blocks. */
#include <string.h>

#include "base/error.h"
#include "rag/store.h"

/* A block as bytes: kind, level, then page (its top byte is the confidence), start, length, header start and header length as
 * little-endian numbers. Rows written today are read by every later version. */
enum { BLOCK_BYTES = 2 + 4 + 4 * 8 };

static void
put_number(uint8_t **at, uint64_t value, size_t bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		*(*at)++ = (uint8_t)value;
}

static uint64_t
get_number(const uint8_t **at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t) * (*at)++ << (8 * i);
	return value;
}

static struct bh_bytes
pack(struct bh_arena *arena, const struct rag_document *document)
{
	size_t len = document->n_blocks * BLOCK_BYTES, i;
	uint8_t *bytes = bh_arena_alloc(arena, len + 1), *at = bytes;

	for (i = 0; i < document->n_blocks; i++) {
		const struct rag_block *block = &document->blocks[i];

		put_number(&at, block->kind, 1);
		put_number(&at, block->level, 1);
		put_number(&at, block->page, 3);
		put_number(&at, block->confidence, 1);
		put_number(&at, block->start, 8);
		put_number(&at, block->end - block->start, 8);
		put_number(&at, block->header_start, 8);
		put_number(&at, block->header_end - block->header_start, 8);
	}
	return (struct bh_bytes){bytes, len};
}

static int
unpack(struct bh_arena *arena, struct bh_bytes packed, struct rag_document *document)
{
	size_t n = packed.len / BLOCK_BYTES, i;
	struct rag_block *blocks = bh_arena_array(arena, n + 1, sizeof(*blocks));
	const uint8_t *at = packed.data;

	for (i = 0; i < n; i++) {
		struct rag_block *block = &blocks[i];

		block->kind = (uint8_t)get_number(&at, 1);
		block->level = (uint8_t)get_number(&at, 1);
		block->page = (uint32_t)get_number(&at, 3);
		block->confidence = (uint8_t)get_number(&at, 1);
		block->start = get_number(&at, 8);
		block->end = block->start + get_number(&at, 8);
		block->header_start = get_number(&at, 8);
		block->header_end = block->header_start + get_number(&at, 8);
		if (block->start > block->end || block->end > document->text_len ||
			block->header_start > block->header_end || block->header_end > document->text_len)
			return bh_error(BH_E_DB, "the stored blocks of a document do not match its text");
	}
	document->blocks = blocks;
	document->n_blocks = n;
	return 0;
}

int
rag_store_document_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *file,
	const struct rag_document *document)
{
	static const char sql[] =
		"INSERT INTO document (tenant_id, file_id, format, title, pages, characters, text, blocks,"
		" ocr_pages, ocr_confidence, ocr_low_pages, ocr_unread_pages)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
		" ON CONFLICT (tenant_id, file_id) DO NOTHING";
	struct bh_bytes blocks = pack(tx->arena, document);

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, file, document->format, document->title, document->pages,
			document->characters, bh_text_len_param(document->text, document->text_len),
			bh_bytes_param(blocks.data, blocks.len), document->ocr.pages, document->ocr.confidence,
			document->ocr.low_pages, document->ocr.unread_pages),
		NULL);
}

struct row {
	struct rag_document document;
	struct bh_bytes blocks; /* packed */
};
static const struct bh_row document_row = BH_ROW(struct row, document.format, document.title,
	document.pages, document.characters, document.text, blocks, document.ocr.pages,
	document.ocr.confidence, document.ocr.low_pages, document.ocr.unread_pages);

static int
find(struct bh_db *db, const char *sql, const struct bh_uuid *tenant, const struct bh_uuid *file,
	struct rag_document *out, bool *out_found)
{
	struct row row;
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant, file), &document_row, &row, &found);

	if (rc == 0 && found) {
		row.document.text_len = strlen(row.document.text);
		rc = unpack(db->arena, row.blocks, &row.document);
		if (rc == 0)
			*out = row.document;
	}
	if (rc == 0)
		*out_found = found;
	return rc;
}

#define DOCUMENT \
	"SELECT d.format, d.title, d.pages, d.characters, d.text, d.blocks, d.ocr_pages," \
	" d.ocr_confidence, d.ocr_low_pages, d.ocr_unread_pages"

int
rag_store_document_find(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *file,
	struct rag_document *out, bool *out_found)
{
	static const char sql[] = DOCUMENT "  FROM document AS d"
									   " WHERE d.tenant_id = $1 AND d.file_id = $2";

	return find(db, sql, tenant, file, out, out_found);
}

int
rag_store_document_find_equal(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *file, struct rag_document *out, bool *out_found)
{
	static const char sql[] = DOCUMENT
		"  FROM file AS f"
		"  JOIN file AS o ON o.tenant_id = $1 AND o.object_id = f.object_id"
		"                AND " RAG_FILES_ARE_READ_ALIKE
		"  JOIN document AS d ON d.tenant_id = $1 AND d.file_id = o.id"
		" WHERE f.tenant_id = $1 AND f.id = $2"
		" ORDER BY d.created_at DESC LIMIT 1";

	return find(db, sql, tenant, file, out, out_found);
}

int
rag_store_document_text(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *file,
	const char **out)
{
	static const char sql[] = "SELECT text"
							  "  FROM document"
							  " WHERE tenant_id = $1 AND file_id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, file), &bh_row_text, out);
}
