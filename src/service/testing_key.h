/* SPDX-License-Identifier: Apache-2.0 */
/* testing_key.h: a small service whose answers are kept in a scratch database. Tests only. */
#ifndef BH_SERVICE_TESTING_KEY_H
#define BH_SERVICE_TESTING_KEY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "service/idempotency.h"
#include "service/testing.h"

/* Routes: /v1/things/{thing} and /v1/quick (400 ms) answer {"call":n}, /v1/unkept takes no key,
 * /v1/bound makes an object, /v1/stream streams. */
extern const struct bh_service testing_key_service;
extern const struct bh_uuid testing_key_tenant;

struct testing_key {
	struct bh_service_fixture base;
	struct bh_claims claims; /* of the caller, and their token */
	struct bh_buf token;
	atomic_int calls;     /* of a handler */
	atomic_int fail_with; /* BH_E_* to answer with; 0: well */
	atomic_bool hold;     /* handlers wait while it is set */
	atomic_int held;      /* handlers that wait */
	atomic_int large;     /* bytes of answer; 0: few */
	atomic_int bind_then; /* after binding: 0 answer, 1 fail, 2 roll back, 3 stream */
};

/* What an answer was. */
struct testing_answer {
	int status;
	bool replayed;
	char id[40];
	char body[512]; /* its beginning */
	size_t len;
};

/* A request in a thread of its own. */
struct testing_sender {
	struct testing_key *fix;
	const char *path;
	pthread_t thread;
	struct testing_answer answer;
};

/* Setup and teardown of the group (the database) and of a test; *state is a struct testing_key. */
int testing_key_open(void **state);
int testing_key_close(void **state);
int testing_key_setup(void **state);
int testing_key_teardown(void **state);

/* One POST with this key (NULL: none); `type` NULL is JSON. */
struct testing_answer testing_key_send(struct testing_key *fix, const char *token, const char *path,
	const char *key, const char *type, const char *body, size_t len);
struct testing_answer testing_key_post(struct testing_key *fix, const char *path, const char *key,
	const char *body);
/* The same in a thread of its own, with the key "key" and the body {}. */
void testing_key_begin(struct testing_sender *sender, struct testing_key *fix, const char *path);

/* Statements of the set-up role. */
void testing_key_script(const char *text);
/* Waits until so many handlers wait; until so many requests are in the service. */
void testing_key_await_held(struct testing_key *key, int n);
void testing_key_await_running(struct testing_key *fix, unsigned n);
/* An error about the key. */
void testing_key_assert_refused(struct testing_answer answer, int status, const char *code);

#endif
