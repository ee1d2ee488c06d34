/* SPDX-License-Identifier: Apache-2.0 */
/* stripemock.h: a mock of Stripe: one account whose objects behave as Stripe's do. No money moves.
 *
 * A call is an operation (operations.def), which checks parameters (params.h), changes objects in one transaction
 * (work.h) and answers with one. What happens to objects by themselves happens when their clock reaches its
 * moment (due.h). */
#ifndef BH_STRIPEMOCK_STRIPEMOCK_H
#define BH_STRIPEMOCK_STRIPEMOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "sec/digest.h"
#include "service/service.h"
#include "stripemock/faults.h"

#define STRIPEMOCK_VERSION "2026-10-28.endive" /* of Stripe's API, whose objects ours look like */
#define STRIPEMOCK_KEY_PREFIX "sk_test_mock_"
#define STRIPEMOCK_HOOK_PREFIX "whsec_mock_"
#define STRIPEMOCK_STREAM \
	"billing.meter_event_stream" /* the kind of calls that a session's token admits */
#define STRIPEMOCK_WORKER_SEND "send"
#define STRIPEMOCK_KEY 64 /* bytes of a key's text and the NUL */

/* [stripemock] of bulkhead.conf. */
struct stripemock_conf {
	bool enabled;
	const char *page_url;
	int64_t objects_max;
	int64_t webhook_retry_ms, webhook_timeout_ms;
	int64_t keep_event_s, keep_usage_s, keep_answer_s;
};

struct stripemock {
	struct stripemock_conf conf; /* first: settings are read into it */
	char key[STRIPEMOCK_KEY];
	char hook_secret[STRIPEMOCK_KEY];
	struct bh_secret endpoint_key; /* what the endpoints' own secrets are derived from */
	struct stripemock_faults faults;
};

extern const struct bh_service stripemock_service;
extern const struct bh_route stripemock_routes[];

struct bh_request;

/* http_api.c: every call of the API. */
int stripemock_http_api(struct bh_request *req);
/* http_state.c */
int stripemock_http_state(struct bh_request *req);
int stripemock_http_account(struct bh_request *req);
/* http_checkout.c, http_portal.c */
int stripemock_http_checkout(struct bh_request *req);
int stripemock_http_checkout_post(struct bh_request *req);
int stripemock_http_portal(struct bh_request *req);
int stripemock_http_portal_post(struct bh_request *req);

/* send.c: the worker that sends webhooks. */
void stripemock_send(struct bh_runtime *runtime, void *service);

#endif
