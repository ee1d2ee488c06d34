/* peer.c: JSON calls to the model and rag services, and what their refusals mean here. */
#include "agent/peer.h"

#include <string.h>

#include "base/error.h"
#include "json/fields.h"

enum {
	FIRST_BYTE_MS = 60000,
	IDLE_MS = 30000,
	ANSWER_MAX = 16 * 1024 * 1024,
	DIMENSIONS_MAX = 16000
};

/* The error of a refusal: ours where the code is one of ours, with the peer's sentence and field. */
int
agent_peer_refusal(int status, const struct bh_json *answer)
{
	const struct bh_json *error = bh_json_get(answer, "error");
	const char *code = bh_json_string(bh_json_get(error, "code"));
	const char *message = bh_json_string(bh_json_get(error, "message"));
	const char *param = bh_json_string(bh_json_get(error, "param"));
	int number = BH_E_UNAVAILABLE;

	if (code != NULL && status < 500) {
		for (number = BH_E_FIRST + 1; number < BH_E_LAST; number++) {
			const struct bh_error_row *row = bh_error_row(number);

			if (row->status > 0 && strcmp(row->code, code) == 0)
				break;
		}
		if (number == BH_E_LAST)
			number = status == 404 ? BH_E_NOT_FOUND : BH_E_INVALID;
	} else if (status == 502) {
		number = BH_E_UPSTREAM;
	} else if (status == 504) {
		number = BH_E_UPSTREAM_TIMEOUT;
	} else if (status == 500) {
		number = BH_E_INTERNAL;
	}
	/* A token of ours that is refused is our trouble, not the client's. */
	if (number == BH_E_UNAUTHENTICATED || number == BH_E_FORBIDDEN || number == BH_E_NO_ROUTE)
		return bh_error(BH_E_INTERNAL, "a service refused our own credential or path: %d", status);
	if (message == NULL)
		message = bh_error_row(number)->sentence;
	return param != NULL ? bh_error_param(number, param, "%.400s", message)
						 : bh_error(number, "%.400s", message);
}

static int
ask(const struct agent_peer *peer, const char *name, const char *scope, const char *method,
	const char *path, const struct bh_buf *body, struct bh_json_doc *out)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_onward onward = peer->onward;
	struct bh_json_doc doc = {0};
	struct bh_http_call call = {
		.method = method,
		.path = path,
		.body = body != NULL ? body->data : NULL,
		.body_len = body != NULL ? body->len : 0,
		.first_byte_ms = FIRST_BYTE_MS,
		.idle_ms = IDLE_MS,
		.watch_fd = peer->watch_fd,
		.cancel = peer->cancel,
		.repeatable = true,
	};
	int rc;

	onward.scope = scope;
	rc = bh_onward_call(peer->runtime, name, &onward, &call, &reply);
	if (rc == BH_E_CONNECT)
		return bh_error(BH_E_UNAVAILABLE, "the %s service cannot be reached", name);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, ANSWER_MAX, &text);
	if (rc < 0)
		return rc;
	rc = bh_json_parse(bh_buf_string(&text), text.len, &doc);
	if (reply.status != 200) {
		rc = agent_peer_refusal(reply.status, doc.root);
		bh_json_close(&doc);
		return rc;
	}
	if (rc < 0)
		return bh_error(BH_E_PROTOCOL, "the %s service's answer is no JSON", name);
	*out = doc;
	return 0;
}

