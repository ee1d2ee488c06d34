/* SPDX-License-Identifier: Apache-2.0 */
/* passages.c: hits of a search on their way to the item, the prompt and the citations. */
#include "agent/passages.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

enum {
	BYTES_PER_TOKEN = 4,
	MARK_TOKENS = 6 /* what stands around a passage */
};

static const struct bh_json *
first_text(const struct bh_json *hit)
{
	return bh_json_get(bh_json_at(bh_json_get(hit, "content"), 0), "text");
}

static void
write_place(struct bh_write *write, const struct bh_json *hit)
{
	const struct bh_json *place = bh_json_get(hit, "bulkhead");
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;

	bh_write_name(write, "bulkhead");
	bh_write_object(write);
	bh_write_pair_json(write, "vector_store_id", bh_json_get(hit, "vector_store_id"));
	while (place != NULL && bh_json_next(place, &cursor, &name, &value)) {
		if (strcmp(name, "vector_store_id") != 0)
			bh_write_pair_json(write, name, value);
	}
	bh_write_end(write);
}

void
agent_passages_results(const struct bh_json *answer, struct bh_buf *out)
{
	static const char *const members[] = {"file_id", "filename", "score", "attributes"};
	const struct bh_json *data = bh_json_get(answer, "data");
	struct bh_write write = {.out = out};

	bh_write_array(&write);
	for (size_t i = 0; i < bh_json_count(data) && i < AGENT_PASSAGES_MAX; i++) {
		const struct bh_json *hit = bh_json_at(data, i);

		bh_write_object(&write);
		for (size_t j = 0; j < BH_COUNT(members); j++)
			bh_write_pair_json(&write, members[j], bh_json_get(hit, members[j]));
		bh_write_pair_json(&write, "text", first_text(hit));
		write_place(&write, hit);
		bh_write_end(&write);
	}
	bh_write_end(&write);
}

static int
read_passage(const struct bh_json *hit, struct agent_passage *out)
{
	struct agent_passage passage = {
		.file_id = bh_json_string(bh_json_get(hit, "file_id")),
		.filename = bh_json_string(bh_json_get(hit, "filename")),
		.text = bh_json_string(bh_json_get(hit, "text")),
		.len = bh_json_string_len(bh_json_get(hit, "text")),
		.place = bh_json_get(hit, "bulkhead"),
	};

	if (passage.file_id == NULL || passage.filename == NULL || passage.text == NULL ||
		!bh_json_number(bh_json_get(hit, "score"), &passage.score) ||
		!bh_json_int(bh_json_get(passage.place, "start"), &passage.start))
		return bh_error(BH_E_JSON, "a search result lacks the fields that a citation needs");
	*out = passage;
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
		rc = read_passage(bh_json_at(passages.doc.root, i), &passage);
		if (rc == 0 && passage.score >= least_score && passage.len > 0)
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

void
agent_passages_whole(struct bh_arena *arena, const struct agent_passages *passages, int64_t tokens,
	struct agent_excerpts *out)
{
	struct agent_excerpts excerpts = {
		.list = bh_arena_array(arena, passages->n + 1, sizeof(char *))};
	int64_t used = 0;

	for (size_t i = 0; i < passages->n; i++) {
		const struct agent_passage *passage = &passages->list[i];

		/* Far below the best: time to read and words to be misled by. */
		if (passage->score < passages->list[0].score / 3 || used + tokens_of(passage->len) > tokens)
			break;
		used += tokens_of(passage->len);
		excerpts.list[excerpts.n++] = bh_arena_copy(arena, passage->text, passage->len);
	}
	if (excerpts.n == 0 && passages->n > 0 && tokens > 2 * MARK_TOKENS) {
		const struct agent_passage *first = &passages->list[0];

		excerpts.list[excerpts.n++] = bh_arena_copy(arena, first->text,
			bh_text_cut(first->text, first->len, (size_t)(tokens - MARK_TOKENS) * BYTES_PER_TOKEN));
	}
	*out = excerpts;
}

void
agent_passages_annotation(const struct agent_passage *passage, size_t index, size_t quote_start,
	size_t quote_end, struct bh_buf *out)
{
	static const char *const members[] = {"chunk_id", "vector_store_id", "page_start", "page_end",
		"start", "end"};
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "type", "file_citation");
	bh_write_pair_text(&write, "file_id", passage->file_id);
	bh_write_pair_text(&write, "filename", passage->filename);
	bh_write_pair_int(&write, "index", (int64_t)index);
	bh_write_name(&write, "bulkhead");
	bh_write_object(&write);
	for (size_t i = 0; i < BH_COUNT(members); i++)
		bh_write_pair_json(&write, members[i], bh_json_get(passage->place, members[i]));
	bh_write_pair_int(&write, "quote_start",
		passage->start + (int64_t)bh_text_points(passage->text, quote_start));
	bh_write_pair_int(&write, "quote_end",
		passage->start + (int64_t)bh_text_points(passage->text, quote_end));
	bh_write_pair_double(&write, "score", passage->score);
	bh_write_end(&write);
	bh_write_end(&write);
}
