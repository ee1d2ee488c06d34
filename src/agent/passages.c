/* SPDX-License-Identifier: Apache-2.0 */
/* passages.c: hits of a search on their way to the item, the prompt and the citations. */
#include "agent/passages.h"

#include <string.h>

#include "agent/parts.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

enum {
	BYTES_PER_TOKEN = 4,
	MARK_TOKENS = 6, /* what stands around a passage */
	PARTS_MOST = 64
};

#define POINTS_MOST INT64_C(1000000000000)

/* A hit on its way from rag's answer into the item. */
struct hit {
	const struct bh_json *file_id, *filename, *score, *attributes, *text, *store;
	const char *place; /* JSON */
};

#define AT(member) offsetof(struct hit, member)

static const struct bh_field hit_place_fields[] = {
	{"vector_store_id", BH_FIELD_ANY, AT(store)},
	{"", BH_FIELD_MEMBERS, AT(place)},
};

static const struct bh_field hit_fields[] = {
	{"file_id", BH_FIELD_ANY, AT(file_id)},
	{"filename", BH_FIELD_ANY, AT(filename)},
	{"score", BH_FIELD_ANY, AT(score)},
	{"attributes", BH_FIELD_ANY, AT(attributes)},
	{"text", BH_FIELD_ANY, AT(text)},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(hit_place_fields)},
};

#undef AT

void
agent_passages_results(const struct bh_json *answer, struct bh_buf *out)
{
	const struct bh_json *data = bh_json_get(answer, "data");
	BH_AUTO(bh_buf_close) struct bh_buf place = {0};
	struct bh_write write = {.out = out};

	bh_write_array(&write);
	for (size_t i = 0; i < bh_json_count(data) && i < AGENT_PASSAGES_MAX; i++) {
		const struct bh_json *from = bh_json_at(data, i);

		bh_buf_reset(&place);
		if (bh_json_kind(bh_json_get(from, "bulkhead")) == BH_JSON_OBJECT)
			bh_json_append(&place, bh_json_get(from, "bulkhead"));
		const struct hit hit = {
			.file_id = bh_json_get(from, "file_id"),
			.filename = bh_json_get(from, "filename"),
			.score = bh_json_get(from, "score"),
			.attributes = bh_json_get(from, "attributes"),
			.text = bh_json_get(bh_json_at(bh_json_get(from, "content"), 0), "text"),
			.store = bh_json_get(from, "vector_store_id"),
			.place = bh_buf_string(&place),
		};

		bh_fields_write(&write, BH_LIST(hit_fields), &hit);
	}
	bh_write_end(&write);
}

/* A passage and the mark that cites it; the passage comes first, for the rows that both have. */
struct citation {
	struct agent_passage passage;
	int64_t index, quote_start, quote_end;
};

#define AT(member) offsetof(struct agent_passage, member)
#define SET(member) BH_SET(struct agent_passage, member)
#define PLACE_FIELDS \
	{"chunk_id", BH_FIELD_TEXT, AT(chunk_id), BH_NULLABLE}, \
		{"vector_store_id", BH_FIELD_TEXT, AT(store_id), BH_NULLABLE}, \
		{"page_start", BH_FIELD_INT, AT(page_start), BH_NULLABLE, .set = SET(has_page_start)}, \
		{"page_end", BH_FIELD_INT, AT(page_end), BH_NULLABLE, .set = SET(has_page_end)}, \
		{"start", BH_FIELD_INT, AT(start), BH_REQUIRED}, \
	{ \
		"end", BH_FIELD_INT, AT(end), BH_NULLABLE, .set = SET(has_end) \
	}

/* A hit on its way into a passage, which comes first, for the rows that both have. */
struct found {
	struct agent_passage passage;
	const char *around; /* NULL: not told */
	struct agent_part *parts;
	size_t n_parts;
};

#undef AT
#undef SET
#define AT(member) offsetof(struct agent_part, member)
#define SET(member) BH_SET(struct agent_part, member)

