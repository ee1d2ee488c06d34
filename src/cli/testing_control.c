/* SPDX-License-Identifier: Apache-2.0 */
/* testing_control.c: see the header. */
#include "cli/testing_control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

static int64_t
admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	(void)exchange;
	return BH_MIB;
}

static void
handle(void *ctx, struct bh_http_exchange *exchange)
{
	static const struct bh_http_header headers[] = {{"content-type", "application/json"}};
	static const char missing[] = "{\"error\":{\"message\":\"No such object.\"}}";
	struct testing_control *control = ctx;
	const char *target = bh_arena_printf(exchange->arena, "%s %s%s%s", exchange->method,
		exchange->path, exchange->query != NULL ? "?" : "",
		exchange->query != NULL ? exchange->query : "");

	bh_buf_printf(&control->asked, "%s%s%.*s\n", target, exchange->body.len > 0 ? " " : "",
		(int)exchange->body.len, exchange->body.data);
	for (size_t i = 0; i < TESTING_ANSWERS_MAX && control->answers[i].request != NULL; i++) {
		const char *body = control->answers[i].body;

		if (strncmp(target, control->answers[i].request, strlen(control->answers[i].request)) ==
			0) {
			bh_http_answer(exchange, control->answers[i].status, headers, 1, body, strlen(body));
			return;
		}
	}
	bh_http_answer(exchange, 404, headers, 1, missing, strlen(missing));
}

int
testing_control_open(void **state)
{
	struct testing_control *control = calloc(1, sizeof(*control));
	struct bh_http_server_conf conf = {
		.socket_mode = 0600,
		.connections_max = 5,
		.idle_s = 10,
		.body_memory_max = BH_MIB,
		.spool_dir = control->folder,
		.ctx = control,
		.admit = admit,
		.handle = handle,
	};

	snprintf(control->folder, sizeof(control->folder), "/tmp/bulkhead-test-XXXXXX");
	if (mkdtemp(control->folder) == NULL)
		return -1;
	control->cli.args = control->args;
	control->cli.instance.place.home = control->folder;
	control->cli.instance.place.control = bh_arena_printf(&control->cli.instance.arena,
		"%s/control.sock", control->folder);
	supervisor_instance_reach(&control->cli.instance, "http://127.0.0.1:8080");
	conf.socket_path = control->cli.instance.place.control;
	*state = control;
	return bh_http_server_open(&conf, &control->server);
}

int
testing_control_close(void **state)
{
	struct testing_control *control = *state;
	char command[128];
	int status;

	bh_http_server_close(control->server, 1000);
	bh_arena_close(&control->cli.instance.arena);
	bh_buf_close(&control->asked);
	free(control->out);
	free(control->err);
	snprintf(command, sizeof(command), "rm -rf '%s'", control->folder);
	status = system(command);
	free(control);
	return status;
}

void
testing_control_answer(struct testing_control *control, const char *request, int status,
	const char *body)
{
	size_t i = 0;

	while (control->answers[i].request != NULL)
		i++;
	BH_ASSERT(i < TESTING_ANSWERS_MAX);
	control->answers[i].request = request;
	control->answers[i].status = status;
	control->answers[i].body = body;
}

static const struct cli_command *
find(const char *words)
{
	const struct cli_command *at = cli_commands;
	char named[CLI_NAME_MAX] = "";

	for (; strcmp(named, words) != 0; at++) {
		BH_ASSERT(at->noun != NULL);
		cli_command_name(at, named);
	}
	return at - 1;
}

int
testing_control_run(struct testing_control *control, const char *command)
{
	FILE *kept_out = stdout, *kept_err = stderr;
	int status;

	bh_buf_reset(&control->asked);
	free(control->out);
	free(control->err);
	control->out = control->err = NULL;
	stdout = open_memstream(&control->out, &control->out_len);
	stderr = open_memstream(&control->err, &control->err_len);
	control->cli.command = find(command);
	status = control->cli.command->run(&control->cli);
	fclose(stdout);
	fclose(stderr);
	stdout = kept_out;
	stderr = kept_err;
	return status;
}

int
testing_control_run_with(struct testing_control *control, const char *command, char *input)
{
	FILE *kept = stdin;
	int status;

	stdin = fmemopen(input, strlen(input), "r");
	assert_non_null(stdin);
	status = testing_control_run(control, command);
	fclose(stdin);
	stdin = kept;
	return status;
}

void
testing_control_asked(struct testing_control *control, const char *wanted)
{
	assert_string_equal(bh_buf_string(&control->asked), wanted);
}
