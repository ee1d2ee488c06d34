/* SPDX-License-Identifier: Apache-2.0 */
/* upstream.c: one way out to every engine and provider. */
#include "model/upstream.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "json/fields.h"
#include "base/text.h"
#include "model/clients.h"
#include "model/refusal.h"
#include "model/moderation.h"
#include "model/rerank.h"
#include "sec/redact.h"
#include "sec/seal.h"
#include "service/request.h"

enum {
	ERROR_BYTES_MAX = 64 * 1024,
	PROBE_BYTES_MAX = 4 * 1024 * 1024,
	PLACES_AGE_MS = 30000,
	PLACES_WITHIN_MS = 2000,
	PLACES_MOST = 1024,
	UNAVAILABLE_MS = 2000, /* what a client waits when its engine does not say */
	RETRY_MOST_MS = 3600000
};

void
model_upstream_key_context(const struct model_entry *entry, char out[64])
{
	char id[BH_UUID_HEX];

	bh_uuid_hex(&entry->id, id);
	snprintf(out, 64, "model.key:%s", id);
}

/* Appends the upstream's key; nothing when it has none. */
static int
upstream_key(struct model *model, const struct model_entry *entry, struct bh_buf *out)
{
	char context[64];
	int rc;

	if (entry->sealed_key.len == 0)
		return 0;
	model_upstream_key_context(entry, context);
	rc = bh_unseal(&model->key_secret, context, entry->sealed_key.data, entry->sealed_key.len, out);
	if (rc < 0)
		return bh_error(BH_E_INTERNAL, "cannot decrypt the upstream key of model %s", entry->name);
	return 0;
}

static int
authorization(struct model *model, const struct model_entry *entry, struct bh_buf *out)
{
	if (entry->sealed_key.len == 0)
		return 0;
	bh_buf_text(out, "Bearer ");
	return upstream_key(model, entry, out);
}

/* An upstream's words for people, without its key; "" when they cannot be shown. */
static void
safe_words(struct model *model, const struct model_entry *entry, const char *words,
	struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf key = {0};

	if (words != NULL && upstream_key(model, entry, &key) == 0)
		bh_redact(words, strlen(words), key.data, key.len, out);
	if (key.len > 0)
		bh_wipe(key.data, key.len);
}

bool
model_upstream_is_v2(const struct model_entry *entry)
{
	size_t len = strlen(entry->url);

	return len > 3 && strcmp(entry->url + len - 3, "/v2") == 0;
}

const char *
model_upstream_rerank_path(const struct model_entry *entry)
{
	return model_upstream_is_v2(entry) ? "/rerank" : "/v1/rerank";
}

int
model_upstream_check(const char *url)
{
	const struct bh_http_client_conf conf = {.url = url};
	struct bh_http_client *client;
	int rc = bh_http_client_open(&conf, &client);

	if (rc == 0)
		bh_http_client_close(client);
	return rc;
}

/* What GET /props of a managed engine says; 0 when it does not. */
static size_t
ask_places(struct bh_http_client *client)
{
	const struct bh_http_call call = {
		.method = "GET",
		.path = "/props",
		.first_byte_ms = PLACES_WITHIN_MS,
		.idle_ms = PLACES_WITHIN_MS,
		.repeatable = true,
	};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int64_t places = 0;

	if (bh_http_call(client, &call, &reply) < 0 || reply.status != 200 ||
		bh_http_reply_body(&reply, PROBE_BYTES_MAX, &body) < 0 ||
		bh_json_parse(bh_buf_string(&body), body.len, &doc) < 0 ||
		!bh_json_int(bh_json_get(doc.root, "total_slots"), &places) || places < 1 ||
		places > PLACES_MOST)
		return 0;
	return (size_t)places;
}

size_t
model_upstream_places(struct model *model, const struct model_entry *entry)
{
	int64_t now_ms = bh_clock_steady_ms();
	struct bh_http_client *client;
	size_t places = 0;

	if (model_clients_places(model->clients, entry, now_ms, PLACES_AGE_MS, &places))
		return places;
	if (model_clients_get(model->clients, entry, now_ms, &client) < 0)
		return 1; /* the call itself will tell what is wrong */
	places = ask_places(client);
	bh_http_client_close(client);
	if (places > 0)
		model_clients_places_set(model->clients, entry, now_ms, places);
	else if (!model_clients_places(model->clients, entry, now_ms, INT64_MAX, &places))
		places = 1;
	return places;
}

