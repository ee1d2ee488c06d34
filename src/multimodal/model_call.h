/* SPDX-License-Identifier: Apache-2.0 */
/* model_call.h: calls of the model service whose body or answer is sound. */
#ifndef BH_MULTIMODAL_MODEL_CALL_H
#define BH_MULTIMODAL_MODEL_CALL_H

#include <stdbool.h>

#include "base/buf.h"
#include "http/client.h"

struct bh_request;

/* A model as its service describes it. Texts lie in the request's arena. */
struct multimodal_model {
	const char *id;            /* "default" was another name */
	const char *upstream_name; /* at its provider */
	bool managed;
};

/* kind: "transcription" or "speech". BH_E_MODEL_NOT_FOUND and what bh_peer_ask tells. */
BH_MUST_CHECK int multimodal_model_find(struct bh_request *req, const char *name, const char *kind,
	struct multimodal_model *out);

/* One call: a body in memory or, with fd above 0, a file from its start. Borrowed. */
struct multimodal_model_call {
	const char *path, *content_type;
	const struct bh_buf *body;
	int fd;
	size_t len; /* of the file */
};

/* An answer of status 200, whose body is to be read; the model service's refusals as errors of ours. */
BH_MUST_CHECK int multimodal_model_post(struct bh_request *req,
	const struct multimodal_model_call *ask, const bool *cancel, struct bh_http_reply *out);

#endif
