/* SPDX-License-Identifier: Apache-2.0 */
/* run_ground.c: holds an answer back until its sentences are complete, and sends those that a passage states
 * and that answer the question. Where there is none, the nearest place of the passages is quoted: it may not
 * be the answer, but it is what the documents say. */
#include "agent/run.h"

#include <ctype.h>
#include <string.h>

#include "agent/said.h"
#include "base/error.h"
#include "base/text.h"
#include "cite/floors.h"
#include "cite/question.h"

/* When nothing more is expected of a model (docs/citations.md says what was measured): so many sentences one
 * behind the other of which none was sent, so many that it had said before; a sentence of so many bytes, or one
 * that says so many for the third time. */
enum { IDLE_MOST = 4, IDLE_MOST_BEHIND = 3, REPEATED_MOST = 2, HELD_MOST = 1000, LOOP_BYTES = 40 };

enum { SENTENCES_MAX = 200, QUOTE_BYTES = 600 };

static const double quote_share =
	0.5; /* of a refused sentence's words, for its source to be quoted */

bool
agent_run_is_grounded(const struct agent_run *run)
{
	return run->searched && agent_request_is_strict(&run->request);
}

void
agent_ground_close(struct agent_ground *ground)
{
	bh_buf_close(&ground->held);
	bh_buf_close(&ground->sent);
	bh_buf_close(&ground->seen);
	*ground = (struct agent_ground){0};
}

static size_t
count_sent(const struct agent_ground *ground)
{
	return ground->sent.len / sizeof(struct agent_citation);
}

/* ---- one sentence ---- */

/* Bytes of a leading "Yes, " or "No, ": what follows is stated, and answers by itself. */
static size_t
bare_answer(const char *text, size_t len)
{
	static const char *const openings[] = {"Yes, ", "No, ", "Ja, ", "Nein, "};

	for (size_t i = 0; i < BH_COUNT(openings); i++) {
		size_t opening = strlen(openings[i]);

		if (len > opening && memcmp(text, openings[i], opening) == 0)
			return opening;
	}
	return 0;
}

/* The words of a quote, and the question as it is read beside them. */
static struct bh_slice
read_source(struct agent_run *run, const struct bh_evidence *evidence, const struct bh_span *quote,
	struct bh_question *out_question)
{
	bh_question_read(run->arena, evidence->words.language, run->query, strlen(run->query),
		out_question);
	return bh_support_quoted(evidence, quote);
}

/* Whether what is stated is what was asked for. Behind a sentence that is, others may go on. */
static bool
answers(struct agent_run *run, const char *text, const struct agent_citation *citation)
{
	const struct bh_support *support = &citation->support;
	const struct bh_evidence *evidence = &run->evidence[support->passage];
	struct bh_question question;
	struct bh_slice source;
	struct bh_words said;

	if (count_sent(&run->ground) > 0)
		return true;
	source = read_source(run, evidence, &support->quote, &question);
	bh_words_split_as(run->arena, evidence->words.language, text + citation->sentence.start,
		citation->sentence.end - citation->sentence.start, &said);
	return bh_question_is_answered(&question, &(struct bh_slice){said.list, said.n}, &source);
}

static int
begin(struct agent_run *run, struct agent_output **message)
{
	if (*message == NULL)
		*message = agent_record_message_begin(&run->record, false);
	if (*message == NULL)
		return bh_error(BH_E_UPSTREAM, "the model's response has too many parts");
	__atomic_store_n(&run->texted, true, __ATOMIC_RELAXED);
	return 0;
}

/* Adds a sentence to what was sent. `lines`: a line break stood before it. */
static int
send(struct agent_run *run, struct agent_output **message, const char *text, size_t len, bool lines,
	const struct bh_support *support)
{
	struct agent_citation citation = {.support = *support};
	struct bh_buf delta = {0};
	int rc = begin(run, message);

	if (rc < 0)
		return rc;
	if ((*message)->text.len > 0)
		bh_buf_char(&delta, lines ? '\n' : ' ');
	citation.sentence.start = (*message)->text.len + delta.len;
	bh_buf_add(&delta, text, len);
	agent_record_delta(&run->record, *message, delta.data, delta.len);
	bh_buf_close(&delta);
	citation.sentence.end = (*message)->text.len;
	bh_buf_add(&run->ground.sent, &citation, sizeof(citation));
	return 0;
}

static void
refuse(struct agent_run *run, const struct bh_support *support)
{
	struct agent_ground *ground = &run->ground;
	bool supported = support->verdict == BH_SUPPORTED;

	ground->denies = ground->denies || support->denies;
	if (ground->has_quote || (!supported && support->near_share < quote_share))
		return;
	ground->has_quote = true;
	ground->quote_passage = supported ? support->passage : support->near_passage;
	ground->quote = supported ? support->quote : support->near;
}

/* Small models like to say things twice. */
static bool
is_said(const struct agent_output *message, const char *text, size_t len)
{
	return message != NULL && memmem(message->text.data, message->text.len, text, len) != NULL;
}

