/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: fetches the issuer's public keys: at start, every minute, when a token names an unknown one. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "sec/token.h"
#include "service/running.h"
#include "service/runtime.h"

#define FETCH_EVERY_MS 60000
#define FETCH_RETRY_MS 200  /* until the first key set is there */
#define FETCH_LEAST_MS 2000 /* between two fetches that tokens ask for */
#define FETCH_WAIT_MS 2000
#define JWKS_BYTES_MOST (64u * BH_KIB)

static int
fetch(struct bh_runtime *runtime)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct bh_http_call call = {
		.method = "GET",
		.path = "/.well-known/jwks.json",
		.first_byte_ms = FETCH_WAIT_MS,
		.idle_ms = FETCH_WAIT_MS,
		.watch_fd = -1,
		.cancel = &runtime->stopping,
		.repeatable = true,
	};
	const char *issuer = bh_services_issuer(runtime->services)->name;
	struct bh_http_reply reply;
	int rc = bh_http_call(bh_runtime_peer(runtime, issuer), &call, &reply);

	if (rc < 0)
		return rc;
	rc = bh_http_reply_body(&reply, JWKS_BYTES_MOST, &body);
	if (rc == 0 && reply.status != 200)
		rc = bh_error(BH_E_UNAVAILABLE, "%s returned HTTP status %d", issuer, reply.status);
	bh_http_reply_close(&reply);
	return rc < 0 ? rc : bh_token_checker_keys(runtime->checker, bh_buf_string(&body), body.len);
}

static int
fetch_once(struct bh_runtime *runtime)
{
	int rc;

	runtime->keys_asked_ms = bh_clock_steady_ms();
	rc = fetch(runtime);
	__atomic_store_n(&runtime->keys_failing, rc < 0, __ATOMIC_RELAXED);
	if (rc == 0) {
		runtime->keys_fetched_ms = bh_clock_steady_ms();
		__atomic_store_n(&runtime->keys_known, true, __ATOMIC_RELAXED);
	}
	return rc;
}

bool
bh_keys_refresh(struct bh_runtime *runtime)
{
	int64_t asked_ms = bh_clock_steady_ms();
	bool fetched;

	if (runtime->service->issues_tokens)
		return false;
	/* Whoever waited here for another's fetch has its result. Forged key ids cannot make us ask
	 * more often than every two seconds, nor make everybody wait in turn while it hangs. */
	pthread_mutex_lock(&runtime->keys_lock);
	fetched = runtime->keys_fetched_ms >= asked_ms;
	if (!fetched && asked_ms - runtime->keys_asked_ms >= FETCH_LEAST_MS)
		fetched = fetch_once(runtime) == 0;
	pthread_mutex_unlock(&runtime->keys_lock);
	return fetched;
}

void
bh_keys_run(struct bh_runtime *runtime, void *service)
{
	bool failing = false;

	(void)service;
	while (!bh_runtime_stopping(runtime)) {
		int rc;

		pthread_mutex_lock(&runtime->keys_lock);
		rc = fetch_once(runtime);
		pthread_mutex_unlock(&runtime->keys_lock);
		/* While everything starts, the issuer is not there yet; that is no news. */
		if (rc < 0 && !failing && __atomic_load_n(&runtime->keys_known, __ATOMIC_RELAXED))
			bh_log_failure("fetch the key set", rc);
		failing = rc < 0;
		bh_runtime_wait(runtime, "keys", failing ? FETCH_RETRY_MS : FETCH_EVERY_MS);
	}
}
