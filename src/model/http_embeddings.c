/* SPDX-License-Identifier: Apache-2.0 */
/* http_embeddings.c: POST /v1/embeddings. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "json/fields.h"
#include "model/chat.h"
#include "model/embed_text.h"
#include "model/http.h"
#include "model/meter.h"
#include "model/place.h"
#include "model/upstream.h"
#include "sec/digest.h"
#include "service/list.h"
#include "service/entitle.h"
#include "service/request.h"

enum {
	INPUTS_MAX = 2048,
	INPUT_BYTES_MAX = 512 * 1024,
	PIECE_TOKENS_ENGINE = 64, /* about 40 ms of two cores */
	PIECE_TOKENS_PROVIDER = 8192
};

struct text {
	const char *data; /* the request's arena */
	size_t len;
};

/* Texts [first, first + count) of one request. */
struct piece {
	size_t first, count;
	int64_t tokens;
};

struct embedding {
	const char *model;
	const struct bh_json *input;
	int encoding_format; /* 1: base64 */
	int64_t dimensions;
	bool has_dimensions;
	bool base64;
	size_t count;     /* inputs */
	int64_t estimate; /* tokens */
	struct text *texts;
};

#define AT(member) offsetof(struct embedding, member)
#define SET(member) BH_SET(struct embedding, member)

static const struct bh_field fields[] = {
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED, 1, 256},
	{"input", BH_FIELD_ANY, AT(input), BH_REQUIRED},
	{"encoding_format", BH_FIELD_ENUM, AT(encoding_format), BH_NULLABLE, .words = "float base64"},
	{"dimensions", BH_FIELD_INT, AT(dimensions), BH_NULLABLE, 1, 100000,
		.set = SET(has_dimensions)},
	{"user", BH_FIELD_IGNORED},
};

const struct bh_shape model_embedding_create = BH_SHAPE("EmbeddingCreate", struct embedding,
	fields);

/* About four bytes make one. */
static int64_t
text_tokens(size_t len)
{
	return (int64_t)len / 4 + 2;
}

static const struct bh_json *
input_at(const struct embedding *want, size_t i)
{
	return bh_json_kind(want->input) == BH_JSON_ARRAY ? bh_json_at(want->input, i) : want->input;
}

static int
inputs_check(struct embedding *want)
{
	bool array = bh_json_kind(want->input) == BH_JSON_ARRAY;
	char param[32];

	want->count = array ? bh_json_count(want->input) : 1;
	if (want->count < 1 || want->count > INPUTS_MAX)
		return bh_error_param(BH_E_RANGE, "input", "'input' must have between 1 and %d texts.",
			INPUTS_MAX);
	for (size_t i = 0; i < want->count; i++) {
		const struct bh_json *input = input_at(want, i);
		enum bh_json_kind kind = bh_json_kind(input);
		size_t len = bh_json_string_len(input);

		if (kind == BH_JSON_INT || kind == BH_JSON_ARRAY)
			return bh_error_param(BH_E_UNSUPPORTED, "input",
				"Token ids are not supported, because they depend on the vocabulary of the model. "
				"Send text. With LangChain, set check_embedding_ctx_length=False.");
		snprintf(param, sizeof(param), array ? "input.%zu" : "input", i);
		if (kind != BH_JSON_STRING)
			return bh_error_param(BH_E_TYPE, param,
				"'input' must be a string or an array of strings.");
		if (len == 0 || len > INPUT_BYTES_MAX)
			return bh_error_param(BH_E_RANGE, param, "A text must have between 1 and %d bytes.",
				INPUT_BYTES_MAX);
		want->estimate += text_tokens(len);
	}
	return 0;
}

static int
read_request(struct bh_request *req, struct embedding *out)
{
	struct embedding want = {0};
	int rc = bh_request_object(req, &model_embedding_create, &want);

	if (rc < 0)
		return rc;
	want.base64 = want.encoding_format == 1;
	rc = inputs_check(&want);
	if (rc < 0)
		return rc;
	*out = want;
	return 0;
}

/* Nothing is embedded past the model's limit: the engine would refuse the whole batch or, worse, a
 * provider cut it silently. Texts that cannot be too long are not counted. */