/* Of its letters and digits from the first letter on, whatever their case: "2. A" is the same as "1. A". False
 * for a list's mark alone. */
static bool
hash_of(const char *text, size_t len, uint64_t *out)
{
	size_t letters = 0;
	uint64_t hash = UINT64_C(1469598103934665603);

	for (size_t i = 0; i < len; i++) {
		unsigned char at = (unsigned char)tolower((unsigned char)text[i]);

		letters += isalpha(at) != 0 || at >= 0x80;
		if (letters > 0 && (isalnum(at) || at >= 0x80))
			hash = (hash ^ at) * UINT64_C(1099511628211);
	}
	*out = hash;
	return letters > 0;
}

/* Notes a sentence of the model; true when it has said it before. */
static bool
note(struct agent_ground *ground, uint64_t hash)
{
	const uint64_t *seen = (const void *)ground->seen.data;

	for (size_t i = 0; i < ground->seen.len / sizeof(hash); i++) {
		if (seen[i] == hash)
			return true;
	}
	if (ground->seen.len < SENTENCES_MAX * sizeof(hash))
		bh_buf_add(&ground->seen, &hash, sizeof(hash));
	return false;
}

/* A sentence of which nothing came. */
static void
count_idle(struct agent_ground *ground, bool again)
{
	ground->idle++;
	ground->repeated += again;
	ground->over = ground->idle >= (count_sent(ground) == 0 ? IDLE_MOST : IDLE_MOST_BEHIND) ||
		ground->repeated >= REPEATED_MOST;
}

/* `from`: where the sentence before it ends. */
static int
pass(struct agent_run *run, struct agent_output **message, const char *text, size_t from,
	const struct agent_citation *citation)
{
	const struct bh_span *at = &citation->sentence;
	size_t len = at->end - at->start;
	bool lines = memchr(text + from, '\n', at->start - from) != NULL;
	char *own = bh_arena_copy(run->arena, text + at->start, len);
	uint64_t hash;
	bool again;

	if (!hash_of(own, len, &hash))
		return 0;
	again = note(&run->ground, hash);
	own[0] = (char)toupper((unsigned char)own[0]);
	if (citation->support.verdict != BH_SUPPORTED || !answers(run, text, citation))
		refuse(run, &citation->support);
	else if (!is_said(*message, own, len)) {
		run->ground.idle = 0;
		return send(run, message, own, len, lines, &citation->support);
	}
	count_idle(&run->ground, again);
	return 0;
}

/* Judges the first sentences of what is held and forgets them. */
static int
pass_first(struct agent_run *run, struct agent_output **message, const struct bh_spans *sentences,
	size_t n)
{
	struct agent_ground *ground = &run->ground;
	const char *text = bh_buf_string(&ground->held);
	struct agent_citation *list = bh_arena_array(run->arena, n + 1, sizeof(*list));
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		list[i].sentence = sentences->list[i];
		list[i].sentence.start += bare_answer(text + sentences->list[i].start,
			sentences->list[i].end - sentences->list[i].start);
	}
	agent_run_judge(run, text, list, n);
	for (size_t i = 0; i < n && rc == 0 && !ground->over; i++)
		rc = pass(run, message, text, i > 0 ? list[i - 1].sentence.end : 0, &list[i]);
	if (n > 0)
		bh_buf_shift(&ground->held, sentences->list[n - 1].end);
	return rc;
}

/* ---- the answer ---- */

/* Whether the sentence under way has no end: it is too long for any, or its last words stand in it twice before. */
static bool
is_endless(const struct bh_buf *held)
{
	const char *from = held->data, *last;
	size_t times = 0;

	if (held->len > HELD_MOST)
		return true;
	if (held->len < 3 * LOOP_BYTES)
		return false;
	last = held->data + held->len - LOOP_BYTES;
	while ((from = memmem(from, (size_t)(last - from), last, LOOP_BYTES)) != NULL) {
		times++;
		from += LOOP_BYTES;
	}
	return times >= 2;
}

int
agent_run_ground_take(struct agent_run *run, struct agent_output **message, const char *text,
	size_t len)
{
	struct bh_buf *held = &run->ground.held;
	struct bh_spans sentences;

	if (run->ground.over)
		return 0;
	bh_buf_add(held, text, len);
	if (!agent_thought_skip(&run->ground.thought, held))
		return 0;
	/* A sentence ends where the next one begins: looked for when a mark or a line's end may be one. */
	if (memchr(text, ' ', len) == NULL && memchr(text, '\n', len) == NULL)
		return 0;
	bh_sentences_split(run->arena, held->data, held->len, &sentences);
	if (sentences.n < 2) {
		run->ground.over = is_endless(held);
		return 0;
	}
	return pass_first(run, message, &sentences, sentences.n - 1);
}

bool
agent_run_ground_is_over(const struct agent_run *run)
{
	return run->ground.over;
}

