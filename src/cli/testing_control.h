/* SPDX-License-Identifier: Apache-2.0 */
/* testing_control.h: a control socket that answers as a test says and notes what it was asked. */
#ifndef CLI_TESTING_CONTROL_H
#define CLI_TESTING_CONTROL_H

#include "base/buf.h"
#include "cli/cli.h"
#include "http/server.h"

#define TESTING_ANSWERS_MAX 8

/* A tenant, two of its keys or people, and where they are. */
#define T "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
#define K1 "0199a1b2-c3d4-7e5f-8a6b-000000000001"
#define K2 "0199a1b2-c3d4-7e5f-8a6b-000000000002"
#define AUTH "/api/auth/api/tenants/" T
#define KEYS "GET " AUTH "/keys"
#define BUDGETS "/api/billing/api/tenants/" T "/budgets"

struct testing_control {
	struct bh_http_server *server;
	char folder[64];
	struct cli cli;
	const char *args[2];
	struct {
		const char *request; /* "GET /path"; the first whose start this is */
		int status;
		const char *body;
	} answers[TESTING_ANSWERS_MAX];
	struct bh_buf asked; /* a line for each request: method, target and body */
	char *out, *err;     /* owned: what the last command printed */
	size_t out_len, err_len;
};

int testing_control_open(void **state);
int testing_control_close(void **state);

/* Answers requests that begin with this; what nothing is said for is 404. */
void testing_control_answer(struct testing_control *control, const char *request, int status,
	const char *body);

/* Runs a command ("key list") with its output kept; its status. */
int testing_control_run(struct testing_control *control, const char *command);

/* Runs a command that reads this from its standard input. */
int testing_control_run_with(struct testing_control *control, const char *command, char *input);

/* The last command asked for this and nothing else. */
void testing_control_asked(struct testing_control *control, const char *wanted);

#endif