static const struct bh_field part_fields[] = {
	{"chunk_id", BH_FIELD_TEXT, AT(chunk_id), BH_REQUIRED},
	{"page_start", BH_FIELD_INT, AT(page_start), BH_NULLABLE, .set = SET(has_page_start)},
	{"page_end", BH_FIELD_INT, AT(page_end), BH_NULLABLE, .set = SET(has_page_end)},
	{"start", BH_FIELD_INT, AT(start), BH_REQUIRED, 0, POINTS_MOST},
	{"end", BH_FIELD_INT, AT(end), BH_REQUIRED, 0, POINTS_MOST},
	{"*", BH_FIELD_IGNORED},
};

static const struct bh_field part_row = {"", BH_FIELD_OBJECT, BH_FIELDS(part_fields)};

static const struct bh_field context_fields[] = {
	{"text", BH_FIELD_TEXT, offsetof(struct found, around), BH_REQUIRED},
	{"chunks", BH_FIELD_ARRAY, offsetof(struct found, parts), 0, 0, PARTS_MOST,
		BH_ELEMENTS(struct found, parts, n_parts, &part_row)},
	{"*", BH_FIELD_IGNORED},
};

#undef AT
#undef SET
#define AT(member) offsetof(struct agent_passage, member)
#define SET(member) BH_SET(struct agent_passage, member)

static const struct bh_field place_fields[] = {
	PLACE_FIELDS,
	{"heading", BH_FIELD_TEXT, AT(heading), BH_NULLABLE},
	{"context", BH_FIELD_OBJECT, 0, BH_NULLABLE, BH_FIELDS(context_fields)},
	{"*", BH_FIELD_IGNORED},
};

static const struct bh_field passage_fields[] = {
	{"file_id", BH_FIELD_TEXT, AT(file_id), BH_REQUIRED},
	{"filename", BH_FIELD_TEXT, AT(filename), BH_REQUIRED},
	{"score", BH_FIELD_DOUBLE, AT(score), BH_REQUIRED},
	{"text", BH_FIELD_TEXT, AT(text), BH_REQUIRED},
	{"bulkhead", BH_FIELD_OBJECT, 0, BH_REQUIRED, BH_FIELDS(place_fields)},
	{"*", BH_FIELD_IGNORED},
};

static const struct bh_field cited_fields[] = {
	PLACE_FIELDS,
	{"quote_start", BH_FIELD_INT, offsetof(struct citation, quote_start)},
	{"quote_end", BH_FIELD_INT, offsetof(struct citation, quote_end)},
	{"score", BH_FIELD_DOUBLE, AT(score)},
};

static const struct bh_field citation_fields[] = {
	{"type", BH_FIELD_CONST, .words = "file_citation"},
	{"file_id", BH_FIELD_TEXT, AT(file_id)},
	{"filename", BH_FIELD_TEXT, AT(filename)},
	{"index", BH_FIELD_INT, offsetof(struct citation, index)},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(cited_fields)},
};

static int
read_passage(struct bh_arena *arena, const struct bh_json *hit, struct agent_passage *out)
{
	struct found found = {0};

	if (bh_fields_read(arena, hit, BH_LIST(passage_fields), "", &found) < 0)
		return bh_error(BH_E_JSON, "a search result lacks the fields that a citation needs");
	found.passage.len = strlen(found.passage.text);
	if (found.around != NULL)
		agent_parts_lay(&found.passage, found.around, found.parts, found.n_parts);
	*out = found.passage;
	return 0;
}

int
agent_passages_read(struct bh_arena *arena, const char *results, double least_score,
	struct agent_passages *out)
{
	struct agent_passages passages = {0};
	struct agent_passage passage;
	int rc;