/* A sentence that was cut off, read as far as it goes. */
static bool
may_be_stated(struct agent_run *run, const struct bh_span *sentence)
{
	struct agent_citation begun = {.sentence = *sentence};

	agent_run_judge(run, run->ground.held.data, &begun, 1);
	return begun.support.verdict == BH_SUPPORTED || begun.support.near_share >= quote_share;
}

int
agent_run_ground_end(struct agent_run *run, struct agent_output **message)
{
	struct bh_buf *held = &run->ground.held;
	struct bh_spans sentences;
	int rc;

	if (run->ground.over || run->ground.thought == AGENT_THOUGHT_GOES_ON)
		bh_buf_reset(held);
	bh_sentences_split(run->arena, bh_buf_string(held), held->len, &sentences);
	if (sentences.n > 0 && run->cut &&
		!agent_run_is_ended(held->data, &sentences.list[sentences.n - 1])) {
		sentences.n--;
		run->ground.begun = may_be_stated(run, &sentences.list[sentences.n]);
	}
	if (sentences.n > SENTENCES_MAX)
		sentences.n = SENTENCES_MAX;
	rc = pass_first(run, message, &sentences, sentences.n);
	bh_buf_reset(held);
	return rc;
}

bool
agent_run_ground_is_whole(const struct agent_run *run)
{
	const struct agent_ground *ground = &run->ground;

	return ground->over || (ground->idle > 0 && !ground->begun);
}

void
agent_run_ground_cite(struct agent_run *run, struct agent_output *message)
{
	struct agent_ground *ground = &run->ground;

	agent_run_annotate(run, message, (const void *)ground->sent.data, count_sent(ground));
	bh_buf_reset(&ground->sent);
}

/* ---- in its place ---- */

/* Line breaks and indents become single spaces. */
static void
add_flat(struct bh_buf *out, const char *text, size_t len)
{
	bool space = false;

	for (size_t i = 0; i < len; i++) {
		bool blank = isspace((unsigned char)text[i]) != 0;

		if (!blank && space)
			bh_buf_char(out, ' ');
		if (!blank)
			bh_buf_char(out, text[i]);
		space = blank;
	}
}

/* What a place of the passages has of the question. */
struct match {
	double share;
	bool met; /* it has a number or name where one is asked for */
};

static struct match
match(struct agent_run *run, size_t passage, const struct bh_span *quote)
{
	struct bh_question question;
	struct bh_slice source;

	agent_run_judge(run, "", NULL, 0);
	source = read_source(run, &run->evidence[passage], quote, &question);
	return (struct match){bh_question_share(&question, &source, &source),
		bh_question_is_met(&question, &source)};
}

/* Whether what is quoted may well be the answer; a model that says there is none is often wrong. */
static bool
is_direct(const struct agent_ground *ground, struct match match)
{
	return match.met &&
		match.share >= (ground->denies ? BH_CITE_ANSWER_WHOLE : BH_CITE_ANSWER_SHARE);
}

static int
quote(struct agent_run *run, struct agent_output **message, const struct agent_said *say)
{
	const struct agent_ground *ground = &run->ground;
	const struct agent_passage *passage = &run->passages.list[ground->quote_passage];
	const struct bh_support support = {.verdict = BH_SUPPORTED,
		.passage = ground->quote_passage,
		.quote = ground->quote};
	size_t len = ground->quote.end - ground->quote.start;
	const char *from = passage->text + ground->quote.start;
	size_t shown = len <= QUOTE_BYTES ? len : bh_text_cut(from, len, QUOTE_BYTES);
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	if (!is_direct(ground, match(run, ground->quote_passage, &ground->quote)))
		bh_buf_printf(&text, "%s ", say->nearest);
	bh_buf_text(&text, say->open);
	add_flat(&text, from, shown);
	bh_buf_text(&text, shown < len ? " \xe2\x80\xa6" : "");
	bh_buf_text(&text, say->close);
	return send(run, message, text.data, text.len, false, &support);
}

/* The place that is nearest to the question, or the one that a refused sentence was probably made from where
 * it holds as much of it. */
static bool
find_quote(struct agent_run *run)
{
	struct agent_ground *ground = &run->ground;
	struct bh_span quote;
	size_t passage;

	if (!bh_focus_best(run->arena, agent_passages_focus(run->arena, &run->passages),
			run->passages.n, run->query, &passage, &quote))
		return ground->has_quote;
	if (ground->has_quote &&
		match(run, ground->quote_passage, &ground->quote).share >=
			match(run, passage, &quote).share)
		return true;
	ground->has_quote = true;
	ground->quote_passage = passage;
	ground->quote = quote;
	return true;
}

int
agent_run_ground_instead(struct agent_run *run, struct agent_output **message)
{
	const struct agent_said *say = agent_said_in(
		bh_tell_language(run->arena, run->question, strlen(run->question)));
	int rc;

	if (run->passages.n > 0 && find_quote(run))
		return quote(run, message, say);
	rc = begin(run, message);
	if (rc == 0)
		agent_record_delta(&run->record, *message, say->nothing, strlen(say->nothing));
	return rc;
}