static int
length_check(struct bh_request *req, const struct model_entry *entry, const char *text, size_t len,
	size_t index)
{
	int64_t tokens = 0;
	char param[32];
	int rc;

	if (!entry->managed || entry->context == 0 || (int64_t)len + 2 <= entry->context)
		return 0;
	rc = model_place_tokenize(req, entry, text, len, &tokens);
	if (rc < 0 || tokens <= entry->context)
		return rc;
	snprintf(param, sizeof(param), "input.%zu", index);
	return bh_error_param(BH_E_CONTEXT_LENGTH, param,
		"The text has %lld tokens; the model accepts at most %lld.", (long long)tokens,
		(long long)entry->context);
}

/* The texts as the model reads them, each checked against its length. */
static int
prepare(struct bh_request *req, const struct model_entry *entry, struct embedding *want)
{
	struct bh_buf text = {0};
	int rc = 0;

	want->texts = bh_arena_array(req->arena, want->count, sizeof(*want->texts));
	for (size_t i = 0; rc == 0 && i < want->count; i++) {
		const struct bh_json *input = input_at(want, i);

		bh_buf_reset(&text);
		model_embed_text(entry->text_form, bh_json_string(input), bh_json_string_len(input), &text);
		want->texts[i].data = bh_arena_copy(req->arena, bh_buf_string(&text), text.len);
		want->texts[i].len = text.len;
		rc = length_check(req, entry, want->texts[i].data, text.len, i);
	}
	bh_buf_close(&text);
	return rc;
}

/* As many texts as one call of the engine takes, so that a neighbour's text passes between two of them. An
 * engine of our own reads one text after the other, a provider all at once. */
static struct piece
next_piece(const struct model_entry *entry, const struct embedding *want, size_t first)
{
	int64_t most = entry->managed ? PIECE_TOKENS_ENGINE : PIECE_TOKENS_PROVIDER;
	struct piece piece = {.first = first};

	while (first + piece.count < want->count) {
		int64_t tokens = text_tokens(want->texts[first + piece.count].len);

		if (piece.count > 0 && piece.tokens + tokens > most && model_place_is_bounded(entry))
			break;
		piece.tokens += tokens;
		piece.count++;
	}
	return piece;
}

static void
write_request(const struct model_entry *entry, const struct embedding *want,
	const struct piece *piece, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", entry->upstream_name);
	bh_write_pair_text(&write, "encoding_format", want->base64 ? "base64" : "float");
	bh_write_name(&write, "input");
	bh_write_array(&write);
	for (size_t i = piece->first; i < piece->first + piece->count; i++)
		bh_write_bytes(&write, want->texts[i].data, want->texts[i].len);
	bh_write_end(&write);
	bh_write_end(&write);
}

/* The vector as floats, from either form an engine sends. */
static int
read_floats(const struct bh_json *vector, struct bh_buf *out)
{
	const char *text = bh_json_string(vector);
	size_t len = bh_json_string_len(vector), bytes = 0;
	double value;

	if (text != NULL) {
		char *room = bh_buf_room(out, len);

		if (bh_base64_decode(text, len, room, len, &bytes) < 0 || bytes % sizeof(float) != 0)
			return bh_error(BH_E_VECTOR,
				"the upstream's vector is not valid base64 of 32-bit floats");
		out->len += bytes;
		return 0;
	}
	for (size_t i = 0; i < bh_json_count(vector); i++) {
		float single;

		if (!bh_json_number(bh_json_at(vector, i), &value))
			return bh_error(BH_E_VECTOR,
				"the upstream's vector has an element that is not a number");
		single = (float)value;
		bh_buf_add(out, &single, sizeof(single));
	}
	return 0;
}

/* A vector of another length, or with what is no number, would poison whatever it is compared with. */
static int
check_floats(const struct bh_buf *floats, int64_t dimensions)
{
	size_t count = floats->len / sizeof(float);

	if (count == 0 || (dimensions > 0 && count != (size_t)dimensions))
		return bh_error(BH_E_VECTOR, "the upstream's vector has %zu dimensions", count);
	for (size_t i = 0; i < count; i++) {
		float single;

		memcpy(&single, floats->data + i * sizeof(single), sizeof(single));
		if (!isfinite(single))
			return bh_error(BH_E_VECTOR, "the upstream's vector is not finite");
	}
	return 0;
}

