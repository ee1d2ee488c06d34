/* SPDX-License-Identifier: Apache-2.0 */
/* fit.c: the question first, then the conversation, then as many passages as are useful. */
#include "agent/fit.h"

#include <string.h>

#include "base/error.h"
#include "cite/focus.h"

enum {
	OUTPUT_LEAST = 16,    /* room for less is no room */
	RULE_TOKENS = 80,     /* the rules around passages */
	EXAMPLE_TOKENS = 150, /* in their place, for a model that follows no rule */
	SEARCH_MS = 300,      /* before the engine is asked */
	SENTENCE_TOKENS = 30, /* written before the first word is sent, where sentences are checked */
	UNKNOWN_TOKENS = 200, /* for an engine that has not told its speed yet */
	READ_LEAST = 80
};

/* Replaces the estimates by counts. Models without a tokenizer of ours stay estimated. */
static int
count_tokens(const struct bh_peer *peer, const char *model, struct agent_prompt *prompt)
{
	const char **texts = bh_arena_array(peer->arena, prompt->n + 1, sizeof(*texts));
	int64_t *counts = bh_arena_array(peer->arena, prompt->n + 1, sizeof(*counts));
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < prompt->n; i++)
		texts[n++] = prompt->messages[i].text;
	if (prompt->instructions != NULL)
		texts[n++] = prompt->instructions;
	rc = agent_peer_tokens(peer, model, texts, n, counts);
	if (rc < 0)
		return bh_error_row(rc)->status >= 400 && bh_error_row(rc)->status < 500 ? 0 : rc;
	for (size_t i = 0; i < prompt->n; i++)
		prompt->messages[i].tokens += counts[i] - agent_prompt_estimate(prompt->messages[i].text);
	if (prompt->instructions != NULL)
		prompt->instructions_tokens += counts[prompt->n] -
			agent_prompt_estimate(prompt->instructions);
	return 0;
}

static int
fit_messages(const struct bh_peer *peer, const struct agent_request *request, const char *model,
	int64_t room, struct agent_prompt *prompt)
{
	int rc;

	if (agent_prompt_tokens(prompt) <= room)
		return 0;
	rc = count_tokens(peer, model, prompt);
	if (rc < 0 || agent_prompt_tokens(prompt) <= room)
		return rc;
	if (agent_request_truncates(request) && agent_prompt_fit(prompt, room))
		return 0;
	return bh_error_param(BH_E_CONTEXT_LENGTH, "input",
		"The input has about %lld tokens; this model accepts at most %lld in addition to its "
		"answer.",
		(long long)agent_prompt_tokens(prompt), (long long)room);
}

/* What the model is told: what the client asks for. Without that the embedded engine has a bound of its own,
 * and nobody else has one; 0. */
static int64_t
output_cap(const struct agent_conf *conf, const struct agent_request *request,
	const struct agent_model *model)
{
	int64_t cap = request->has_max_output_tokens ? request->max_output_tokens
		: model->managed                         ? conf->output_tokens
												 : 0;

	if (model->max_output > 0 && cap > model->max_output)
		cap = model->max_output;
	return cap;
}

/* Room that is kept for the answer; half of a small context stays the question's, however long that is. */
static int64_t
output_room(const struct agent_conf *conf, const struct agent_model *model, int64_t cap)
{
	int64_t room = cap > 0 ? cap : conf->output_tokens;

	if (model->max_output > 0 && room > model->max_output)
		room = model->max_output;
	return room < model->context / 2 ? room : model->context / 2;
}

/* How many tokens of passages the managed engine reads while a client waits for the first word. `prompt` is
 * what it reads besides. */
static int64_t
readable(const struct agent_conf *conf, const struct agent_request *request,
	const struct agent_model *model, int64_t prompt)
{
	int64_t left_ms = conf->first_word_ms - SEARCH_MS, tokens;

	if (conf->embedded_passage_tokens > 0)
		return conf->embedded_passage_tokens;
	if (model->reads <= 0)
		return UNKNOWN_TOKENS;
	if (agent_request_is_strict(request) && model->writes > 0)
		left_ms -= SENTENCE_TOKENS * 1000 / model->writes;
	tokens = left_ms > 0 ? left_ms * model->reads / 1000 - prompt : 0;
	if (tokens < READ_LEAST)
		return READ_LEAST;
	return tokens < conf->passage_tokens ? tokens : conf->passage_tokens;
}

static int64_t
around(const struct agent_model *model)
{
	return model->sentences ? EXAMPLE_TOKENS : RULE_TOKENS;
}

static void
pick_sentences(struct bh_arena *arena, const struct agent_passages *passages, const char *question,
	bool few, int64_t room, struct agent_excerpts *out)
{
	const struct bh_focus_passage *list = agent_passages_focus(arena, passages);

	out->sentences = few;
	if (few)
		bh_focus_pick(arena, list, passages->n, question, room, &out->list, &out->n);
	else
		bh_focus_widely(arena, list, passages->n, question, room, &out->list, &out->n);
}

/* The managed engine reads slowly: it gets what it can read in time, the nearest sentences with those
 * around them, or a few of them alone where its model is misled by more. Others get the passages. */
static void
pick_excerpts(struct bh_arena *arena, const struct agent_conf *conf,
	const struct agent_request *request, const struct agent_model *model,
	const struct agent_prompt *prompt, const struct agent_passages *passages, int64_t room,
	struct agent_excerpts *out)
{
	const char *question = passages->query;
	int64_t most = model->managed
		? readable(conf, request, model, agent_prompt_tokens(prompt) + around(model))
		: conf->passage_tokens;

	if (question == NULL && prompt->question < prompt->n)
		question = prompt->messages[prompt->question].text;
	if (room > most)
		room = most;
	if (model->managed && question != NULL)
		pick_sentences(arena, passages, question, model->sentences, room, out);
	else
		agent_passages_whole(arena, passages, room, out);
}

int
agent_fit(const struct bh_peer *peer, const struct agent_conf *conf,
	const struct agent_request *request, const struct agent_model *model,
	const struct agent_item *items, size_t n, const struct agent_passages *passages,
	struct agent_fit *out)
{
	struct agent_fit fit = {0};
	int64_t room = INT64_MAX / 2, reserve;
	int rc;

	rc = agent_prompt_read(peer->arena, items, n, request->instructions, &fit.prompt);
	if (rc < 0)
		return rc;
	fit.output_tokens = output_cap(conf, request, model);
	reserve = output_room(conf, model, fit.output_tokens);
	if (model->context > 0)
		room = model->context - reserve - (passages == NULL ? 0 : around(model));
	rc = fit_messages(peer, request, model->id, room, &fit.prompt);
	if (rc < 0)
		return rc;
	room -= agent_prompt_tokens(&fit.prompt);
	if (passages != NULL)
		pick_excerpts(peer->arena, conf, request, model, &fit.prompt, passages, room,
			&fit.excerpts);
	if (model->context > 0 && fit.output_tokens > reserve)
		fit.output_tokens = reserve > OUTPUT_LEAST ? reserve : OUTPUT_LEAST;
	*out = fit;
	return 0;
}
