/* SPDX-License-Identifier: Apache-2.0 */
/* request.h: one request as a handler sees it: who asks, what they sent, and how to answer. */
#ifndef BH_SERVICE_REQUEST_H
#define BH_SERVICE_REQUEST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/uuid.h"
#include "db/db.h"
#include "http/client.h"
#include "http/exchange.h"
#include "json/fields.h"
#include "sec/token.h"
#include "service/audit.h"
#include "service/runtime.h"

/* Valid during the handler; what a stream needs later it copies to the arena (which lives until the
 * answer was sent) or owns. After the handler the skeleton asserts: exactly one reply, no open
 * transaction. */
struct bh_request {
	struct bh_http_exchange *http; /* body, client's socket, query */
	struct bh_arena *arena;
	struct bh_db *db;      /* context = the token's tenant */
	struct bh_uuid tenant; /* from the verified token only */
	struct bh_uuid
		target; /* whom the act concerns: the tenant in an operator route's path, else `tenant` */
	struct bh_db *target_db; /* context = target */
	struct bh_claims claims; /* zeroed on "none" routes */
	const char *token;       /* the token as received, to exchange it onward */
	const char *request_id;  /* 32 hex digits */
	const char *traceparent; /* "" if none */
	const struct bh_route *route;
	void *service; /* the service's state */
	struct bh_runtime *runtime;
	struct bh_json_doc body; /* parsed by bh_request_json; closed by the skeleton */
	int64_t started_us;      /* steady clock */
	bool replied;            /* set by the reply functions */
	struct bh_buf audit; /* what a handler adds to its audit line: bh_audit_text(&req->audit, …) */
	struct bh_holding *holding; /* what it holds of the service's memory (service/admission.h) */
	struct {
		const char *name, *value;
	} params[4]; /* decoded path parameters */
};

/* A span of a call that the request makes; zeroed where the request is not traced. Names and attributes must hold no
 * content of the tenant. */
void bh_request_span(const struct bh_request *req, struct bh_trace_span *out);
void bh_runtime_span_end(struct bh_runtime *runtime, struct bh_trace_span *span);

/* A path parameter as text (percent-decoded, valid UTF-8, at most 255 bytes); never NULL. */
const char *bh_request_param(const struct bh_request *req, const char *name);
/* A path parameter as an id with its prefix ("vs_"). BH_E_NOT_FOUND for any other form. */
BH_MUST_CHECK int bh_request_id(struct bh_request *req, const char *name, const char *prefix,
	struct bh_uuid *out);
/* A path parameter that is a bare UUID (our own /api routes). BH_E_NOT_FOUND for any other form. */
BH_MUST_CHECK int bh_request_uuid(struct bh_request *req, const char *name, struct bh_uuid *out);

/* Parses the body as one JSON object into req->body. BH_E_JSON, BH_E_UTF8, BH_E_TYPE,
 * BH_E_MEDIA_TYPE (content type present and not JSON). An empty body reads as {}. */
BH_MUST_CHECK int bh_request_json(struct bh_request *req);
/* bh_request_json and bh_fields_read in one. */
BH_MUST_CHECK int bh_request_object(struct bh_request *req, const struct bh_shape *shape,
	void *target);

/* Reads a peer's answer of at most `max` bytes whole and parses it; its memory counts with what the
 * tenant's requests hold. Errors of bh_http_reply_body, BH_E_TOO_LARGE also when there is no memory for
 * it, BH_E_JSON. One answer at a time. */
BH_MUST_CHECK int bh_request_answer(struct bh_request *req, struct bh_http_reply *reply, size_t max,
	struct bh_json_doc *out);
/* The same for an answer that was read already. */
BH_MUST_CHECK int bh_request_answer_text(struct bh_request *req, const struct bh_buf *text,
	struct bh_json_doc *out);

/* Counts `bytes` more on disk for this request, until its answer was sent: an object that is received or
 * sent (bh_object_store_spools). BH_E_BUSY, BH_E_UNAVAILABLE, BH_E_TOO_LARGE. */
BH_MUST_CHECK int bh_request_spool(struct bh_request *req, int64_t bytes);

/* How many are counted. */
int64_t bh_request_spooled(const struct bh_request *req);
/* Some of them are gone again. */
void bh_request_unspool(struct bh_request *req, int64_t bytes);

/* Counts `bytes` more of memory for this request, until its answer was sent. Errors as above. */
BH_MUST_CHECK int bh_request_hold(struct bh_request *req, size_t bytes);

/* Query parameters. Absent leaves *out as it is. */
BH_MUST_CHECK int bh_request_query_text(struct bh_request *req, const char *name, const char **out);
BH_MUST_CHECK int bh_request_query_int(struct bh_request *req, const char *name, int64_t least,
	int64_t most, int64_t *out);
BH_MUST_CHECK int bh_request_query_bool(struct bh_request *req, const char *name, bool *out);

/* Replies; all return 0, so that `return bh_reply_…(…)` ends a handler. Every one sets x-request-id. */
int bh_reply_json(struct bh_request *req, int status, const struct bh_buf *body);
/* The struct as an object of this shape. */
int bh_reply_object(struct bh_request *req, int status, const struct bh_shape *shape,
	const void *row);
int bh_reply_text(struct bh_request *req, int status, const char *content_type, const char *body);
/* An answer whose bytes exist already; copied. */
int bh_reply_bytes(struct bh_request *req, int status, const char *content_type, const void *body,
	size_t len);
int bh_reply_empty(struct bh_request *req, int status);
/* The API's error object of an error number: status, type, code of its public row; message is the
 * kept detail for 4xx, else the row's sentence (details of 5xx go to the log); param as given, or
 * the kept field, or null. 503 carries retry-after: 1. Inside-only numbers are logged. */
int bh_reply_error(struct bh_request *req, int error, const char *param);
/* More response headers, before the reply; copied. */
void bh_reply_header(struct bh_request *req, const char *name, const char *value);
void bh_reply_header_int(struct bh_request *req, const char *name, int64_t value);
/* When to try again, for clients that read milliseconds and for all others. */
void bh_reply_retry_after(struct bh_request *req, int64_t wait_ms);
/* An event stream: 200 text/event-stream; takes the stream's state. */
int bh_reply_stream(struct bh_request *req, const struct bh_http_stream *stream);

/* A body that is pulled; takes the stream's state. */
int bh_reply_content(struct bh_request *req, int status, const char *content_type,
	const struct bh_http_stream *stream);

/* A file, or a part of it, as the answer's body; takes fd. Its name for the client is set by bh_reply_header. */
int bh_reply_file(struct bh_request *req, int status, const char *content_type, int fd,
	int64_t start, int64_t bytes);

/* ---- requests with an Idempotency-Key (docs/idempotency.md); most handlers need none of these ---- */

/* True when the request repeats an earlier one that bound its object: answer from that object. */
bool bh_request_repeats(const struct bh_request *req, struct bh_uuid *out);
/* Inside bh_tx_run, with the object's own row: repeats are answered from this object instead of from a
 * kept answer. Nothing for a request without a key. BH_E_LOST when the key is no longer this request's. */
BH_MUST_CHECK int bh_request_bind(struct bh_request *req, struct bh_db *tx,
	const struct bh_uuid *object);
/* What was bound is answered as a failure: a repeat makes another object. */
void bh_request_unbind(struct bh_request *req);
/* What is being answered, a 200 in its head, is a failure all the same: it is not kept. */
void bh_request_release(struct bh_request *req);

/* Writes the error object {"error":{…}} of a number into a buffer (for in-stream errors). */
void bh_error_body(struct bh_buf *out, int error, const char *param);

#endif
