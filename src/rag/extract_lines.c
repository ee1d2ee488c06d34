/* SPDX-License-Identifier: Apache-2.0 */
/* extract_lines.c: the reader's lines become text, blocks, and what is known of the document. */
#include "rag/extract_lines.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "extract/protocol.h"
#include "json/json.h"

enum { PAGES_MAX = 1000000 };

static const char *const kind_names[] = {
	"heading",
	"paragraph",
	"list_item",
	"table_row",
	"code",
	"caption",
};

static int
broken(const char *what)
{
	return bh_error(BH_E_PROTOCOL, "the document reader's output is malformed: %s", what);
}

static int
kind_of(const char *name)
{
	for (size_t i = 0; name != NULL && i < BH_COUNT(kind_names); i++)
		if (strcmp(name, kind_names[i]) == 0)
			return (int)i;
	return -1;
}

/* "\n" between rows of a table and between items of a list, else an empty line. */
static void
separate(struct rag_extract_lines *lines, int kind)
{
	size_t n = lines->blocks.len / sizeof(struct rag_block);
	const struct rag_block *before;
	bool close = false;

	if (n == 0)
		return;
	before = (const struct rag_block *)(const void *)lines->blocks.data + n;
	close = before[-1].kind == kind && (kind == RAG_BLOCK_TABLE_ROW || kind == RAG_BLOCK_LIST_ITEM);
	bh_buf_text(&lines->text, close ? "\n" : "\n\n");
	lines->characters += close ? 1 : 2;
}

/* A header is kept as the place where it stands in the text: a table's in the last row without one, of
 * which it is the beginning where it is long; a function's signature in the function, and in what was cut
 * off from it. */
static void
find_header(struct rag_extract_lines *lines, struct rag_block *block, const char *header)
{
	size_t len = header == NULL ? 0 : strlen(header),
		   known = lines->header_end - lines->header_start;
	const char *text = lines->text.data;
	const char *found = NULL;

	if (block->kind == RAG_BLOCK_TABLE_ROW && header == NULL) {
		lines->header_start = block->start;
		lines->header_end = block->end;
	}
	if (block->kind == RAG_BLOCK_CODE && len > 0)
		found = memmem(text + block->start, block->end - block->start, header, len);
	if (found != NULL) {
		lines->header_start = (size_t)(found - text);
		lines->header_end = lines->header_start + len;
		known = len;
	}
	if (len > 0 && len <= known && memcmp(header, text + lines->header_start, len) == 0) {
		block->header_start = lines->header_start;
		block->header_end = lines->header_start + len;
	}
}

static int
on_block(struct rag_extract_lines *lines, const struct bh_json *line)
{
	const struct bh_json *text_value = bh_json_get(line, "text");
	const char *text = bh_json_string(text_value);
	const char *header = bh_json_string(bh_json_get(line, "header"));
	size_t len = bh_json_string_len(text_value);
	int kind = kind_of(bh_json_string(bh_json_get(line, "kind")));
	int64_t level = 0, page = 0, confidence = 0;
	struct rag_block block = {0};

	if (kind < 0 || text == NULL || len == 0 || !bh_json_int(bh_json_get(line, "level"), &level) ||
		!bh_json_int(bh_json_get(line, "page"), &page) || level < 0 || level > 6 || page < 0 ||
		page > PAGES_MAX)
		return broken("block");
	if (bh_json_int(bh_json_get(line, "confidence"), &confidence) &&
		(confidence < 0 || confidence > 100))
		return broken("confidence");

	separate(lines, kind);
	block.kind = (uint8_t)kind;
	block.level = (uint8_t)level;
	block.page = (uint32_t)page;
	block.confidence = (uint8_t)confidence;
	block.start = lines->text.len;
	bh_buf_add(&lines->text, text, len);
	block.end = lines->text.len;
	lines->characters += (int64_t)bh_text_points(text, len);
	if (lines->characters > 2 * lines->conf->characters_max)
		return broken("more text than requested");

	find_header(lines, &block, header);
	bh_buf_add(&lines->blocks, &block, sizeof(block));
	return 0;
}

void
rag_extract_lines_show(const struct rag_extract_lines *lines)
{
	if (lines->conf->pages != NULL)
		__atomic_store_n(lines->conf->pages, lines->document.pages, __ATOMIC_RELAXED);
	if (lines->conf->pages_done != NULL)
		__atomic_store_n(lines->conf->pages_done, lines->pages_done, __ATOMIC_RELAXED);
}

static int
on_document(struct rag_extract_lines *lines, const struct bh_json *line)
{
	const char *format = bh_json_string(bh_json_get(line, "format"));
	const char *title = bh_json_string(bh_json_get(line, "title"));
	int64_t pages = 0;

	/* Its strings are kept to the end: once. */
	if (format == NULL || lines->document.format != NULL)
		return broken("document");
	if (bh_json_int(bh_json_get(line, "pages"), &pages) && (pages < 0 || pages > PAGES_MAX))
		return broken("pages");
	lines->document.format = bh_arena_strdup(lines->arena, format);
	lines->document.title = bh_arena_strdup(lines->arena, title != NULL ? title : "");
	lines->document.pages = pages;
	rag_extract_lines_show(lines);
	return 0;
}