int
agent_peer_model(const struct agent_peer *peer, const char *name, struct agent_model *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct agent_model model = {0};
	const char *id, *kind;
	int rc;

	bh_buf_text(&path, "/internal/models/");
	for (const char *at = name; *at != '\0'; at++) {
		if (strchr("/?#%+ ", *at) != NULL || (unsigned char)*at < 0x21 || (unsigned char)*at > 0x7e)
			bh_buf_printf(&path, "%%%02X", (unsigned)(unsigned char)*at);
		else
			bh_buf_char(&path, *at);
	}
	rc = ask(peer, "model", "internal:model", "GET", bh_buf_string(&path), NULL, &doc);
	if (rc == BH_E_NOT_FOUND || rc == BH_E_MODEL_NOT_FOUND)
		return bh_error_param(BH_E_MODEL_NOT_FOUND, "model", "%s",
			bh_error_detail(rc)[0] != '\0' ? bh_error_detail(rc)
										   : "The model does not exist or is not yours to use.");
	if (rc < 0)
		return rc;
	id = bh_json_string(bh_json_get(doc.root, "id"));
	kind = bh_json_string(bh_json_get(doc.root, "kind"));
	if (id == NULL || kind == NULL)
		return bh_error(BH_E_PROTOCOL, "the model service describes a model without id or kind");
	model.id = bh_arena_strdup(peer->arena, id);
	model.is_chat = strcmp(kind, "chat") == 0;
	(void)bh_json_bool(bh_json_get(doc.root, "managed"), &model.managed);
	(void)bh_json_int(bh_json_get(doc.root, "context"), &model.context);
	(void)bh_json_int(bh_json_get(doc.root, "max_output"), &model.max_output);
	*out = model;
	return 0;
}

static void
write_texts(struct bh_buf *body, const char *model, const char *const *texts, size_t n)
{
	struct bh_write write = {.out = body};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", model);
	bh_write_name(&write, "input");
	bh_write_array(&write);
	for (size_t i = 0; i < n; i++)
		bh_write_text(&write, texts[i]);
	bh_write_end(&write);
	bh_write_end(&write);
}

int
agent_peer_tokens(const struct agent_peer *peer, const char *model, const char *const *texts,
	size_t n, int64_t *out_counts)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_json *counts;
	int rc;

	write_texts(&body, model, texts, n);
	rc = ask(peer, "model", "internal:model", "POST", "/internal/tokenize", &body, &doc);
	if (rc < 0)
		return rc;
	counts = bh_json_get(doc.root, "counts");
	if (bh_json_count(counts) != n)
		return bh_error(BH_E_PROTOCOL, "the model service counted another number of texts");
	for (size_t i = 0; i < n; i++) {
		if (!bh_json_int(bh_json_at(counts, i), &out_counts[i]))
			return bh_error(BH_E_PROTOCOL, "the model service's counts are no integers");
	}
	return 0;
}

int
agent_peer_vectors(const struct agent_peer *peer, const char *model, const char *const *texts,
	size_t n, float **out, size_t *out_dimensions)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_json *data;
	size_t dimensions;
	float *floats;
	int rc;

	write_texts(&body, model, texts, n);
	rc = ask(peer, "model", "internal:model", "POST", "/internal/v1/embeddings", &body, &doc);
	if (rc < 0)
		return rc;
	data = bh_json_get(doc.root, "data");
	dimensions = bh_json_count(bh_json_get(bh_json_at(data, 0), "embedding"));
	if (bh_json_count(data) != n || dimensions == 0 || dimensions > DIMENSIONS_MAX)
		return bh_error(BH_E_PROTOCOL, "the model service sent other vectors than asked for");
	floats = bh_arena_array(peer->arena, n * dimensions, sizeof(*floats));
	for (size_t i = 0; i < n * dimensions; i++) {
		const struct bh_json *vector = bh_json_get(bh_json_at(data, i / dimensions), "embedding");
		double value;

		if (!bh_json_number(bh_json_at(vector, i % dimensions), &value))
			return bh_error(BH_E_PROTOCOL, "the model service's vector holds no numbers");
		floats[i] = (float)value;
	}
	*out = floats;
	*out_dimensions = dimensions;
	return 0;
}

int
agent_peer_search(const struct agent_peer *peer, const struct bh_json *tool, const char *query,
	struct bh_json_doc *out)
{
	static const char *const members[] = {"max_num_results", "filters", "ranking_options"};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	bh_write_object(&write);
	bh_write_pair_json(&write, "vector_store_ids", bh_json_get(tool, "vector_store_ids"));
	bh_write_name(&write, "queries");
	bh_write_array(&write);
	if (query != NULL)
		bh_write_text(&write, query);
	bh_write_end(&write);
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		const struct bh_json *value = bh_json_get(tool, members[i]);

		if (value != NULL && bh_json_kind(value) != BH_JSON_NULL)
			bh_write_pair_json(&write, members[i], value);
	}
	bh_write_end(&write);
	return ask(peer, "rag", "internal:rag", "POST", "/internal/search", &body, out);
}
