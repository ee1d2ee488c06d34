/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h: one call to another service: JSON out, JSON or a stream in, its refusals as errors of ours.
 *
 *     const struct bh_peer_call call = {.service = "model", .path = "/internal/tokenize", .body = &body};
 *     rc = bh_peer_ask(peer, &call, &doc); */
#ifndef BH_SERVICE_PEER_H
#define BH_SERVICE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "http/client.h"
#include "json/json.h"
#include "service/onward.h"

struct bh_arena;
struct bh_request;

/* For whom calls are made, and what ends the wait early. All of it is borrowed. */
struct bh_peer {
	struct bh_runtime *runtime;
	struct bh_onward onward; /* its scope is set by each call */
	struct bh_arena *arena;  /* for what callers make of the answers */
	int watch_fd;            /* a client's socket: BH_E_GONE when it hangs up; -1: none */
	const bool *cancel;      /* BH_E_CANCELLED once it is true; NULL: none */
};

/* For the request being served, until its client leaves. */
void bh_peer_from(const struct bh_request *req, struct bh_peer *out);

/* One call. The token's scope is "internal:" and the service's name. */
struct bh_peer_call {
	const char *service; /* "model" */
	const char *path;    /* behind it a text that comes from outside is escaped (bh_text_url) */
	const struct bh_buf *body; /* JSON, by POST; NULL: GET */
	/* Instead of it: bytes of a file; 0: none. */
	int body_fd;
	int64_t body_offset, body_bytes;
	const char *content_type; /* of a body that is not JSON; NULL: it is */
	const char *method;       /* NULL: as above */
	int64_t first_byte_ms;    /* longest wait for the answer's head; 0: a minute */
	int64_t idle_ms;          /* and between two pieces of it; 0: half a minute */
	size_t answer_max;        /* bytes of JSON; 0: 16 MiB */
	bool once;                /* not to be sent again when a kept connection turns out to be dead */
};

/* The JSON of an answer of status 200. BH_E_UNAVAILABLE: the service cannot be reached. BH_E_PROTOCOL: no
 * JSON. BH_E_TOO_LARGE, BH_E_UPSTREAM_TIMEOUT, BH_E_GONE, BH_E_CANCELLED, and what bh_peer_refusal and
 * bh_onward_call tell. */
BH_MUST_CHECK int bh_peer_ask(const struct bh_peer *peer, const struct bh_peer_call *call,
	struct bh_json_doc *out);

/* The same in two steps, for streams and for whoever looks at the status: the head of an answer, of
 * whatever status, and its JSON or refusal. */
BH_MUST_CHECK int bh_peer_open(const struct bh_peer *peer, const struct bh_peer_call *call,
	struct bh_http_reply *out);
BH_MUST_CHECK int bh_peer_read(const struct bh_peer_call *call, struct bh_http_reply *reply,
	struct bh_json_doc *out);

/* What another service's error object (NULL: it sent none) means here: our number for its code, with its
 * sentence and field kept. BH_E_INTERNAL where it refused our own credential or path. */
int bh_peer_refusal(int status, const struct bh_json *answer);

#endif