static int
on_error(struct rag_extract_lines *lines, const struct bh_json *line)
{
	const char *code = bh_json_string(bh_json_get(line, "code"));
	const char *message = bh_json_string(bh_json_get(line, "message"));

	if (code == NULL || message == NULL)
		return broken("error");
	lines->refused = true;
	lines->failure.code = strcmp(code, EXTRACT_CODE_UNSUPPORTED) == 0 ? "unsupported_file"
		: strcmp(code, EXTRACT_CODE_SETUP) == 0                       ? "server_error"
																	  : "invalid_file";
	lines->failure.message = bh_arena_strdup(lines->arena, message);
	return 0;
}

/* What it says at its end of the pictures, if there were any. */
static int
on_end(struct rag_extract_lines *lines, const struct bh_json *line)
{
	const struct bh_json *ocr = bh_json_get(line, "ocr");
	const char *low = bh_json_string(bh_json_get(ocr, "low"));
	const char *unread = bh_json_string(bh_json_get(ocr, "unread"));
	struct rag_ocr *out = &lines->document.ocr;

	lines->ended = true;
	if (ocr == NULL)
		return 0;
	if (low == NULL || unread == NULL || !bh_json_int(bh_json_get(ocr, "pages"), &out->pages) ||
		!bh_json_int(bh_json_get(ocr, "confidence"), &out->confidence) || out->pages < 0 ||
		out->pages > PAGES_MAX || out->confidence < 0 || out->confidence > 100)
		return broken("ocr");
	out->low_pages = bh_arena_strdup(lines->arena, low);
	out->unread_pages = bh_arena_strdup(lines->arena, unread);
	return 0;
}

static int
on_line(struct rag_extract_lines *lines, const char *text, size_t len)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int64_t done = 0;
	const char *type;
	int rc = bh_json_parse(text, len, &doc);

	if (rc < 0 || lines->ended || lines->refused)
		return broken("line");
	type = bh_json_string(bh_json_get(doc.root, "type"));
	if (type == NULL)
		return broken("type");
	if (strcmp(type, "begun") == 0) {
		lines->begun = true;
		return 0;
	}
	if (strcmp(type, "block") == 0)
		return on_block(lines, doc.root);
	if (strcmp(type, "document") == 0)
		return on_document(lines, doc.root);
	if (strcmp(type, "error") == 0)
		return on_error(lines, doc.root);
	if (strcmp(type, "end") == 0)
		return on_end(lines, doc.root);
	if (strcmp(type, "progress") != 0)
		return broken("type");
	if (bh_json_int(bh_json_get(doc.root, "pages_done"), &done)) {
		if (done < 0 || done > PAGES_MAX)
			return broken("progress");
		lines->pages_done = done;
		rag_extract_lines_show(lines);
	}
	return 0;
}

int
rag_extract_lines_take(struct rag_extract_lines *lines, size_t scanned)
{
	size_t start = 0, at;

	for (at = scanned; at < lines->line.len; at++) {
		int rc;

		if (lines->line.data[at] != '\n')
			continue;
		rc = on_line(lines, lines->line.data + start, at - start);
		if (rc < 0)
			return rc;
		start = at + 1;
	}
	bh_buf_shift(&lines->line, start);
	return lines->line.len > EXTRACT_LINE_BYTES_MAX ? broken("line too long") : 0;
}

void
rag_extract_lines_finish(const struct rag_extract_lines *lines, struct bh_arena *arena,
	struct rag_document *out)
{
	*out = (struct rag_document){
		.format = bh_arena_strdup(arena, lines->document.format),
		.title = bh_arena_strdup(arena, lines->document.title),
		.pages = lines->document.pages,
		.characters = lines->characters,
		.text = bh_arena_copy(arena, bh_buf_string(&lines->text), lines->text.len),
		.text_len = lines->text.len,
		.blocks = (const struct rag_block *)(const void *)bh_arena_copy(arena,
			bh_buf_string(&lines->blocks), lines->blocks.len),
		.n_blocks = lines->blocks.len / sizeof(struct rag_block),
		.ocr = lines->document.ocr,
	};
	out->ocr.low_pages = bh_arena_strdup(arena, lines->document.ocr.low_pages);
	out->ocr.unread_pages = bh_arena_strdup(arena, lines->document.ocr.unread_pages);
}

void
rag_extract_lines_close(struct rag_extract_lines *lines)
{
	bh_buf_close(&lines->line);
	bh_buf_close(&lines->text);
	bh_buf_close(&lines->blocks);
}