	rc = bh_json_parse(results, strlen(results), &passages.doc);
	if (rc < 0)
		return rc;
	passages.list = bh_arena_array(arena, bh_json_count(passages.doc.root) + 1,
		sizeof(*passages.list));
	for (size_t i = 0; rc == 0 && i < bh_json_count(passages.doc.root); i++) {
		rc = read_passage(arena, bh_json_at(passages.doc.root, i), &passage);
		if (rc == 0 && passage.score >= least_score && passage.len > 0 &&
			agent_parts_cut(arena, passages.list, passages.n, &passage))
			passages.list[passages.n++] = passage;
	}
	if (rc < 0) {
		agent_passages_close(&passages);
		return rc;
	}
	*out = passages;
	return 0;
}

void
agent_passages_close(struct agent_passages *passages)
{
	bh_json_close(&passages->doc);
	*passages = (struct agent_passages){0};
}

static int64_t
tokens_of(size_t len)
{
	return (int64_t)len / BYTES_PER_TOKEN + MARK_TOKENS;
}

static struct bh_span
found_of(const struct agent_passage *passage)
{
	return passage->found.end > 0 ? passage->found : (struct bh_span){0, passage->len};
}

void
agent_passages_whole(struct bh_arena *arena, const struct agent_passages *passages, int64_t tokens,
	struct agent_excerpts *out)
{
	struct agent_excerpts excerpts = {
		.list = bh_arena_array(arena, passages->n + 1, sizeof(char *))};
	int64_t used = 0;

	for (size_t i = 0; i < passages->n; i++) {
		const struct agent_passage *passage = &passages->list[i];
		struct bh_span shown = {0, passage->len};

		if (used + tokens_of(passage->len) > tokens / 2)
			shown = found_of(passage);
		/* Far below the best: time to read and words to be misled by. */
		if (passage->score < passages->list[0].score / 3 ||
			used + tokens_of(shown.end - shown.start) > tokens)
			break;
		used += tokens_of(shown.end - shown.start);
		excerpts.list[excerpts.n++] = bh_arena_copy(arena, passage->text + shown.start,
			shown.end - shown.start);
	}
	if (excerpts.n == 0 && passages->n > 0 && tokens > 2 * MARK_TOKENS) {
		const struct agent_passage *first = &passages->list[0];
		struct bh_span found = found_of(first);

		excerpts.list[excerpts.n++] = bh_arena_copy(arena, first->text + found.start,
			bh_text_cut(first->text + found.start, found.end - found.start,
				(size_t)(tokens - MARK_TOKENS) * BYTES_PER_TOKEN));
	}
	*out = excerpts;
}

const struct bh_focus_passage *
agent_passages_focus(struct bh_arena *arena, const struct agent_passages *passages)
{
	struct bh_focus_passage *list = bh_arena_array(arena, passages->n + 1, sizeof(*list));

	for (size_t i = 0; i < passages->n; i++)
		list[i] = (struct bh_focus_passage){passages->list[i].text, passages->list[i].len,
			passages->list[i].score, passages->list[i].heading, found_of(&passages->list[i])};
	return list;
}

void
agent_passages_annotation(const struct agent_passage *passage, size_t index, size_t quote_start,
	size_t quote_end, struct bh_buf *out)
{
	const struct agent_part *first = agent_parts_at(passage, quote_start);
	const struct agent_part *last = agent_parts_at(passage, quote_end > 0 ? quote_end - 1 : 0);
	struct bh_write write = {.out = out};
	struct citation citation = {
		.passage = *passage,
		.index = (int64_t)index,
		.quote_start = agent_parts_point(passage, quote_start),
		.quote_end = agent_parts_point(passage, quote_end),
	};

	if (first != NULL) {
		citation.passage.chunk_id = first->chunk_id;
		citation.passage.start = first->start;
		citation.passage.end = first->end;
		citation.passage.page_start = first->page_start;
		citation.passage.has_page_start = first->has_page_start;
		citation.passage.page_end = last->page_end;
		citation.passage.has_page_end = last->has_page_end;
	}
	bh_fields_write(&write, BH_LIST(citation_fields), &citation);
}