bool
model_upstream_stands(struct model *model, const struct model_entry *entry)
{
	size_t places;

	(void)model_upstream_places(model, entry);
	return model_clients_places(model->clients, entry, bh_clock_steady_ms(), PLACES_AGE_MS,
		&places);
}

/* Adds the key and makes the call, whose headers have room for one more. */
static int
call_engine(struct model *model, const struct model_entry *entry, struct bh_http_call *call,
	struct bh_http_header *headers, struct bh_http_reply *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf key = {0};
	struct bh_http_client *client;
	int rc = authorization(model, entry, &key);

	if (rc == 0)
		rc = model_clients_get(model->clients, entry, bh_clock_steady_ms(), &client);
	if (rc < 0)
		return rc;
	if (key.len > 0)
		headers[call->n_headers++] = (struct bh_http_header){"authorization", key.data};
	rc = bh_http_call(client, call, out);
	bh_http_client_close(client);
	if (key.len > 0)
		bh_wipe(key.data, key.len);
	model_clients_note(model->clients, entry, bh_clock_wall_ms(), rc, rc == 0 ? out->status : 0);
	/* Our own engine that ended before a word of its answer is being started again. */
	if (rc == BH_E_CONNECT || (rc == BH_E_PROTOCOL && entry->managed))
		return bh_error(BH_E_UNAVAILABLE, "The engine of model '%s' is temporarily unavailable.",
			entry->name);
	if (rc == BH_E_PROTOCOL)
		return bh_error(BH_E_UPSTREAM, "the upstream of model %s violated the HTTP protocol",
			entry->name);
	return rc;
}

int
model_upstream_post(struct model *model, const struct model_entry *entry, const char *path,
	const struct bh_buf *body, int watch_fd, int64_t finish_ms, struct bh_http_reply *out)
{
	struct bh_http_header headers[3] = {
		{"content-type", "application/json"},
		{"accept", "application/json, text/event-stream"},
	};
	struct bh_http_call call = {
		.method = "POST",
		.path = path,
		.headers = headers,
		.n_headers = 2,
		.body = body->data,
		.body_len = body->len,
		.first_byte_ms = model->conf.first_byte_ms,
		.idle_ms = model->conf.idle_ms,
		.watch_fd = watch_fd,
		.linger_ms = finish_ms,
		/* A kept connection that the engine closed meanwhile has seen nothing of this request;
		 * the embedded engine closes its idle ones after 5 s. A provider may have worked. */
		.repeatable = entry->managed || entry->kind == MODEL_EMBEDDING ||
			entry->kind == MODEL_RERANK,
	};

	return call_engine(model, entry, &call, headers, out);
}

int
model_upstream_send(struct model *model, const struct model_entry *entry,
	const struct model_upload *upload, int watch_fd, struct bh_http_reply *out)
{
	struct bh_http_header headers[3] = {
		{"content-type", upload->content_type},
		{"accept", "application/json, text/event-stream"},
	};
	struct bh_http_call call = {
		.method = "POST",
		.path = upload->path,
		.headers = headers,
		.n_headers = 2,
		.body = upload->data,
		.body_len = upload->len,
		.body_fd = upload->fd,
		.first_byte_ms = model->conf.first_byte_ms,
		.idle_ms = model->conf.idle_ms,
		.watch_fd = watch_fd,
	};

	return call_engine(model, entry, &call, headers, out);
}

/* A provider's waiting time, within what clients accept; else `preset`. Seconds, as some write with a
 * decimal point; a date would need their clock and ours to agree. */
static void
pass_retry(struct bh_request *req, const struct bh_http_reply *reply, int64_t preset_ms)
{
	const char *ms = bh_http_reply_header(reply, "retry-after-ms");
	const char *s = bh_http_reply_header(reply, "retry-after");
	int64_t wait_ms = preset_ms;
	double seconds;
	char *end;

	if (ms != NULL && bh_text_int(ms, 0, RETRY_MOST_MS, &wait_ms) < 0)
		ms = NULL;
	if (ms == NULL && s != NULL && isdigit((unsigned char)s[0])) {
		seconds = strtod(s, &end);
		if (*end == '\0')
			wait_ms = seconds < RETRY_MOST_MS / 1000.0 ? (int64_t)(seconds * 1000) : RETRY_MOST_MS;
	}
	if (wait_ms >= 0 && !req->replied)
		bh_reply_retry_after(req, wait_ms);
}

