/* SPDX-License-Identifier: Apache-2.0 */
/* run_cite.c: which passages state an answer's sentences, and the citations of a finished message, in the
 * order of its sentences. */
#include "agent/run.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

enum { SENTENCES_MAX = 200, DOUBTS_MAX = 32, LIKENESS_BYTES = 700 };

static const char *
excerpt(struct bh_arena *arena, const char *text, const struct bh_span *span)
{
	return bh_arena_copy(arena, text + span->start,
		bh_text_cut(text + span->start, span->end - span->start, LIKENESS_BYTES));
}

/* Lets vectors decide where words agree in part. Without them nothing doubtful is cited. */
static void
resolve_doubts(struct agent_run *run, const char *text, struct agent_citation *list, size_t n)
{
	const char *texts[2 * DOUBTS_MAX];
	struct agent_citation *doubts[DOUBTS_MAX];
	float *vectors = NULL;
	size_t dimensions = 0, count = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		struct bh_support *support = &list[i].support;

		if (support->verdict != BH_DOUBTFUL)
			continue;
		support->verdict = BH_UNSUPPORTED;
		if (count == DOUBTS_MAX)
			continue;
		doubts[count] = &list[i];
		texts[2 * count] = excerpt(run->arena, text, &list[i].sentence);
		texts[2 * count + 1] = excerpt(run->arena, run->passages.list[support->passage].text,
			&support->quote);
		count++;
	}
	if (count == 0)
		return;
	rc = agent_peer_vectors(&run->peer, run->agent->conf.embedding_model, texts, 2 * count,
		&vectors, &dimensions);
	if (rc < 0) {
		bh_log_failure("compare a sentence with its source", rc);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const float *pair = vectors + 2 * i * dimensions;

		if (bh_support_cosine(pair, pair + dimensions, dimensions) >= doubts[i]->support.likeness)
			doubts[i]->support.verdict = BH_SUPPORTED;
	}
}

bool
agent_run_is_ended(const char *text, const struct bh_span *span)
{
	static const char *const marks[] = {".", "!", "?", "\"", ")", "\xe2\x80\x9d", "\xe3\x80\x82"};

	for (size_t i = 0; i < BH_COUNT(marks); i++) {
		size_t len = strlen(marks[i]);

		if (span->end - span->start > len && memcmp(text + span->end - len, marks[i], len) == 0)
			return true;
	}
	return false;
}

void
agent_run_judge(struct agent_run *run, const char *text, struct agent_citation *list, size_t n)
{
	if (run->evidence == NULL) {
		run->evidence = bh_arena_array(run->arena, run->passages.n + 1, sizeof(*run->evidence));
		for (size_t i = 0; i < run->passages.n; i++)
			bh_support_prepare(run->arena, run->passages.list[i].text, run->passages.list[i].len,
				&run->evidence[i]);
	}
	for (size_t i = 0; i < n; i++)
		bh_support_judge(run->arena, run->evidence, run->passages.n, run->question,
			text + list[i].sentence.start, list[i].sentence.end - list[i].sentence.start,
			&list[i].support);
	/* What is sent only if a passage states it is left to words: of what vectors add, more is wrong than right. */
	if (!agent_run_is_grounded(run))
		resolve_doubts(run, text, list, n);
}

void
agent_run_annotate(struct agent_run *run, struct agent_output *message,
	const struct agent_citation *list, size_t n)
{
	const char *text = bh_buf_string(&message->text);

	for (size_t i = 0; i < n; i++) {
		const struct bh_support *support = &list[i].support;
		struct bh_buf annotation = {0};

		if (support->verdict != BH_SUPPORTED)
			continue;
		agent_passages_annotation(&run->passages.list[support->passage],
			bh_text_points(text, list[i].sentence.end), support->quote.start, support->quote.end,
			&annotation);
		agent_record_annotation(&run->record, message, bh_buf_string(&annotation));
		bh_buf_close(&annotation);
	}
}

void
agent_run_cite(struct agent_run *run, struct agent_output *message, bool whole)
{
	const char *text = bh_buf_string(&message->text);
	struct agent_citation *list;
	struct bh_spans sentences;
	size_t n;

	if (run->passages.n == 0 || strcmp(run->request.format.type, "text") != 0 ||
		!agent_request_is_marked(&run->request))
		return;
	bh_sentences_split(run->arena, text, message->text.len, &sentences);
	n = sentences.n < SENTENCES_MAX ? sentences.n : SENTENCES_MAX;
	if (n > 0 && !whole && !agent_run_is_ended(text, &sentences.list[n - 1]))
		n--;
	list = bh_arena_array(run->arena, n + 1, sizeof(*list));
	for (size_t i = 0; i < n; i++)
		list[i].sentence = sentences.list[i];
	agent_run_judge(run, text, list, n);
	agent_run_annotate(run, message, list, n);
}
