/* SPDX-License-Identifier: Apache-2.0 */
/* model_call.c: the token, the body, and what a refusal means. */
#include "multimodal/model_call.h"

#include "base/error.h"
#include "base/text.h"
#include "service/onward.h"
#include "service/peer.h"
#include "service/request.h"

enum { ANSWER_MS = 600000, REFUSAL_BYTES_MAX = 64 * 1024 };

int
multimodal_model_find(struct bh_request *req, const char *name, const char *kind,
	struct multimodal_model *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct bh_peer_call call = {.service = "model"};
	struct multimodal_model model = {0};
	const char *id, *upstream;
	struct bh_peer peer;
	int rc;

	bh_buf_text(&path, "/internal/models/");
	bh_text_url(&path, name);
	bh_buf_printf(&path, "?kind=%s", kind);
	call.path = bh_buf_string(&path);
	bh_peer_from(req, &peer);
	rc = bh_peer_ask(&peer, &call, &doc);
	if (rc < 0)
		return rc;
	id = bh_json_get_string(doc.root, "id");
	upstream = bh_json_get_string(doc.root, "upstream_model");
	if (id == NULL || upstream == NULL ||
		!bh_json_bool(bh_json_get(doc.root, "managed"), &model.managed))
		return bh_error(BH_E_PROTOCOL, "the model service did not describe the model");
	model.id = bh_arena_strdup(req->arena, id);
	model.upstream_name = bh_arena_strdup(req->arena, upstream);
	*out = model;
	return 0;
}

static int
refused(struct bh_http_reply *reply)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int rc = bh_http_reply_body(reply, REFUSAL_BYTES_MAX, &text);

	if (rc == 0)
		rc = bh_json_parse(bh_buf_string(&text), text.len, &doc);
	return bh_peer_refusal(reply->status, rc == 0 ? doc.root : NULL);
}

int
multimodal_model_post(struct bh_request *req, const struct multimodal_model_call *ask,
	const bool *cancel, struct bh_http_reply *out)
{
	const struct bh_http_header headers[] = {{"content-type", ask->content_type}};
	struct bh_http_call call = {
		.method = "POST",
		.path = ask->path,
		.headers = headers,
		.n_headers = BH_COUNT(headers),
		.body = ask->body != NULL ? ask->body->data : NULL,
		.body_fd = ask->fd,
		.body_len = ask->body != NULL ? ask->body->len : ask->len,
		.first_byte_ms = ANSWER_MS,
		.idle_ms = ANSWER_MS,
		.watch_fd = bh_http_client_fd(req->http),
		.cancel = cancel,
	};
	struct bh_onward onward;
	struct bh_peer peer;
	int rc;

	bh_peer_from(req, &peer);
	onward = peer.onward;
	onward.scope = "internal:model";
	rc = bh_onward_call(req->runtime, "model", &onward, &call, out);
	if (rc == BH_E_CONNECT || rc == BH_E_PROTOCOL)
		return bh_error(BH_E_UNAVAILABLE, "the model service is unreachable or broke off");
	if (rc == 0 && out->status != 200) {
		rc = refused(out);
		bh_http_reply_close(out);
		*out = (struct bh_http_reply){0};
	}
	return rc;
}