int
model_upstream_error(struct model *model, const struct model_entry *entry,
	const struct bh_json *told)
{
	BH_AUTO(bh_buf_close) struct bh_buf reason = {0};
	BH_AUTO(bh_buf_close) struct bh_buf words = {0};
	const struct bh_json *error = model_refusal_object(told);
	const char *code = bh_json_get_string(error, "code");
	int64_t status = 0;

	if (!bh_json_int(bh_json_get(error, "code"), &status))
		(void)bh_json_int(bh_json_get(error, "status"), &status);
	model_refusal_reason(told, &reason);
	safe_words(model, entry, bh_buf_string(&reason), &words);
	if (model_refusal_is_client(status) || model_refusal_is_context(error, bh_buf_string(&words)))
		return model_refusal_client(error, bh_buf_string(&words));
	if (status == 429 || (code != NULL && strcmp(code, "rate_limit_exceeded") == 0))
		return bh_error(BH_E_UPSTREAM_LIMITED, "The model provider's rate limit was reached.");
	return bh_error(BH_E_UPSTREAM, "the upstream sent an error in place of an answer: %.300s",
		bh_buf_string(&words));
}

int
model_upstream_refusal(struct bh_request *req, const struct model_entry *entry,
	struct bh_http_reply *reply, enum model_unknown *out_unknown)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_buf_close) struct bh_buf reason = {0};
	BH_AUTO(bh_buf_close) struct bh_buf words = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *error;

	if (out_unknown != NULL)
		*out_unknown = 0;
	if (bh_http_reply_body(reply, ERROR_BYTES_MAX, &body) < 0)
		body.len = 0;
	if (reply->status == 429) {
		pass_retry(req, reply, -1);
		return bh_error(BH_E_UPSTREAM_LIMITED, "The model provider's rate limit was reached.");
	}
	if (reply->status == 503) {
		pass_retry(req, reply, UNAVAILABLE_MS);
		return bh_error(BH_E_UNAVAILABLE, "The model's engine is still loading.");
	}
	if (bh_json_parse(bh_buf_string(&body), body.len, &doc) == 0)
		model_refusal_reason(doc.root, &reason);
	else
		model_refusal_plain(&body, &reason);
	safe_words(req->service, entry, bh_buf_string(&reason), &words);
	if (model_refusal_is_client(reply->status)) {
		error = model_refusal_object(doc.root);
		if (out_unknown != NULL)
			*out_unknown = model_refusal_unknown(error, bh_buf_string(&words));
		return model_refusal_client(error, bh_buf_string(&words));
	}
	if (!req->replied)
		bh_reply_header(req, "x-should-retry", "false");
	return bh_error(BH_E_UPSTREAM, "the upstream returned HTTP status %d: %.300s", reply->status,
		bh_buf_string(&words));
}

/* What an operator needs to know: the upstream's own words and what they most likely mean. */
static int
probe_refused(struct model *model, const struct model_entry *entry, int status,
	const struct bh_buf *answer)
{
	BH_AUTO(bh_buf_close) struct bh_buf safe = {0};
	BH_AUTO(bh_buf_close) struct bh_buf reason = {0};
	struct bh_json_doc doc = {0};
	const char *hint = "";
	int rc;

	if (bh_json_parse(bh_buf_string(answer), answer->len, &doc) == 0)
		model_refusal_reason(doc.root, &reason);
	safe_words(model, entry, bh_buf_string(&reason), &safe);
	if (status == 401 || status == 403)
		hint = " Check the API key.";
	else if (status == 404)
		hint = " Check that the URL ends in /v1 and that the upstream has the model.";
	rc = bh_error(BH_E_UPSTREAM,
		"The upstream at %s returned HTTP status %d to a test call%s%.200s.%s", entry->url, status,
		safe.len > 0 ? ": " : "", bh_buf_string(&safe), hint);
	bh_json_close(&doc);
	return rc;
}

/* A small request of the entry's kind; returns the parsed answer. */
static int
probe_call(struct model *model, const struct model_entry *entry, const char *path,
	const char *body_text, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_buf_close) struct bh_buf answer = {0};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	int rc;

	bh_buf_text(&body, body_text);
	rc = model_upstream_post(model, entry, path, &body, -1, 0, &reply);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, PROBE_BYTES_MAX, &answer);
	if (rc < 0)
		return bh_error(BH_E_UPSTREAM, "The upstream at %s did not respond: %s.", entry->url,
			bh_error_detail(rc)[0] != '\0' ? bh_error_detail(rc) : bh_error_row(rc)->sentence);
	if (reply.status != 200)
		return probe_refused(model, entry, reply.status, &answer);
	rc = bh_json_parse(bh_buf_string(&answer), answer.len, out);
	if (rc < 0)
		return bh_error(BH_E_UPSTREAM, "The upstream at %s did not respond with JSON.", entry->url);
	return 0;
}

