/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c: what a chat says, in pieces that a moderation model takes. */
#include "model/guard.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "model/catalog.h"
#include "model/chat.h"
#include "model/judge.h"
#include "model/meter.h"
#include "model/normal.h"
#include "model/picture.h"
#include "service/request.h"

enum {
	INPUTS_AT_ONCE = 32,
	TEXT_BYTES = 16 * 1024, /* of an input; of an answer that is not judged yet */
	HELD_BYTES = 2 * 1024,  /* the same of one that waits for it */
	BEFORE_BYTES = 512      /* judged again with what follows, for what stands on both sides */
};

int
model_guard_open(struct bh_request *req, struct model_guard *out)
{
	struct model_limits limits;
	int rc = model_catalog_limits(req->service, req->db, &req->tenant, &limits);

	if (rc < 0)
		return rc;
	*out = (struct model_guard){
		.req = req,
		.input = limits.moderation_input,
		.output = limits.moderation_output,
	};
	if (out->input == MODEL_POLICY_OFF && out->output == MODEL_POLICY_OFF)
		return 0;
	return model_catalog_find(req->service, req->db, &req->tenant, "default", MODEL_MODERATION,
		&out->entry);
}

/* Adds the verdicts. Under flag nothing fails but for a client that left. */
static int
judge(struct model_guard *guard, int64_t policy, const struct model_input *inputs, size_t n,
	bool *out_flagged)
{
	struct model_verdict verdicts[INPUTS_AT_ONCE];
	const bool together = inputs[0].is_image;
	int rc = model_judge(guard->req, &guard->entry, inputs, n, together, MODEL_BESIDE, verdicts);

	if (rc < 0 && policy == MODEL_POLICY_FLAG && rc != BH_E_GONE) {
		bh_log_failure("judge what a chat says", rc);
		guard->failed = true;
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < (together ? 1 : n); i++) {
		model_verdict_add(&guard->found, &verdicts[i]);
		*out_flagged = *out_flagged || verdicts[i].flagged;
	}
	return rc;
}

/* ---- what the model is sent ---- */

struct collected {
	struct model_guard *guard;
	struct model_input inputs[INPUTS_AT_ONCE];
	size_t n;
	bool flagged;
};

static int
judge_collected(struct collected *all)
{
	size_t n = all->n;

	all->n = 0;
	return n == 0 ? 0 : judge(all->guard, all->guard->input, all->inputs, n, &all->flagged);
}

static int
judge_whole(struct collected *all, const char *text, size_t len)
{
	struct model_verdict verdict = {0};
	int rc = model_moderation_rules(text, len, &verdict);

	if (rc < 0)
		return rc;
	model_verdict_add(&all->guard->found, &verdict);
	all->flagged = all->flagged || verdict.flagged;
	return 0;
}

static int
collect(struct collected *all, const char *text, size_t len)
{
	int rc = 0;

	/* Blanks between two words may be longer than pieces overlap; the rules read the whole in one pass. */
	if (len > TEXT_BYTES)
		rc = judge_whole(all, text, len);
	while (rc == 0 && len > 0) {
		size_t part = bh_text_cut(text, len, TEXT_BYTES);

		all->inputs[all->n++] = (struct model_input){false, text, part};
		/* Pieces overlap, so that nothing is hidden by where they are cut. */
		if (part < len && part > BEFORE_BYTES)
			part = bh_text_cut(text, len, part - BEFORE_BYTES);
		text += part;
		len -= part;
		if (all->n == INPUTS_AT_ONCE)
			rc = judge_collected(all);
	}
	return rc;
}

/* What was put together here, and is judged when there is enough of it. */
static int
collect_made(struct collected *all, const struct bh_buf *text)
{
	return collect(all, bh_arena_copy(all->guard->req->arena, bh_buf_string(text), text->len),
		text->len);
}

/* Together, as the model reads them: "kill" and "yourself" are no two texts. */
static int
collect_parts(struct collected *all, const struct bh_json *content)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *part = bh_json_at(content, i);

		if (model_picture_part(part) == NULL)
			bh_json_append_texts(&text, model_chat_part_text(part));
	}
	return collect_made(all, &text);
}

/* What the model reads of a message beside its content: a name, a refusal, calls of tools. */
static int
collect_rest(struct collected *all, const struct bh_json *message)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;

	while (bh_json_next(message, &cursor, &name, &value))
		if (strcmp(name, "role") != 0 && strcmp(name, "content") != 0)
			bh_json_append_texts(&text, value);
	return collect_made(all, &text);
}

static int
collect_message(struct collected *all, const struct bh_json *message)
{
	const struct bh_json *content = bh_json_get(message, "content");
	int rc = bh_json_kind(content) == BH_JSON_STRING
		? collect(all, bh_json_string(content), bh_json_string_len(content))
		: collect_parts(all, content);

	return rc < 0 ? rc : collect_rest(all, message);
}

/* Tools and the form of the answer are described in the client's words. */
static int
collect_tools(struct collected *all, const struct model_chat *chat)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	bh_json_append_texts(&text, chat->tools);
	bh_json_append_texts(&text, bh_json_get(chat->response_format, "json_schema"));
	return collect_made(all, &text);
}

