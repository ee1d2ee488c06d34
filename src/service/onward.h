/* SPDX-License-Identifier: Apache-2.0 */
/* onward.h: onward calls: from one service to another, with a service token and the same tenant. */
#ifndef BH_SERVICE_ONWARD_H
#define BH_SERVICE_ONWARD_H

#include "base/macros.h"
#include "base/uuid.h"
#include "http/client.h"

struct bh_runtime;

/* For whom the call is made. */
struct bh_onward {
	struct bh_uuid tenant;
	const char *subject;     /* the user's `sub` ("<uuid>"); NULL: a worker, sub = the service */
	const char *scope;       /* "internal:model" */
	const char *request_id;  /* forwarded as x-request-id; "" makes a new one */
	const char *traceparent; /* "" for none */
	/* The API key behind work that continues without it: no token once it is revoked. Zero: none. */
	struct bh_uuid credential;
};

/* The token for it, from its issuer (POST /internal/token) or the process's cache (until 60 s before its
 * expiry). Copied into `out` (at most size bytes). BH_E_UNAVAILABLE, BH_E_SUSPENDED. */
BH_MUST_CHECK int bh_onward_token(struct bh_runtime *runtime, const struct bh_onward *onward,
	char *out, size_t size);

/* A JSON call to a peer service: headers (authorization, x-request-id, traceparent, content-type)
 * are added to `call`, whose own headers are kept. Errors as bh_http_call and bh_onward_token. A 401
 * answer drops the cached token and is tried once more. */
BH_MUST_CHECK int bh_onward_call(struct bh_runtime *runtime, const char *peer,
	const struct bh_onward *onward, struct bh_http_call *call, struct bh_http_reply *out);

#endif
