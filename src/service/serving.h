/* SPDX-License-Identifier: Apache-2.0 */
/* serving.h: one request with what only the skeleton needs of it. Only src/service includes it. */
#ifndef BH_SERVICE_SERVING_H
#define BH_SERVICE_SERVING_H

#include "service/admission.h"
#include "service/request.h"

struct bh_idempotency;
struct bh_router;

#define BH_REPLY_HEADERS_MOST 24

/* What a handler has replied; sent when the handler is done. */
struct bh_answer {
	enum { BH_ANSWER_NONE, BH_ANSWER_BYTES, BH_ANSWER_FILE, BH_ANSWER_STREAM } kind;
	int status;
	int error;                /* BH_E_* that it tells of, or 0 */
	const char *content_type; /* borrowed until it is sent; NULL: none */
	void *body;               /* owned, of malloc */
	size_t len;
	int fd; /* owned */
	int64_t file_start, file_bytes;
	struct bh_http_stream stream; /* owned */
};

/* Lies in the exchange's arena; a struct bh_request * is a pointer to the first member. */
struct bh_serving {
	struct bh_request req;
	struct bh_db db, target_db;
	char request_id[BH_UUID_HEX];
	size_t route_index;        /* for metrics */
	struct bh_trace_span span; /* zeroed: it is not traced */
	char traceparent[BH_TRACEPARENT];
	int refused;            /* BH_E_* that answers instead of the handler, 0 for none */
	int64_t body_bytes_max; /* admitted */
	int over;               /* BH_E_* that answers a larger body */
	bool asked;             /* the route's admit was */
	const char *allow;      /* for BH_E_METHOD */
	struct bh_answer answer;
	const char *error_code; /* of the reply; NULL unless it is an error; static */
	struct bh_http_header headers[BH_REPLY_HEADERS_MOST];
	size_t n_headers;
	struct bh_idempotency *idempotency; /* in the arena; NULL: no key */
	struct bh_holding holding;
	/* Among those of the runtime, from the check of its credential to its end; guarded by its lock. */
	struct bh_serving *next, **self;
};

static inline struct bh_serving *
bh_serving(struct bh_request *req)
{
	return (struct bh_serving *)req;
}

/* Checks the credential against the route's policy and fills claims and tenant.
 * BH_E_UNAUTHENTICATED, BH_E_FORBIDDEN, BH_E_UNAVAILABLE. */
BH_MUST_CHECK int bh_guard_check(struct bh_request *req);

/* Gives the answer to the server. */
void bh_reply_send(struct bh_request *req);

/* The server's four callbacks; ctx is the runtime. */
int64_t bh_serve_admit(void *ctx, struct bh_http_exchange *exchange);
int bh_serve_grow(void *ctx, struct bh_http_exchange *exchange, int64_t memory_bytes,
	int64_t spool_bytes);
void bh_serve_handle(void *ctx, struct bh_http_exchange *exchange);
void bh_serve_done(void *ctx, struct bh_http_exchange *exchange, bool whole);

/* Shuts the connections of all requests of a tenant that are being served, and says how many there were:
 * what waits for their clients ends. */
size_t bh_serve_cut(struct bh_runtime *runtime, const struct bh_uuid *tenant);

/* The skeleton's own routes: /healthz, the probes, /metrics and a tenant's erasure. Ends with a zeroed row. */
extern const struct bh_route bh_service_routes[];
/* The two that answer anybody, wherever the service listens. */
bool bh_route_is_probe(const struct bh_route *route);
/* These and the service's, into the router. BH_E_CONFIG for a service whose tables do not fit together. */
BH_MUST_CHECK int bh_service_routes_open(struct bh_router *router,
	const struct bh_service *service);

#endif
