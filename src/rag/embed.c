/* SPDX-License-Identifier: Apache-2.0 */
/* embed.c: three calls to the model service. */
#include "rag/embed.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"
#include "json/json.h"
#include "sec/digest.h"

enum {
	FIRST_BYTE_MS = 120000,
	ANSWER_MAX = 32 * 1024 * 1024,
	CONTEXT_MAX = 1000000,
	DIMENSIONS_MAX = 16000
};

/* A refusal in the words of a vector store, whose client has not named the model. Trouble on the other side
 * is worth another attempt, whatever it is. */
static int
refusal(int status, int rc)
{
	switch (rc) {
	case BH_E_VECTOR:
		return bh_error(rc, "The embedding model returned an unusable vector.");
	case BH_E_CONTEXT_LENGTH:
		return bh_error(rc, "%s", bh_error_row(rc)->sentence);
	case BH_E_UNSUPPORTED:
		return bh_error(rc, "The model does not support this operation.");
	case BH_E_OVER_BUDGET:
		return bh_error(rc, "The tenant's budget for the embedding model is exhausted.");
	default:
		break;
	}
	/* What the tenant's plan does not include is said as it was said to us. */
	if (status == 403 && rc != BH_E_INTERNAL)
		return rc;
	if (status == 404)
		return bh_error(BH_E_MODEL_NOT_FOUND,
			"The embedding model of this vector store does not exist.");
	if (status == 429)
		return bh_error(BH_E_RATE_LIMITED, "The rate limit of the embedding model was reached.");
	return bh_error(status >= 500 ? BH_E_UNAVAILABLE : BH_E_INTERNAL,
		"the model service returned HTTP status %d: %s", status, bh_error_detail(rc));
}

static int
ask(const struct rag_embed_call *call, const char *path, const struct bh_buf *body,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	const struct bh_peer_call question = {
		.service = "model",
		.path = path,
		.body = body,
		.first_byte_ms = FIRST_BYTE_MS,
		.answer_max = ANSWER_MAX,
	};
	int rc = bh_peer_open(&call->peer, &question, &reply);

	if (rc < 0)
		return rc;
	rc = bh_peer_read(&question, &reply, out);
	return rc < 0 && reply.status != 200 && rc != BH_E_GONE && rc != BH_E_CANCELLED
		? refusal(reply.status, rc)
		: rc;
}

int
rag_embed_model(const struct rag_embed_call *call, struct rag_embed_model *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct rag_embed_model model = {0};
	int rc;

	bh_buf_text(&path, "/internal/models/");
	bh_text_url(&path, call->model);
	rc = ask(call, bh_buf_string(&path), NULL, &doc);
	if (rc < 0)
		return rc;
	if (!bh_json_int(bh_json_get(doc.root, "dimensions"), &model.dimensions) ||
		!bh_json_int(bh_json_get(doc.root, "context"), &model.context) || model.dimensions < 1 ||
		model.dimensions > DIMENSIONS_MAX || model.context < 32 || model.context > CONTEXT_MAX)
		return bh_error(BH_E_PROTOCOL,
			"the model service did not report dimensions or a context length");

	*out = model;
	return 0;
}

static void
write_texts(struct bh_buf *body, const char *model, const char *const *texts, size_t n,
	bool vectors)
{
	struct bh_write write = {.out = body};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", model);
	if (vectors)
		bh_write_pair_text(&write, "encoding_format", "base64");
	bh_write_name(&write, "input");
	bh_write_array(&write);
	for (size_t i = 0; i < n; i++)
		bh_write_text(&write, texts[i]);
	bh_write_end(&write);
	bh_write_end(&write);
}

/* For models whose tokenizer is not at hand: about three bytes a token, rather too many than too few. */
static void
estimate(const char *const *texts, size_t n, int64_t *out_counts)
{
	for (size_t i = 0; i < n; i++)
		out_counts[i] = (int64_t)strlen(texts[i]) / 3 + 2;
}

