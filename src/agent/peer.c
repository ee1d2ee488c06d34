/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c: JSON calls to the model and rag services, and what their refusals mean here. */
#include "agent/peer.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

enum { DIMENSIONS_MAX = 16000 };

/* A model as its service describes it. */
struct described {
	struct agent_model model;
	const char *kind, *excerpts;
};

static const struct bh_field model_fields[] = {
	{"id", BH_FIELD_TEXT, offsetof(struct described, model.id), BH_REQUIRED},
	{"kind", BH_FIELD_TEXT, offsetof(struct described, kind), BH_REQUIRED},
	{"managed", BH_FIELD_BOOL, offsetof(struct described, model.managed)},
	{"vision", BH_FIELD_BOOL, offsetof(struct described, model.vision)},
	{"excerpts", BH_FIELD_TEXT, offsetof(struct described, excerpts)},
	{"reads", BH_FIELD_INT, offsetof(struct described, model.reads)},
	{"writes", BH_FIELD_INT, offsetof(struct described, model.writes)},
	{"context", BH_FIELD_INT, offsetof(struct described, model.context)},
	{"max_output", BH_FIELD_INT, offsetof(struct described, model.max_output)},
	{"*", BH_FIELD_IGNORED},
};

int
agent_peer_model(const struct bh_peer *peer, const char *name, struct agent_model *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct bh_peer_call call = {.service = "model"};
	struct described found = {.excerpts = "passages"};
	int rc;

	bh_buf_text(&path, "/internal/models/");
	bh_text_url(&path, name);
	call.path = bh_buf_string(&path);
	rc = bh_peer_ask(peer, &call, &doc);
	if (rc == BH_E_NOT_FOUND || rc == BH_E_MODEL_NOT_FOUND)
		return bh_error_param(BH_E_MODEL_NOT_FOUND, "model", "%s",
			rc == BH_E_MODEL_NOT_FOUND && bh_error_detail(rc)[0] != '\0'
				? bh_error_detail(rc)
				: "The model does not exist or you do not have access to it.");
	if (rc < 0)
		return rc;
	if (bh_fields_read(NULL, doc.root, BH_LIST(model_fields), "", &found) < 0)
		return bh_error(BH_E_PROTOCOL, "the model service described a model without an id or kind");
	found.model.id = bh_arena_strdup(peer->arena, found.model.id);
	found.model.is_chat = strcmp(found.kind, "chat") == 0;
	found.model.sentences = strcmp(found.excerpts, "sentences") == 0;
	*out = found.model;
	return 0;
}

/* Texts for a model, and the queries of a search. */
struct texts {
	const char *model;
	const char *const *list;
	size_t n;
	int64_t expand_tokens;
};

static const struct bh_field text_row = {"", BH_FIELD_TEXT};

#define LIST 0, BH_ELEMENTS(struct texts, list, n, &text_row)

static const struct bh_field texts_fields[] = {
	{"model", BH_FIELD_TEXT, offsetof(struct texts, model)},
	{"input", BH_FIELD_ARRAY, offsetof(struct texts, list), LIST},
};

static const struct bh_field expand_fields[] = {
	{"expand_tokens", BH_FIELD_INT, offsetof(struct texts, expand_tokens)},
};

static const struct bh_field queries_fields[] = {
	{"queries", BH_FIELD_ARRAY, offsetof(struct texts, list), LIST},
	{"bulkhead", BH_FIELD_OBJECT, BH_FIELDS(expand_fields)},
};

static void
write_texts(struct bh_buf *body, const char *model, const char *const *list, size_t n)
{
	struct bh_write write = {.out = body};

	bh_fields_write(&write, BH_LIST(texts_fields), &(struct texts){model, list, n});
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
agent_peer_search(const struct bh_peer *peer, const struct agent_tool *tool,
	const char *const *list, size_t n, int64_t expand_tokens, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_peer_call call = {.service = "rag", .path = "/internal/search", .body = &body};
	const struct texts queries = {.list = list, .n = n, .expand_tokens = expand_tokens};
	struct bh_write write = {.out = &body};

	bh_write_object(&write);
	agent_tools_search(tool, &write);
	bh_fields_write_members(&write, BH_LIST(queries_fields), &queries);
	bh_write_end(&write);
	return bh_peer_ask(peer, &call, out);
}
