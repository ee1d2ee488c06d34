/* SPDX-License-Identifier: Apache-2.0 */
/* testing_control.h: a control socket that answers as a test says and notes what it was asked. */
#ifndef CLI_TESTING_CONTROL_H
#define CLI_TESTING_CONTROL_H

#include "base/buf.h"
#include "cli/cli.h"
#include "http/server.h"

#define TESTING_ANSWERS_MAX 8

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

#endif