/* A vector in the form the client asked for; providers that know only arrays are converted. */
static int
write_vector(struct bh_write *write, const struct bh_json *vector, const struct model_entry *entry,
	bool base64)
{
	BH_AUTO(bh_buf_close) struct bh_buf floats = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	bool is_text = bh_json_kind(vector) == BH_JSON_STRING;
	int rc;

	if (is_text && !base64)
		return bh_error(BH_E_UPSTREAM, "the upstream sent base64 that was not requested");
	rc = read_floats(vector, &floats);
	if (rc == 0)
		rc = check_floats(&floats, entry->dimensions);
	if (rc < 0)
		return rc;
	if (is_text == base64) {
		bh_write_json(write, vector);
		return 0;
	}
	bh_base64_encode(floats.data, floats.len, bh_buf_room(&text, floats.len * 2));
	bh_write_text(write, text.data);
	return 0;
}

/* Adds a piece's vectors to the answer's list. */
static int
write_vectors(struct bh_write *write, const struct bh_json *answer, const struct model_entry *entry,
	const struct embedding *want, const struct piece *piece)
{
	const struct bh_json *data = bh_json_get(answer, "data");
	int rc = 0;

	if (bh_json_count(data) != piece->count)
		return bh_error(BH_E_UPSTREAM, "the upstream returned the wrong number of vectors");
	for (size_t i = 0; rc == 0 && i < piece->count; i++) {
		const struct bh_json *item = bh_json_at(data, i);
		int64_t index = (int64_t)i;

		(void)bh_json_int(bh_json_get(item, "index"), &index);
		if (index != (int64_t)i)
			return bh_error(BH_E_UPSTREAM, "the upstream's vectors are out of order");
		bh_write_object(write);
		bh_write_pair_text(write, "object", "embedding");
		bh_write_pair_int(write, "index", (int64_t)piece->first + index);
		bh_write_name(write, "embedding");
		rc = write_vector(write, bh_json_get(item, "embedding"), entry, want->base64);
		if (rc == 0) /* else a name stands there without a value, and nobody writes on */
			bh_write_end(write);
	}
	return rc;
}

/* What is known of the pieces that were sent: each is paid once, and those that were not are not. */
struct bill {
	struct model_call *call; /* borrowed */
	int64_t sent;            /* tokens by our estimate */
	int64_t told;            /* the same, as the upstream says where it says so */
	bool reported;           /* it did of every piece */
};

/* Adds a piece that is about to be sent, or takes one away at which the engine did no work. */
static void
bill_piece(struct bill *bill, int64_t tokens)
{
	bill->sent += tokens;
	bill->told += tokens;
	model_call_estimate(bill->call, bill->sent);
}

/* What a piece took, as the upstream says or as we guess. Vectors are no output. */
static void
bill_answer(struct bill *bill, const struct bh_json *answer, const struct piece *piece,
	struct model_ticket *ticket)
{
	const struct model_seen seen = {.prompt_estimate = piece->tokens};
	struct model_usage usage = {0};

	model_usage_read(answer, &usage);
	usage.completion_tokens = usage.reasoning_tokens = usage.cached_tokens = 0;
	if (!model_usage_credible(&seen, &usage)) {
		bill->reported = false;
		return;
	}
	bill->told += usage.prompt_tokens - piece->tokens;
	ticket->used = usage.prompt_tokens;
}

static void
bill_end(const struct bill *bill, struct model_outcome *outcome)
{
	const struct model_seen seen = {.prompt_estimate = bill->sent};
	const struct model_usage told = {.present = true, .prompt_tokens = bill->told};

	outcome->refused = bill->sent == 0;
	if (bill->reported)
		outcome->usage = told;
	else if (model_usage_credible(&seen, &told))
		model_call_estimate(bill->call, bill->told);
}

/* Sends one piece, for which there is a place, and adds its vectors. */
static int
embed_piece(struct bh_request *req, const struct model_entry *entry, const struct embedding *want,
	const struct piece *piece, struct model_ticket *ticket, struct bill *bill,
	struct bh_write *write)
{
	struct model *model = req->service;
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int rc;