/* ---- the small request of each kind ---- */

static int
probe_chat(struct model *model, struct bh_arena *arena, struct model_entry *entry, const char *name)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *choice;
	int rc = probe_call(model, entry, "/v1/chat/completions",
		bh_arena_printf(arena,
			"{\"model\":%s,\"max_tokens\":1,\"messages\":"
			"[{\"role\":\"user\",\"content\":\"Hi\"}]}",
			name),
		&doc);

	if (rc < 0)
		return rc;
	choice = bh_json_at(bh_json_get(doc.root, "choices"), 0);
	if (bh_json_kind(bh_json_get(choice, "message")) != BH_JSON_OBJECT)
		return bh_error(BH_E_UPSTREAM, "The upstream at %s did not respond like a chat model.",
			entry->url);
	return 0;
}

static int
probe_embedding(struct model *model, struct bh_arena *arena, struct model_entry *entry,
	const char *name)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *vector;
	int64_t dimensions;
	int rc = probe_call(model, entry, "/v1/embeddings",
		bh_arena_printf(arena, "{\"model\":%s,\"input\":[\"probe\"],\"encoding_format\":\"float\"}",
			name),
		&doc);

	if (rc < 0)
		return rc;
	vector = bh_json_get(bh_json_at(bh_json_get(doc.root, "data"), 0), "embedding");
	dimensions = (int64_t)bh_json_count(vector);
	if (dimensions == 0 || (entry->dimensions != 0 && entry->dimensions != dimensions))
		return bh_error(BH_E_UPSTREAM,
			"The upstream at %s did not respond like an embedding model.", entry->url);
	entry->dimensions = dimensions;
	return 0;
}

/* Of these documents one answers and the others do not, so that logits lie on both sides of 0. */
static int
probe_rerank(struct model *model, struct bh_arena *arena, struct model_entry *entry,
	const char *name)
{
	enum { DOCUMENTS = 3 };
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct model_ranked *rows;
	int rc = probe_call(model, entry, model_upstream_rerank_path(entry),
		bh_arena_printf(arena,
			"{\"model\":%s,\"query\":\"What is the capital of France?\",\"top_n\":3,"
			"\"documents\":[\"Bananas are yellow when they are ripe.\","
			"\"The capital of France is Paris.\",\"The train leaves at noon.\"]}",
			name),
		&doc);

	if (rc < 0)
		return rc;
	rc = model_rerank_read(arena, doc.root, MODEL_SCORE_LOGIT, DOCUMENTS, DOCUMENTS, &rows);
	if (rc < 0)
		return bh_error(BH_E_UPSTREAM,
			"The upstream at %s did not respond like a rerank model: %s.", entry->url,
			bh_arena_strdup(arena, bh_error_detail(rc)));
	if (entry->score_form == MODEL_SCORE_UNIT)
		entry->score_form = model_rerank_form(rows, DOCUMENTS);
	return 0;
}

/* A second of silence, of which any answer with a text will do. */
static int
probe_transcription(struct model *model, struct bh_arena *arena, struct model_entry *entry,
	const char *name)
{
	enum { SAMPLES = 16000, HEAD = 44 };
	static const char boundary[] = "bulkhead-probe";
	static const unsigned char head[HEAD + 1] =
		"RIFF\x24\x7d\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data\0\x7d\0\0";
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_buf_close) struct bh_buf answer = {0};
	struct model_upload upload = {.path = "/v1/audio/transcriptions",
		.content_type = bh_arena_printf(arena, "multipart/form-data; boundary=%s", boundary)};
	int rc;

	(void)name;
	bh_buf_printf(&body,
		"--%s\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n%s\r\n"
		"--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio.wav\"\r\n"
		"Content-Type: audio/wav\r\n\r\n",
		boundary, entry->upstream_name, boundary);
	bh_buf_add(&body, head, HEAD);
	memset(bh_buf_room(&body, 2 * SAMPLES), 0, 2 * SAMPLES);
	body.len += 2 * SAMPLES;
	bh_buf_printf(&body, "\r\n--%s--\r\n", boundary);
	upload.data = body.data;
	upload.len = body.len;
	rc = model_upstream_send(model, entry, &upload, -1, &reply);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, PROBE_BYTES_MAX, &answer);
	if (rc < 0)
		return bh_error(BH_E_UPSTREAM, "The upstream at %s did not respond.", entry->url);
	if (reply.status != 200)
		return probe_refused(model, entry, reply.status, &answer);
	if (bh_json_parse(bh_buf_string(&answer), answer.len, &doc) < 0 ||
		bh_json_get_string(doc.root, "text") == NULL)
		return bh_error(BH_E_UPSTREAM,
			"The upstream at %s did not respond like a transcription model.", entry->url);
	return 0;
}

