/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c: JSON calls to the model and rag services, and what their refusals mean here. */
#include "agent/peer.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

enum { DIMENSIONS_MAX = 16000 };

int
agent_peer_model(const struct bh_peer *peer, const char *name, struct agent_model *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct bh_peer_call call = {.service = "model"};
	struct agent_model model = {0};
	const char *id, *kind;
	int rc;

	bh_buf_text(&path, "/internal/models/");
	bh_text_url(&path, name);
	call.path = bh_buf_string(&path);
	rc = bh_peer_ask(peer, &call, &doc);
	if (rc == BH_E_NOT_FOUND || rc == BH_E_MODEL_NOT_FOUND)
		return bh_error_param(BH_E_MODEL_NOT_FOUND, "model", "%s",
			bh_error_detail(rc)[0] != '\0'
				? bh_error_detail(rc)
				: "The model does not exist or you do not have access to it.");
	if (rc < 0)
		return rc;
	id = bh_json_string(bh_json_get(doc.root, "id"));
	kind = bh_json_string(bh_json_get(doc.root, "kind"));
	if (id == NULL || kind == NULL)
		return bh_error(BH_E_PROTOCOL, "the model service described a model without an id or kind");
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
agent_peer_tokens(const struct bh_peer *peer, const char *model, const char *const *texts, size_t n,
	int64_t *out_counts)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_peer_call call = {
		.service = "model",
		.path = "/internal/tokenize",
		.body = &body,
	};
	int64_t *list = bh_arena_array(peer->arena, n, sizeof(*list));
	const struct bh_json *counts;
	int rc;

	write_texts(&body, model, texts, n);
	rc = bh_peer_ask(peer, &call, &doc);
	if (rc < 0)
		return rc;
	counts = bh_json_get(doc.root, "counts");
	if (bh_json_count(counts) != n)
		return bh_error(BH_E_PROTOCOL,
			"the model service returned the wrong number of token counts");
	for (size_t i = 0; i < n; i++) {
		if (!bh_json_int(bh_json_at(counts, i), &list[i]))
			return bh_error(BH_E_PROTOCOL,
				"the model service returned a token count that is not an integer");
	}
	memcpy(out_counts, list, n * sizeof(*list));
	return 0;
}

int
agent_peer_vectors(const struct bh_peer *peer, const char *model, const char *const *texts,
	size_t n, float **out, size_t *out_dimensions)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_peer_call call = {
		.service = "model",
		.path = "/internal/v1/embeddings",
		.body = &body,
	};
	const struct bh_json *data;
	size_t dimensions;
	float *floats;
	int rc;

	write_texts(&body, model, texts, n);
	rc = bh_peer_ask(peer, &call, &doc);
	if (rc < 0)
		return rc;
	data = bh_json_get(doc.root, "data");
	dimensions = bh_json_count(bh_json_get(bh_json_at(data, 0), "embedding"));
	if (bh_json_count(data) != n || dimensions == 0 || dimensions > DIMENSIONS_MAX)
		return bh_error(BH_E_PROTOCOL,
			"the model service returned vectors that do not match the request");
	floats = bh_arena_array(peer->arena, n * dimensions, sizeof(*floats));
	for (size_t i = 0; i < n * dimensions; i++) {
		const struct bh_json *vector = bh_json_get(bh_json_at(data, i / dimensions), "embedding");
		double value;

		if (!bh_json_number(bh_json_at(vector, i % dimensions), &value))
			return bh_error(BH_E_PROTOCOL,
				"the model service returned a vector with an element that is not a number");
		floats[i] = (float)value;
	}
	*out = floats;
	*out_dimensions = dimensions;
	return 0;
}

int
agent_peer_search(const struct bh_peer *peer, const struct agent_tool *tool, const char *query,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_peer_call call = {.service = "rag", .path = "/internal/search", .body = &body};
	struct bh_write write = {.out = &body};

	bh_write_object(&write);
	agent_tools_search(tool, &write);
	bh_write_name(&write, "queries");
	bh_write_array(&write);
	if (query != NULL)
		bh_write_text(&write, query);
	bh_write_end(&write);
	bh_write_end(&write);
	return bh_peer_ask(peer, &call, out);
}
