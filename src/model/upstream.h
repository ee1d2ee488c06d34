/* SPDX-License-Identifier: Apache-2.0 */
/* upstream.h: calling an engine or a provider, and telling its failures in our words. */
#ifndef BH_MODEL_UPSTREAM_H
#define BH_MODEL_UPSTREAM_H

#include "base/buf.h"
#include "http/client.h"
#include "json/json.h"
#include "model/model.h"
#include "model/refusal.h"

struct bh_request;

/* What a sealed key is bound to: no other model's row opens it. */
void model_upstream_key_context(const struct model_entry *entry, char out[64]);

/* BH_E_INVALID for an address that no client can be made of. */
BH_MUST_CHECK int model_upstream_check(const char *url);

/* How many calls a managed engine takes at once, as itself says, at most half a minute ago, or
 * when it last did. 1 while it never has. */
size_t model_upstream_places(struct model *model, const struct model_entry *entry);

/* Whether a managed engine has said so within the last half minute; it is asked where it has not. */
bool model_upstream_stands(struct model *model, const struct model_entry *entry);

/* POSTs JSON to the engine of `entry`, its key added. watch_fd: the client's socket, or -1; after the
 * client has left the answer is still read for finish_ms, for it is paid for. Errors as bh_http_call,
 * BH_E_CONNECT told as BH_E_UNAVAILABLE. */
BH_MUST_CHECK int model_upstream_post(struct model *model, const struct model_entry *entry,
	const char *path, const struct bh_buf *body, int watch_fd, int64_t finish_ms,
	struct bh_http_reply *out);

/* A body of another kind: sound. Borrowed. */
struct model_upload {
	const char *path, *content_type;
	const void *data; /* in memory, or */
	int fd;           /* above 0: in this file, from its start */
	size_t len;
};
/* The same with such a body. */
BH_MUST_CHECK int model_upstream_send(struct model *model, const struct model_entry *entry,
	const struct model_upload *upload, int watch_fd, struct bh_http_reply *out);

/* Where a reranker of that address is asked: under /v1, or under the /v2 that its address ends with, whose requests
 * have other words (Cohere's second version). */
const char *model_upstream_rerank_path(const struct model_entry *entry);
bool model_upstream_is_v2(const struct model_entry *entry);

/* For a status outside 2xx: reads the answer's error and returns the number the client is told:
 * 400 context_length_exceeded or invalid, 429 or 503 with retry headers set on req, else
 * BH_E_UPSTREAM. The upstream's own message passes only for 400, without what looks like a
 * credential: it may quote the key that it was called with; otherwise only the log has it. *out_unknown
 * (NULL: not wanted): what of the request it does not know, or 0. */
int model_upstream_refusal(struct bh_request *req, const struct model_entry *entry,
	struct bh_http_reply *reply, enum model_unknown *out_unknown);

/* The same for an error that came with status 200 in place of an answer, or in the middle of one. */
int model_upstream_error(struct model *model, const struct model_entry *entry,
	const struct bh_json *told);

/* Asks the upstream something small to see that it answers as its kind should; fills in what is
 * unknown (dimensions; the form of a reranker's scores, unless they are logits already). BH_E_UPSTREAM with a
 * detail. */
BH_MUST_CHECK int model_upstream_probe(struct model *model, struct bh_arena *arena,
	struct model_entry *entry);

/* Token counts of texts by the managed engine's own tokenizer; BH_E_UNSUPPORTED elsewhere. */
BH_MUST_CHECK int model_upstream_tokenize(struct model *model, const struct model_entry *entry,
	const char *text, size_t len, int64_t *out_count);

#endif