int
rag_embed_count(const struct rag_embed_call *call, const char *const *texts, size_t n,
	int64_t *out_counts)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_json *counts;
	int64_t *list = bh_arena_array(call->peer.arena, n, sizeof(*list));
	int rc;

	write_texts(&body, call->model, texts, n, false);
	rc = ask(call, "/internal/tokenize", &body, &doc);
	if (rc == BH_E_UNSUPPORTED) {
		estimate(texts, n, out_counts);
		return 0;
	}
	if (rc < 0)
		return rc;

	counts = bh_json_get(doc.root, "counts");
	if (bh_json_count(counts) != n)
		return bh_error(BH_E_PROTOCOL,
			"the model service returned the wrong number of token counts");
	for (size_t i = 0; i < n; i++)
		if (!bh_json_int(bh_json_at(counts, i), &list[i]) || list[i] < 0)
			return bh_error(BH_E_PROTOCOL,
				"the model service returned a token count that is not a number");
	memcpy(out_counts, list, n * sizeof(*list));
	return 0;
}

/* Standard base64 of little-endian floats. */
static int
decode_floats(struct bh_arena *arena, const char *text, size_t len, struct bh_floats *out)
{
	char *bytes = bh_arena_alloc(arena, len);
	size_t n = 0;

	if (bh_base64_decode(text, len, bytes, len, &n) < 0 || n == 0 || n % sizeof(float) != 0)
		return bh_error(BH_E_PROTOCOL,
			"the model service returned a vector that is not valid base64 of 32-bit floats");
	*out = (struct bh_floats){(const float *)(const void *)bytes, n / sizeof(float)};
	return 0;
}

static int
read_floats(struct bh_arena *arena, const struct bh_json *list, struct bh_floats *out)
{
	size_t n = bh_json_count(list), i;
	float *floats = bh_arena_array(arena, n + 1, sizeof(*floats));

	for (i = 0; i < n; i++) {
		double value;

		if (!bh_json_number(bh_json_at(list, i), &value))
			return bh_error(BH_E_PROTOCOL,
				"the model service returned a vector with an element that is not a number");
		floats[i] = (float)value;
	}
	*out = (struct bh_floats){floats, n};
	return 0;
}

/* To length 1, so that the inner product is the cosine. */
static int
normalise(struct bh_arena *arena, struct bh_floats *vector)
{
	float *floats = (float *)(void *)bh_arena_copy(arena, vector->data,
		vector->count * sizeof(float));
	double sum = 0;

	for (size_t i = 0; i < vector->count; i++)
		sum += (double)floats[i] * (double)floats[i];
	if (!isfinite(sum) || sum <= 0)
		return bh_error(BH_E_VECTOR,
			"The embedding model returned an unusable vector: all zeros or not finite.");
	for (size_t i = 0; i < vector->count; i++)
		floats[i] = (float)(floats[i] / sqrt(sum));
	vector->data = floats;
	return 0;
}

static int
read_vector(struct bh_arena *arena, const struct bh_json *item, struct bh_floats *out)
{
	const struct bh_json *value = bh_json_get(item, "embedding");
	int rc;

	if (bh_json_kind(value) == BH_JSON_STRING)
		rc = decode_floats(arena, bh_json_string(value), bh_json_string_len(value), out);
	else
		rc = read_floats(arena, value, out);
	return rc < 0 ? rc : normalise(arena, out);
}

int
rag_embed_vectors(const struct rag_embed_call *call, const char *const *texts, size_t n,
	struct bh_floats *out_vectors)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_floats *list = bh_arena_array(call->peer.arena, n, sizeof(*list));
	const struct bh_json *data;
	int rc;

	write_texts(&body, call->model, texts, n, true);
	rc = ask(call, "/internal/v1/embeddings", &body, &doc);
	if (rc < 0)
		return rc;

	data = bh_json_get(doc.root, "data");
	if (bh_json_count(data) != n)
		return bh_error(BH_E_PROTOCOL, "the model service returned the wrong number of vectors");
	for (size_t i = 0; i < n; i++) {
		const struct bh_json *item = bh_json_at(data, i);
		int64_t index = (int64_t)i;

		if (bh_json_int(bh_json_get(item, "index"), &index) && (index < 0 || index >= (int64_t)n))
			return bh_error(BH_E_PROTOCOL, "the model service returned vectors with wrong indexes");
		rc = read_vector(call->peer.arena, item, &list[index]);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].count == 0 || list[i].count != list[0].count)
			return bh_error(BH_E_PROTOCOL, "the model service's vectors differ in length");
	memcpy(out_vectors, list, n * sizeof(*list));
	return 0;
}
