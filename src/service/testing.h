/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: a whole service in the test's own process: real sockets, tokens and audit file, no
 * database. Tests only. */
#ifndef BH_SERVICE_TESTING_H
#define BH_SERVICE_TESTING_H

#include "http/client.h"
#include "sec/token.h"
#include "service/running.h"

struct bh_service_fixture {
	char dir[64];
	struct bh_runtime runtime;
	struct bh_jws_key *key;
	struct bh_http_client *client; /* to the service's socket */
	struct bh_buf jwks;
	const char *folders[4]; /* of sockets; in the runtime's arena */
	size_t n_folders;
};

/* Opens a service with these routes and a trusted key; stops the process on failure. */
void bh_service_fixture_open(struct bh_service_fixture *fix, const struct bh_service *service);
void bh_service_fixture_close(struct bh_service_fixture *fix);

/* Where a peer of this name listens; its folder is made, and removed with the fixture. */
const char *bh_service_fixture_socket(struct bh_service_fixture *fix, const char *name);

/* Claims that the service accepts, for this tenant and scope, and their token. */
struct bh_claims bh_service_fixture_claims(const struct bh_uuid *tenant, const char *scope);
void bh_service_fixture_token(struct bh_service_fixture *fix, const struct bh_claims *claims,
	struct bh_buf *out);

/* One request: status, and the body and head in the buffers. */
int bh_service_fixture_call(struct bh_service_fixture *fix, const char *method, const char *path,
	const char *token, const char *body, struct bh_http_reply *out_reply, struct bh_buf *out_body);

/* The text of both audit files so far. */
void bh_service_fixture_audit(struct bh_service_fixture *fix, struct bh_buf *out);

#endif
