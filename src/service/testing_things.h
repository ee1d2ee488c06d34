/* SPDX-License-Identifier: Apache-2.0 */
/* testing_things.h: a small service of things, whole, and calls to it. Tests only. */
#ifndef BH_SERVICE_TESTING_THINGS_H
#define BH_SERVICE_TESTING_THINGS_H

#include <stdatomic.h>

#include "service/testing.h"

/* Its routes: POST and GET /v1/things, GET /v1/things/{thing}, POST /v1/fail/{name} (fails in this way), GET /public,
 * GET /api/tenants/{tenant}/things (the operator's), GET /v1/stream (an event, then nothing), GET /v1/grave
 * (asks for a recent proof), GET /v1/own (personal). */
struct testing_things {
	struct bh_service_fixture base;
	struct bh_claims claims; /* of the main tenant; with token */
	struct bh_buf token;
	struct bh_buf body; /* of the last answer */
	struct bh_http_reply reply;
};

extern const struct bh_uuid testing_things_tenant;
extern atomic_int testing_things_streams_closed;

int testing_things_open(void **state);
int testing_things_close(void **state);

/* A call with the main tenant's token, or with another one or none; its status. */
int testing_things_call(struct testing_things *fix, const char *method, const char *path,
	const char *body);
int testing_things_call_as(struct testing_things *fix, const char *token, const char *path);

/* Begins to read /v1/stream with the main tenant's token: its event has come. */
void testing_things_stream(struct testing_things *fix);

/* A new token of the claims as they are now. */
void testing_things_token(struct testing_things *fix);

/* A header of the last answer; "" without. */
const char *testing_things_header(struct testing_things *fix, const char *name);

/* The last answer is an error whose object has exactly its four members; any message when NULL. */
void testing_things_error(struct testing_things *fix, const char *message, const char *type,
	const char *param, const char *code);

/* The audit line with this text, once it is written: a moment after the client has read. */
void testing_things_audit(struct testing_things *fix, const char *text);

#endif
