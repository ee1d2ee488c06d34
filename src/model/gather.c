/* SPDX-License-Identifier: Apache-2.0 */
/* gather.c: joins the pieces of an answer. */
#include "model/gather.h"

#include "base/error.h"

static void
add_call(struct model_gather *gather, const struct model_call_piece *piece)
{
	if ((size_t)piece->index >= gather->n_calls)
		gather->n_calls = (size_t)piece->index + 1;
	if (piece->id != NULL)
		bh_buf_text(&gather->calls[piece->index].id, piece->id);
	if (piece->name != NULL)
		bh_buf_text(&gather->calls[piece->index].name, piece->name);
	if (piece->arguments_len > 0)
		bh_buf_add(&gather->calls[piece->index].arguments, piece->arguments, piece->arguments_len);
}

static int
add_piece(struct model_gather *gather, const struct model_piece *piece)
{
	if (piece->error != NULL)
		return bh_error(BH_E_UPSTREAM, "the upstream ended its stream with an error");
	gather->pieces += piece->bytes > 0;
	gather->bytes += piece->bytes;
	if (piece->content_len > 0)
		bh_buf_add(&gather->content, piece->content, piece->content_len);
	if (piece->refusal_len > 0)
		bh_buf_add(&gather->refusal, piece->refusal, piece->refusal_len);
	for (size_t i = 0; i < piece->n_calls; i++)
		add_call(gather, &piece->calls[i]);
	model_chat_logprobs(piece->logprobs, &gather->logprobs);
	if (piece->finish != NULL)
		gather->finish = piece->finish;
	return 0;
}

int
model_gather_add(struct model_gather *gather, const struct bh_json *event)
{
	struct model_piece piece = {0};
	int rc = model_normal_event(&gather->normal, event, &piece);

	if (rc < 0)
		return rc;
	model_usage_follow(event, piece.bytes, &gather->usage, &gather->is_behind);
	return add_piece(gather, &piece);
}

int
model_gather_end(struct model_gather *gather)
{
	struct model_piece piece;

	return model_normal_end(&gather->normal, &piece) ? add_piece(gather, &piece) : 0;
}

int
model_gather_whole(struct model_gather *gather, const struct bh_json *answer)
{
	struct model_piece piece = {0};
	int rc = model_normal_whole(&gather->normal, answer, &piece);

	if (rc < 0)
		return rc;
	gather->error = piece.error;
	model_usage_read(answer, &gather->usage);
	return add_piece(gather, &piece);
}

void
model_gather_write(const struct model_gather *gather, const struct model_answer_head *head,
	const struct model_usage *usage, struct bh_buf *out)
{
	struct model_answer_call calls[MODEL_CALLS_MOST];
	BH_AUTO(bh_buf_close) struct bh_buf logprobs = {0};
	/* Text is "" rather than null, unless something else stands in its place. */
	bool is_text = gather->content.len > 0 || (gather->n_calls == 0 && gather->refusal.len == 0);
	struct model_choice choice = {
		.content = is_text ? bh_buf_string(&gather->content) : NULL,
		.refusal = gather->refusal.len > 0 ? gather->refusal.data : NULL,
		.calls = calls,
		.n_calls = gather->n_calls,
		.has_calls = gather->n_calls > 0,
		.finish = gather->finish != NULL ? gather->finish : "stop",
	};

	for (size_t i = 0; i < gather->n_calls; i++)
		calls[i] = (struct model_answer_call){bh_buf_string(&gather->calls[i].id),
			bh_buf_string(&gather->calls[i].name), bh_buf_string(&gather->calls[i].arguments)};
	if (gather->logprobs.len > 0) {
		bh_buf_printf(&logprobs, "{\"content\":[%s],\"refusal\":null}", gather->logprobs.data);
		choice.logprobs = logprobs.data;
	}
	model_chat_answer(&choice, head, usage, out);
}

void
model_gather_empty(struct model_gather *gather, const char *finish)
{
	bh_buf_reset(&gather->content);
	bh_buf_reset(&gather->refusal);
	bh_buf_reset(&gather->logprobs);
	gather->n_calls = 0;
	gather->finish = finish;
}

void
model_gather_close(struct model_gather *gather)
{
	model_normal_close(&gather->normal);
	bh_buf_close(&gather->content);
	bh_buf_close(&gather->refusal);
	bh_buf_close(&gather->logprobs);
	for (size_t i = 0; i < gather->n_calls; i++) {
		bh_buf_close(&gather->calls[i].id);
		bh_buf_close(&gather->calls[i].name);
		bh_buf_close(&gather->calls[i].arguments);
	}
	*gather = (struct model_gather){0};
}