/* As words they are texts; as pictures each is an input of its own. */
static int
collect_pictures(struct collected *all, const struct model_pictures *pictures)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < pictures->n; i++) {
		const struct bh_buf *text = &pictures->list[i].text;

		if (pictures->in_words) {
			rc = collect(all, text->data, text->len);
		} else if (all->guard->entry.vision) {
			const struct model_input image = {true, text->data, text->len};

			rc = judge(all->guard, all->guard->input, &image, 1, &all->flagged);
		}
	}
	return rc;
}

int
model_guard_input(struct model_guard *guard, const struct model_chat *chat,
	const struct model_pictures *pictures)
{
	struct collected all = {.guard = guard};
	BH_AUTO(bh_buf_close) struct bh_buf names = {0};
	int rc = 0;

	if (guard->input == MODEL_POLICY_OFF)
		return 0;
	for (size_t i = 0; rc == 0 && i < bh_json_count(chat->messages); i++)
		rc = collect_message(&all, bh_json_at(chat->messages, i));
	if (rc == 0)
		rc = collect_tools(&all, chat);
	if (rc == 0)
		rc = collect_pictures(&all, pictures);
	if (rc == 0)
		rc = judge_collected(&all);
	if (rc < 0)
		return rc;
	model_verdict_names(&guard->found, &names);
	if (all.flagged)
		bh_audit_text(&guard->req->audit, "input_flagged", bh_buf_string(&names));
	guard->found = (struct model_verdict){0};
	if (all.flagged && guard->input == MODEL_POLICY_REFUSE)
		return bh_error_param(BH_E_CONTENT, "messages",
			"The messages were refused by the tenant's moderation policy: %s.",
			bh_buf_string(&names));
	return 0;
}

/* ---- what it answers ---- */

bool
model_guard_holds(const struct model_guard *guard)
{
	return guard->output == MODEL_POLICY_REFUSE;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Whether a sentence ends in what is new: a mark with a blank behind it, a full-width one, or a line. */
static bool
has_end(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			return true;
		if (i + 1 < len && strchr(".!?", text[i]) != NULL && text[i] != '\0' &&
			is_blank(text[i + 1]))
			return true;
		if (len - i >= 3 &&
			(memcmp(text + i, "\xe3\x80\x82", 3) == 0 || memcmp(text + i, "\xef\xbc\x81", 3) == 0 ||
				memcmp(text + i, "\xef\xbc\x9f", 3) == 0))
			return true;
	}
	return false;
}

void
model_guard_hear_text(struct model_guard *guard, const char *text, size_t len)
{
	if (guard->output == MODEL_POLICY_OFF || len == 0)
		return;
	bh_buf_add(&guard->said, text, len);
	guard->fresh += len;
	if (guard->fresh >= (model_guard_holds(guard) ? HELD_BYTES : TEXT_BYTES))
		guard->is_due = true;
	else if (model_guard_holds(guard))
		guard->is_due = has_end(guard->said.data + guard->said.len - guard->fresh, guard->fresh);
}

void
model_guard_hear(struct model_guard *guard, const struct model_piece *piece)
{
	model_guard_hear_text(guard, piece->content, piece->content_len);
	model_guard_hear_text(guard, piece->refusal, piece->refusal_len);
	for (size_t i = 0; i < piece->n_calls; i++)
		model_guard_hear_text(guard, piece->calls[i].arguments, piece->calls[i].arguments_len);
	if (piece->finish != NULL && guard->fresh > 0)
		guard->is_due = true;
}

bool
model_guard_is_due(const struct model_guard *guard)
{
	return guard->is_due;
}

/* Leaves the end of what was judged, from a character's beginning on. */
static void
keep_end(struct model_guard *guard)
{
	size_t drop = guard->said.len > BEFORE_BYTES ? guard->said.len - BEFORE_BYTES : 0;

	while (drop < guard->said.len && ((unsigned char)guard->said.data[drop] & 0xc0) == 0x80)
		drop++;
	bh_buf_shift(&guard->said, drop);
	guard->fresh = 0;
	guard->is_due = false;
}

int
model_guard_judge(struct model_guard *guard, bool *out_refused)
{
	size_t at = 0;
	bool flagged = false;
	int rc = 0;

	*out_refused = false;
	if (guard->fresh == 0)
		return 0;
	while (rc == 0 && at < guard->said.len) {
		struct model_input part = {false, guard->said.data + at, guard->said.len - at};

		part.len = bh_text_cut(part.text, part.len, TEXT_BYTES + BEFORE_BYTES);
		rc = judge(guard, guard->output, &part, 1, &flagged);
		at += part.len;
		if (at < guard->said.len)
			at -= BEFORE_BYTES;
		while (at < guard->said.len && ((unsigned char)guard->said.data[at] & 0xc0) == 0x80)
			at++;
	}
	keep_end(guard);
	*out_refused = rc == 0 && flagged && guard->output == MODEL_POLICY_REFUSE;
	return rc;
}

void
model_guard_close(struct model_guard *guard)
{
	BH_AUTO(bh_buf_close) struct bh_buf names = {0};

	if (guard->req == NULL)
		return;
	if (guard->found.flagged) {
		model_verdict_names(&guard->found, &names);
		bh_audit_text(&guard->req->audit, "output_flagged", bh_buf_string(&names));
	}
	if (guard->failed)
		bh_audit_text(&guard->req->audit, "moderation", "failed");
	bh_buf_close(&guard->said);
	*guard = (struct model_guard){0};
}