/* Which voices it has is not known: that it refuses one, or speaks, shows that it is there. */
static int
probe_speech(struct model *model, struct bh_arena *arena, struct model_entry *entry,
	const char *name)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_buf_close) struct bh_buf answer = {0};
	int rc;

	(void)arena;
	bh_buf_printf(&body,
		"{\"model\":%s,\"input\":\"Hi\",\"voice\":\"alloy\",\"response_format\":\"pcm\"}", name);
	rc = model_upstream_post(model, entry, "/v1/audio/speech", &body, -1, 0, &reply);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, PROBE_BYTES_MAX, &answer);
	if (rc < 0)
		return bh_error(BH_E_UPSTREAM, "The upstream at %s did not respond.", entry->url);
	if (reply.status == 400 || reply.status == 422)
		return 0;
	if (reply.status != 200)
		return probe_refused(model, entry, reply.status, &answer);
	if (answer.len == 0 || answer.data[0] == '{')
		return bh_error(BH_E_UPSTREAM, "The upstream at %s did not respond like a speech model.",
			entry->url);
	return 0;
}

/* A picture costs money, and not every server lists its models: the first call tells. */
static int
probe_image(struct model *model, struct bh_arena *arena, struct model_entry *entry,
	const char *name)
{
	(void)model;
	(void)arena;
	(void)entry;
	(void)name;
	return 0;
}

static int
probe_moderation(struct model *model, struct bh_arena *arena, struct model_entry *entry,
	const char *name)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct model_verdict verdict;
	int rc = probe_call(model, entry, "/v1/moderations",
		bh_arena_printf(arena, "{\"model\":%s,\"input\":[\"Hi\"]}", name), &doc);

	if (rc == 0 && model_moderation_read(doc.root, 1, &verdict) < 0)
		rc = bh_error(BH_E_UPSTREAM, "The upstream at %s did not respond like a moderation model.",
			entry->url);
	return rc;
}

int
model_upstream_probe(struct model *model, struct bh_arena *arena, struct model_entry *entry)
{
	static int (*const probes[MODEL_KINDS])(struct model * model, struct bh_arena * arena,
		struct model_entry * entry, const char *name) = {probe_chat, probe_embedding, probe_rerank,
		probe_image, probe_transcription, probe_speech, probe_moderation};
	BH_AUTO(bh_buf_close) struct bh_buf name = {0};

	bh_text_json(&name, entry->upstream_name, strlen(entry->upstream_name));
	return probes[entry->kind](model, arena, entry, bh_buf_string(&name));
}

int
model_upstream_tokenize(struct model *model, const struct model_entry *entry, const char *text,
	size_t len, int64_t *out_count)
{
	struct bh_buf body = {0};
	struct bh_json_doc doc = {0};
	const struct bh_json *tokens;
	int rc;

	if (!entry->managed)
		return bh_error(BH_E_UNSUPPORTED, "Model '%s' has no tokenizer available.", entry->name);
	bh_buf_text(&body, "{\"add_special\":true,\"parse_special\":false,\"content\":");
	bh_text_json(&body, text, len);
	bh_buf_char(&body, '}');
	rc = probe_call(model, entry, "/tokenize", bh_buf_string(&body), &doc);
	bh_buf_close(&body);
	if (rc < 0)
		return rc;
	tokens = bh_json_get(doc.root, "tokens");
	rc = bh_json_kind(tokens) == BH_JSON_ARRAY ? 0 : BH_E_UPSTREAM;
	if (rc == 0)
		*out_count = (int64_t)bh_json_count(tokens);
	bh_json_close(&doc);
	return rc;
}
