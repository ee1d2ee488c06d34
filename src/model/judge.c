/* SPDX-License-Identifier: Apache-2.0 */
/* judge.c: the rules first, then the upstream, whose findings are added to theirs. */
#include "model/judge.h"

#include <string.h>

#include "base/error.h"
#include "model/meter.h"
#include "model/place.h"
#include "model/upstream.h"
#include "service/request.h"

enum { BYTES_PER_TOKEN = 4, IMAGE_TOKENS = 85 };

static bool
is_rules(const struct model_entry *entry)
{
	return strcmp(entry->url, MODEL_RULES_URL) == 0;
}

static int64_t
tokens_of(const struct model_input *inputs, size_t n)
{
	int64_t tokens = 0;

	for (size_t i = 0; i < n; i++)
		tokens += inputs[i].is_image ? IMAGE_TOKENS : (int64_t)inputs[i].len / BYTES_PER_TOKEN + 1;
	return tokens;
}

static int
by_rules(const struct model_input *inputs, size_t n, bool together, struct model_verdict *out)
{
	int rc = 0;

	memset(out, 0, (together ? 1 : n) * sizeof(*out));
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct model_verdict *verdict = &out[together ? 0 : i];

		if (inputs[i].is_image)
			verdict->applied |= MODEL_JUDGED_IMAGE;
		else
			rc = model_moderation_rules(inputs[i].text, inputs[i].len, verdict);
	}
	return rc;
}

static void
write_part(struct bh_write *write, const struct model_input *input)
{
	bh_write_object(write);
	bh_write_pair_text(write, "type", input->is_image ? "image_url" : "text");
	bh_write_name(write, input->is_image ? "image_url" : "text");
	if (input->is_image) {
		bh_write_object(write);
		bh_write_name(write, "url");
	}
	bh_write_bytes(write, input->text, input->len);
	if (input->is_image)
		bh_write_end(write);
	bh_write_end(write);
}

static void
write_request(const struct model_entry *entry, const struct model_input *inputs, size_t n,
	bool together, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", entry->upstream_name);
	bh_write_name(&write, "input");
	bh_write_array(&write);
	for (size_t i = 0; i < n; i++) {
		if (together)
			write_part(&write, &inputs[i]);
		else
			bh_write_bytes(&write, inputs[i].text, inputs[i].len);
	}
	bh_write_end(&write);
	bh_write_end(&write);
}

static int
by_upstream(struct bh_request *req, const struct model_entry *entry,
	const struct model_input *inputs, size_t n, bool together, struct model_outcome *outcome,
	struct model_verdict *out)
{
	struct model *model = req->service;
	const size_t results = together ? 1 : n;
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct model_verdict *told = bh_arena_array(req->arena, results, sizeof(*told));
	int rc;

	write_request(entry, inputs, n, together, &body);
	rc = model_upstream_post(model, entry, "/v1/moderations", &body, bh_http_client_fd(req->http),
		0, &reply);
	outcome->refused = rc == BH_E_UNAVAILABLE || (rc < 0 && !reply.sent) ||
		(rc == 0 && reply.status != 200);
	if (rc < 0)
		return rc;
	if (reply.status != 200)
		return model_upstream_refusal(req, entry, &reply, NULL);
	rc = bh_request_answer(req, &reply, (size_t)model->conf.answer_bytes_max, &doc);
	if (rc < 0)
		return rc == BH_E_GONE
			? rc
			: bh_error(BH_E_UPSTREAM,
				  "the upstream's response is too large, incomplete or not valid JSON");
	rc = model_moderation_read(doc.root, results, told);
	for (size_t i = 0; rc == 0 && i < results; i++)
		model_verdict_add(&out[i], &told[i]);
	return rc;
}

int
model_judge(struct bh_request *req, const struct model_entry *entry,
	const struct model_input *inputs, size_t n, bool together, unsigned manner,
	struct model_verdict *out)
{
	BH_AUTO(model_ticket_close) struct model_ticket ticket = {0};
	struct model_outcome outcome = {.status = METER_OK};
	struct model_call call = {0};
	const int64_t tokens = tokens_of(inputs, n);
	int rc = 0;

	if (!is_rules(entry))
		rc = model_place_take(req, entry, tokens, &ticket);
	if (rc == 0)
		rc = model_call_begin(req, entry, tokens, (int64_t)n, manner, &call);
	if (rc < 0)
		return rc;
	model_call_count(&call, (int64_t)n, 0);
	rc = by_rules(inputs, n, together, out);
	if (rc < 0)
		outcome.refused = true;
	else if (!is_rules(entry))
		rc = by_upstream(req, entry, inputs, n, together, &outcome, out);
	ticket.used = rc == 0 ? tokens : 0;
	model_ticket_close(&ticket);
	if (rc < 0)
		outcome.status = rc == BH_E_GONE ? METER_CUT : METER_FAILED;
	model_call_end(&call, &outcome);
	return rc;
}
