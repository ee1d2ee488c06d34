/* SPDX-License-Identifier: Apache-2.0 */
/* audit_verify.c: how many events of an export are verified in a second, on one processor. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "sec/jws.h"
#include "service/audit_event.h"
#include "service/audit_proof.h"

#define DETAILS \
	"{\"time\":\"2026-01-31T23:59:59.123Z\",\"event\":\"file.list\",\"service\":\"rag\"," \
	"\"request_id\":\"01997c1b5c1d7d3fa1b2c3d4e5f60718\",\"tenant_id\":" \
	"\"01997c1b-5c1d-7d3f-a1b2-c3d4e5f60718\",\"subject\":\"01997c1b-5c1d-7d3f-a1b2-" \
	"c3d4e5f60719\"," \
	"\"credential_kind\":\"api_key\",\"client\":\"192.0.2.1\",\"method\":\"GET\",\"path\":\"/v1/" \
	"files\"," \
	"\"status\":200,\"ms\":3}"

static double
seconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* An export of n events between a head and an end. */
static void
make(int64_t n, const struct bh_jws_key *key, struct bh_buf *events, struct bh_buf *head)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0}, jws = {0};
	struct bh_audit_checkpoint checkpoint = {.tenant = bh_uuid_new(), .size = n, .time_ms = 1};
	struct bh_merkle_tree tree = {0};
	struct bh_merkle merkle;
	int rc;

	bh_merkle_open(&merkle);
	for (int64_t i = 0; i < n; i++) {
		const struct bh_audit_event event = {.id = bh_uuid_new(),
			.tenant = checkpoint.tenant,
			.time_ms = 1790000000000 + i,
			.source = "rag",
			.action = "file.list",
			.actor = "01997c1b-5c1d-7d3f-a1b2-c3d4e5f60719",
			.request_id = "01997c1b5c1d7d3fa1b2c3d4e5f60718",
			.details = DETAILS,
			.status = 200,
			.chained = true,
			.position = i};
		struct bh_write write = {.out = events};
		BH_AUTO(bh_buf_close) struct bh_buf text = {0};
		struct bh_digest leaf;

		bh_audit_event_leaf(&merkle, &event, &text, &leaf);
		rc = bh_merkle_add(&merkle, &tree, 0, &leaf);
		BH_ASSERT(rc == 0);
		bh_fields_write(&write, BH_OF(bh_audit_event_shape), &event);
		bh_buf_char(events, '\n');
	}
	bh_merkle_root(&merkle, &tree, &checkpoint.root);
	bh_merkle_close(&merkle);
	bh_audit_checkpoint_write(&checkpoint, &payload);
	rc = bh_jws_sign(key, "bench", BH_AUDIT_CHECKPOINT_TYPE, payload.data, payload.len, &jws);
	BH_ASSERT(rc == 0);
	bh_buf_printf(head,
		"{\"object\":\"audit_proof\",\"mode\":\"range\",\"checkpoint\":\"%s\",\"earlier\":[],"
		"\"missing\":[]}",
		bh_buf_string(&jws));
}

int
main(int argc, char **argv)
{
	int64_t n = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000;
	BH_AUTO(bh_buf_close) struct bh_buf events = {0}, head = {0}, jwk = {0}, end = {0};
	struct bh_audit_verifier verifier;
	struct bh_audit_keys keys;
	struct bh_jws_key *key;
	double wall, cpu;
	int rc = bh_jws_key_generate(BH_JWS_EDDSA, &key);

	if (rc == 0)
		rc = bh_jws_key_jwk(key, "bench", &jwk);
	if (rc == 0)
		rc = bh_audit_keys_open(jwk.data, jwk.len, &keys);
	if (rc < 0)
		return 1;
	make(n, key, &events, &head);
	bh_buf_printf(&end, "{\"object\":\"audit_proof_end\",\"events\":%" PRId64 "}", n);
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
	bh_audit_verify_open(&verifier, &keys);
	bh_audit_verify_line(&verifier, head.data, head.len);
	for (const char *at = events.data, *last = at + events.len; at < last;) {
		const char *next = memchr(at, '\n', (size_t)(last - at));

		bh_audit_verify_line(&verifier, at, (size_t)(next - at));
		at = next + 1;
	}
	bh_audit_verify_line(&verifier, end.data, end.len);
	if (!bh_audit_verify_end(&verifier) || verifier.proved != n) {
		fprintf(stderr, "not verified: %s\n", verifier.why);
		return 1;
	}
	cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	printf("%" PRId64 " events of %zu bytes: %.2f s of processor, %.2f s by the clock: %.0f events "
		   "per second of processor\n",
		n, events.len / (size_t)n, cpu, wall, (double)n / cpu);
	bh_audit_verify_close(&verifier);
	bh_audit_keys_close(&keys);
	bh_jws_key_close(key);
	return 0;
}