	write_request(entry, want, piece, &body);
	bill_piece(bill, piece->tokens);
	rc = model_upstream_post(model, entry, "/v1/embeddings", &body, bh_http_client_fd(req->http), 0,
		&reply);
	if (rc == BH_E_UNAVAILABLE || (rc < 0 && !reply.sent) || (rc == 0 && reply.status != 200))
		bill_piece(bill, -piece->tokens);
	else if (rc < 0)
		bill->reported = false;
	if (rc < 0)
		return rc;
	if (reply.status != 200)
		return model_upstream_refusal(req, entry, &reply, NULL);
	rc = bh_request_answer(req, &reply, (size_t)model->conf.answer_bytes_max, &doc);
	if (rc < 0) {
		bill->reported = false;
		return rc == BH_E_GONE
			? rc
			: bh_error(BH_E_UPSTREAM, "the upstream's response is incomplete or not valid JSON");
	}
	bill_answer(bill, doc.root, piece, ticket);
	return write_vectors(write, doc.root, entry, want, piece);
}

/* All pieces; `ticket` holds the first one's place, the others wait for theirs. Money is reserved for all of
 * them: one call pays once. */
static int
embed(struct bh_request *req, const struct model_entry *entry, const struct embedding *want,
	struct model_ticket *ticket, struct bill *bill, struct bh_write *write)
{
	struct piece piece = next_piece(entry, want, 0);
	int64_t waited_ms = 0;
	int rc;

	for (;;) {
		waited_ms += ticket->waited_ms;
		rc = embed_piece(req, entry, want, &piece, ticket, bill, write);
		model_ticket_close(ticket);
		if (rc < 0 || piece.first + piece.count == want->count)
			break;
		piece = next_piece(entry, want, piece.first + piece.count);
		rc = model_place_take(req, entry, piece.tokens, ticket);
		if (rc < 0)
			break;
	}
	if (waited_ms > 0)
		bh_audit_int(&req->audit, "queued_ms", waited_ms);
	return rc;
}

static void
write_tail(struct bh_write *write, const struct model_entry *entry, int64_t tokens)
{
	bh_write_end(write);
	bh_write_pair_text(write, "model", entry->name);
	bh_write_name(write, "usage");
	bh_write_object(write);
	bh_write_pair_int(write, "prompt_tokens", tokens);
	bh_write_pair_int(write, "total_tokens", tokens);
	bh_write_end(write);
	bh_write_end(write);
}

int
model_http_embedding_create(struct bh_request *req)
{
	struct model *model = req->service;
	BH_AUTO(model_ticket_close) struct model_ticket ticket = {0};
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	struct model_outcome outcome = {.status = METER_OK};
	struct model_call call = {0};
	struct bill bill = {.call = &call, .reported = true};
	struct model_entry entry = {0};
	struct embedding want = {0};
	int rc = read_request(req, &want);

	if (rc == 0)
		rc = model_catalog_find(model, req->db, &req->tenant, want.model, MODEL_EMBEDDING, &entry);
	if (rc == 0)
		rc = bh_entitle_model(&req->claims, entry.name);
	if (rc == 0 && want.has_dimensions && want.dimensions != entry.dimensions)
		rc = bh_error_param(BH_E_INVALID, "dimensions",
			"'dimensions' must be absent or match model '%s', which has %lld.", entry.name,
			(long long)entry.dimensions);
	if (rc == 0)
		rc = prepare(req, &entry, &want);
	if (rc == 0)
		rc = model_place_take(req, &entry, next_piece(&entry, &want, 0).tokens, &ticket);
	if (rc == 0)
		rc = model_call_begin(req, &entry, want.estimate, 0, 0, &call);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);

	bh_list_begin(&write);
	rc = embed(req, &entry, &want, &ticket, &bill, &write);
	bill_end(&bill, &outcome);
	if (rc < 0)
		outcome.status = rc == BH_E_GONE ? METER_CUT : METER_FAILED;
	else
		write_tail(&write, &entry, model_call_usage(&call, &outcome).prompt_tokens);
	model_call_end(&call, &outcome);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_json(req, 200, &out);
}
