/* SPDX-License-Identifier: Apache-2.0 */
/* sound.c: the program's process from its descriptors to its end. */
#include "multimodal/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audio/protocol.h"
#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/client.h"
#include "json/json.h"

enum { SAID_BYTES_MAX = 8192 };

/* ---- its process ---- */

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int
start(const char *program, const struct bh_child_arguments *arguments, int input_fd, int said_fd,
	int output_fd, pid_t *out)
{
	/* Its diagnostics are for our log. */
	return bh_child_start(program, arguments, (const int[]){input_fd, said_fd, -1, output_fd},
		AUDIO_FD_OUTPUT + 1, out);
}

/* Its exit status, or -1. */
static int
end(pid_t *pid)
{
	int status = *pid > 0 ? bh_child_wait(pid, NULL) : -1;

	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- what it says ---- */

/* Reads until its end. BH_E_PROTOCOL: it says too much. */
static int
listen_to(int fd, const struct multimodal_sound_conf *conf, struct bh_buf *said)
{
	int64_t deadline_ms = bh_clock_steady_ms() + conf->timeout_ms;

	for (;;) {
		int64_t left_ms = deadline_ms - bh_clock_steady_ms();
		int rc = left_ms <= 0 ? BH_E_UPSTREAM_TIMEOUT
							  : bh_http_wait(fd, conf->watch_fd, conf->cancel, left_ms);
		ssize_t n;

		if (rc < 0)
			return rc;
		n = read(fd, bh_buf_room(said, SAID_BYTES_MAX), SAID_BYTES_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(BH_E_IO, "read from bulkhead-audio: %m");
		if (n == 0)
			return 0;
		said->len += (size_t)n;
		if (said->len > SAID_BYTES_MAX)
			return BH_E_PROTOCOL;
	}
}

/* The recording's own fault, in the program's words where they are text. */
static int
refuse(const struct bh_json *line, const char *param)
{
	const char *message = bh_json_get_string(line, "message");
	const char *code = bh_json_get_string(line, "code");

	if (message == NULL || strlen(message) > 255 || code == NULL)
		return BH_E_PROTOCOL;
	if (strcmp(code, AUDIO_CODE_SETUP) == 0)
		return bh_error(BH_E_UNAVAILABLE, "bulkhead-audio: %s", message);
	return bh_error_param(BH_E_INVALID, param, "%s", message);
}

/* One line. BH_E_PROTOCOL: it is none. */
static int
take_line(const struct bh_json *line, const char *param, struct bh_arena *arena,
	struct multimodal_heard *out, bool *out_ended)
{
	const char *type = bh_json_get_string(line, "type");
	const char *format = bh_json_get_string(line, "format");

	if (type == NULL)
		return BH_E_PROTOCOL;
	if (strcmp(type, "head") == 0 && format != NULL && strlen(format) < 16)
		out->format = bh_arena_strdup(arena, format);
	if (strcmp(type, "made") == 0) {
		out->milliseconds = bh_json_get_int(line, "milliseconds", -1);
		(void)bh_json_bool(bh_json_get(line, "truncated"), &out->truncated);
	}
	*out_ended = strcmp(type, "end") == 0;
	return strcmp(type, "error") == 0 ? refuse(line, param) : 0;
}

static int
take_lines(const struct bh_buf *said, const char *param, struct bh_arena *arena,
	struct multimodal_heard *out)
{
	const char *at = bh_buf_string(said), *next;
	bool ended = false;
	int rc = 0;

	while (rc == 0 && !ended && (next = strchr(at, '\n')) != NULL) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

		rc = bh_json_parse(at, (size_t)(next - at), &doc);
		if (rc == 0)
			rc = take_line(doc.root, param, arena, out, &ended);
		at = next + 1;
	}
	return rc == BH_E_JSON || (rc == 0 && !ended) ? BH_E_PROTOCOL : rc;
}

/* ---- decoding ---- */

int
multimodal_sound_decode(const struct multimodal_sound_conf *conf, int input_fd, int output_fd,
	const char *to, const char *param, struct bh_arena *arena, struct multimodal_heard *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf said = {0};
	struct bh_child_arguments arguments = {.list = {(char *)"bulkhead-audio"}, .n = 1};
	struct multimodal_heard heard = {.milliseconds = -1, .format = ""};
	int said_fds[2] = {-1, -1};
	pid_t pid = 0;
	int rc, status;

	bh_child_add(&arguments, "--decode", to);
	bh_child_add_number(&arguments, "--limit-bytes", conf->bytes_max);
	bh_child_add_number(&arguments, "--limit-seconds", conf->seconds_max);
	if (lseek(input_fd, 0, SEEK_SET) < 0 || pipe2(said_fds, O_CLOEXEC) < 0)
		return bh_error(BH_E_IO, "hand a recording over: %m");
	rc = start(conf->program, &arguments, input_fd, said_fds[1], output_fd, &pid);
	close_fd(&said_fds[1]);
	if (rc == 0)
		rc = listen_to(said_fds[0], conf, &said);
	close_fd(&said_fds[0]);
	if (rc < 0)
		bh_child_kill(&pid);
	status = end(&pid);
	if (rc == 0)
		rc = take_lines(&said, param, arena, &heard);
	if (rc == 0 && (status != AUDIO_EXIT_OK || heard.milliseconds < 0))
		rc = BH_E_PROTOCOL;
	/* What is no fault of this machine is one of the recording. */
	if (rc == BH_E_PROTOCOL && status == AUDIO_EXIT_OUTPUT)
		return bh_error(BH_E_NO_ROOM, "bulkhead-audio could not write what it made");
	if (rc == BH_E_PROTOCOL && status == AUDIO_EXIT_USAGE)
		return bh_error(BH_E_UNAVAILABLE, "bulkhead-audio does not start");
	if (rc == BH_E_PROTOCOL || rc == BH_E_UPSTREAM_TIMEOUT)
		return bh_error_param(BH_E_INVALID, param,
			"The recording could not be decoded. It may be damaged.");
	if (rc == 0)
		*out = heard;
	return rc;
}

/* ---- encoding ---- */

int
multimodal_sound_encoder_open(const char *program, const char *format, int64_t rate,
	int64_t seconds_max, int output_fd, struct multimodal_sound_encoder *out)
{
	struct multimodal_sound_encoder encoder = {0, -1, -1};
	struct bh_child_arguments arguments = {.list = {(char *)"bulkhead-audio"}, .n = 1};
	int in[2] = {-1, -1}, said[2] = {-1, -1};
	int rc = 0;

	bh_child_add(&arguments, "--encode", format);
	bh_child_add_number(&arguments, "--rate", rate);
	bh_child_add_number(&arguments, "--limit-seconds", seconds_max);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(said, O_CLOEXEC) < 0)
		rc = bh_error(BH_E_IO, "pipe: %m");
	if (rc == 0)
		rc = start(program, &arguments, in[0], said[1], output_fd, &encoder.pid);
	close_fd(&in[0]);
	close_fd(&said[1]);
	encoder.input_fd = in[1];
	encoder.said_fd = said[0];
	if (rc < 0)
		multimodal_sound_encoder_close(&encoder);
	else
		*out = encoder;
	return rc;
}

bool
multimodal_sound_encoder_finish(struct multimodal_sound_encoder *encoder)
{
	return end(&encoder->pid) == AUDIO_EXIT_OK;
}

void
multimodal_sound_encoder_close(struct multimodal_sound_encoder *encoder)
{
	bh_child_kill(&encoder->pid);
	/* A zeroed one has none: 0 is nobody's here. */
	if (encoder->input_fd > 0)
		close(encoder->input_fd);
	if (encoder->said_fd > 0)
		close(encoder->said_fd);
	encoder->input_fd = encoder->said_fd = -1;
}
