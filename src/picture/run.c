/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: the program's process from its arguments to its end. */
#include "picture/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/error.h"

enum { TICK_MS = 50, DIAGNOSTICS_MAX = 300 };

struct bh_picture_run {
	struct bh_picture_conf conf;
	struct bh_arena arena; /* of what it said */
	struct bh_picture_said said;
	struct bh_buf diagnostics; /* the start of what it wrote to fd 2 */
	size_t told;               /* pictures that next() has returned */
	int64_t deadline_ms;
	pid_t pid; /* 0: none, or waited for */
	int out_fd, err_fd, output_fd;
	bool over; /* it has ended well */
	bool overran, failed;
	struct rusage usage;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int
bh_picture_spool(const char *dir, int *out_fd)
{
	char path[512];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	int len;

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		len = snprintf(path, sizeof(path), "%s/picture-XXXXXX", dir);
		if (len < 0 || (size_t)len >= sizeof(path))
			return bh_error(BH_E_IO, "the path of the spool folder is too long");
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return bh_error(errno == ENOSPC || errno == EDQUOT ? BH_E_NO_ROOM : BH_E_IO,
			"spool file in %s: %m", dir);
	*out_fd = fd;
	return 0;
}

int
bh_picture_spool_write(int fd, const void *bytes, size_t len)
{
	for (const char *at = bytes; len > 0;) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return bh_error(BH_E_NO_ROOM, "write a spool file: %m");
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* ---- its start ---- */

static void
add_limit(struct bh_child_arguments *arguments, const char *name, int64_t value)
{
	if (value > 0)
		bh_child_add_number(arguments, name, value);
}

static void
fill_arguments(const struct bh_picture_order *order, struct bh_child_arguments *arguments)
{
	bh_child_add(arguments, "--draw", order->draw);
	add_limit(arguments, "--edit", (int64_t)order->n_edits);
	bh_child_add(arguments, "--mask", order->mask_fd > 0 ? "yes" : NULL);
	bh_child_add(arguments, "--to", order->to);
	add_limit(arguments, "--max-edge", order->max_edge);
	add_limit(arguments, "--quality", order->quality);
	bh_child_add(arguments, "--flatten", order->flatten);
	bh_child_add(arguments, "--ai-generated", order->ai_generated ? "yes" : NULL);
	bh_child_add(arguments, "--analyse", order->analyse);
	bh_child_add(arguments, "--languages", order->languages);
	add_limit(arguments, "--limit-bytes", order->limit_bytes);
	add_limit(arguments, "--limit-pixels", order->limit_pixels);
	add_limit(arguments, "--limit-edge", order->limit_edge);
	add_limit(arguments, "--limit-frames", order->limit_frames);
	add_limit(arguments, "--variants", order->variants);
	add_limit(arguments, "--partials", order->partials);
	add_limit(arguments, "--seed", order->seed);
	bh_child_add(arguments, "--background", order->transparent ? "transparent" : NULL);
}

static int
spawn(struct bh_picture_run *run, const struct bh_picture_order *order, int out, int err)
{
	/* What it may write, should it be taken over: no more than we read. */
	const struct rlimit most = {BH_PICTURE_OUTPUT_BYTES_MAX, BH_PICTURE_OUTPUT_BYTES_MAX};
	struct bh_child_arguments arguments = {.list = {(char *)"bulkhead-picture"}, .n = 1};
	int fds[BH_CHILD_FDS_MAX] = {order->input_fd, out, err};
	size_t n = 3;
	int rc;

	if (run->output_fd >= 0)
		fds[n++] = run->output_fd;
	for (size_t i = 0; i < order->n_edits; i++)
		fds[n++] = order->edit_fds[i];
	if (order->mask_fd > 0)
		fds[n++] = order->mask_fd;
	fill_arguments(order, &arguments);
	rc = bh_child_start(run->conf.program, &arguments, fds, n, &run->pid);
	/* EPERM: it is in its sandbox already, where nobody can reach it, and has set the same limit itself before. */
	if (rc == 0 && prlimit(run->pid, RLIMIT_FSIZE, &most, NULL) < 0 && errno != ESRCH &&
		errno != EPERM)
		return bh_error(BH_E_UNAVAILABLE, "limit the picture reader: %m");
	return rc;
}

static int
start(struct bh_picture_run *run, const struct bh_picture_order *order)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1};
	int rc = order->to != NULL ? bh_picture_spool(run->conf.spool_dir, &run->output_fd) : 0;

	if (rc == 0 && pipe2(out, O_CLOEXEC) < 0)
		rc = bh_error(BH_E_IO, "pipe: %m");
	run->out_fd = out[0];
	if (rc == 0 && pipe2(err, O_CLOEXEC) < 0)
		rc = bh_error(BH_E_IO, "pipe: %m");
	run->err_fd = err[0];
	if (rc == 0)
		rc = spawn(run, order, out[1], err[1]);
	close_fd(&out[1]);
	close_fd(&err[1]);
	return rc;
}

int
bh_picture_run_open(const struct bh_picture_conf *conf, const struct bh_picture_order *order,
	struct bh_picture_run **out)
{
	struct bh_picture_run *run = calloc(1, sizeof(*run));
	int rc;

	if (run == NULL)
		return BH_E_MEMORY;
	run->conf = *conf;
	run->out_fd = run->err_fd = run->output_fd = -1;
	run->said.arena = &run->arena;
	run->deadline_ms = bh_clock_steady_ms() + conf->timeout_ms;
	rc = start(run, order);
	if (rc < 0)
		bh_picture_run_close(run);
	else
		*out = run;
	return rc;
}

/* ---- what it says ---- */

static int
read_some(struct bh_picture_run *run, int *fd, struct bh_buf *into)
{
	ssize_t n = read(*fd, bh_buf_room(into, 64 * BH_KIB), 64 * BH_KIB);
	size_t before = into->len;

	if (n < 0)
		return errno == EINTR ? 0 : bh_error(BH_E_IO, "read from the picture reader: %m");
	if (n == 0) {
		close_fd(fd);
		return 0;
	}
	into->len += (size_t)n;
	if (into == &run->said.line)
		return bh_picture_said_take(&run->said, before);
	if (into->len > DIAGNOSTICS_MAX)
		into->len = DIAGNOSTICS_MAX;
	into->data[into->len] = '\0';
	return 0;
}

/* One wait for the program, its client, or a tick. */
static int
wait_for(struct bh_picture_run *run, struct pollfd fds[3])
{
	const bool *cancel = run->conf.cancel;

	if (cancel != NULL && __atomic_load_n(cancel, __ATOMIC_RELAXED))
		return BH_E_CANCELLED;
	if (bh_clock_steady_ms() > run->deadline_ms)
		return BH_E_TIMEOUT;
	fds[2] = (struct pollfd){run->conf.watch_fd > 0 ? run->conf.watch_fd : -1, POLLRDHUP, 0};
	if (poll(fds, 3, TICK_MS) < 0)
		return errno == EINTR ? 0 : bh_error(BH_E_IO, "poll: %m");
	return (fds[2].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0 ? BH_E_GONE : 0;
}

/* Until there is another picture, or both pipes are closed. */
static int
listen_to(struct bh_picture_run *run)
{
	while (run->said.n_made == run->told && (run->out_fd >= 0 || run->err_fd >= 0)) {
		struct pollfd fds[3] = {{run->out_fd, POLLIN, 0}, {run->err_fd, POLLIN, 0}};
		int rc = wait_for(run, fds);

		if (rc == 0 && fds[0].revents != 0)
			rc = read_some(run, &run->out_fd, &run->said.line);
		if (rc == 0 && fds[1].revents != 0)
			rc = read_some(run, &run->err_fd, &run->diagnostics);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Closing its pipes is not its end: the same limits hold until then. */
static int
wait_end(struct bh_picture_run *run)
{
	int end = pidfd_open(run->pid, 0);
	int rc = end < 0 ? bh_error(BH_E_IO, "watch the picture reader: %m") : 0;

	for (bool over = false; rc == 0 && !over;) {
		struct pollfd fds[3] = {{end, POLLIN, 0}, {-1, 0, 0}};

		rc = wait_for(run, fds);
		over = fds[0].revents != 0;
	}
	close_fd(&end);
	return rc;
}

/* Killed by the kernel, which had no memory left: its own limits end it by other signals. */
static bool
was_short_of_memory(const struct bh_picture_run *run, int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
		run->usage.ru_utime.tv_sec + run->usage.ru_stime.tv_sec + 2 < PICTURE_CPU_SECONDS_DEFAULT;
}

/* What its end means. */
static int
judge(struct bh_picture_run *run, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (run->said.refused && code == PICTURE_EXIT_ERROR) {
		if (strcmp(run->said.failure_code, PICTURE_CODE_SETUP) != 0)
			return BH_E_INVALID;
		return bh_error(BH_E_UNAVAILABLE, "the picture reader lacks something: %s",
			run->said.failure);
	}
	if (code == PICTURE_EXIT_USAGE || code == 127)
		return bh_error(BH_E_UNAVAILABLE, "the picture reader does not start: %s",
			bh_buf_string(&run->diagnostics));
	if (code == PICTURE_EXIT_OUTPUT)
		return bh_error(BH_E_NO_ROOM, "the picture reader could not write");
	if (was_short_of_memory(run, status))
		return bh_error(BH_E_MEMORY, "the picture reader ran out of memory");
	if (code != PICTURE_EXIT_OK || !run->said.ended) {
		run->failed = true;
		return BH_E_INVALID;
	}
	run->over = true;
	return 0;
}

int
bh_picture_run_next(struct bh_picture_run *run, const struct bh_picture_made **out)
{
	int rc = run->over ? 0 : listen_to(run);

	if (rc == BH_E_TIMEOUT || rc == BH_E_PROTOCOL) {
		run->overran = rc == BH_E_TIMEOUT;
		run->failed = true;
		return BH_E_INVALID;
	}
	if (rc < 0)
		return rc;
	if (run->told < run->said.n_made) {
		*out = &run->said.made[run->told++];
		return 1;
	}
	if (run->over)
		return 0;
	rc = wait_end(run);
	if (rc == BH_E_TIMEOUT) {
		run->overran = run->failed = true;
		return BH_E_INVALID;
	}
	if (rc == 0)
		rc = bh_child_wait(&run->pid, &run->usage);
	return rc < 0 ? rc : judge(run, rc);
}

int
bh_picture_run(const struct bh_picture_conf *conf, const struct bh_picture_order *order,
	struct bh_picture_run **out)
{
	const struct bh_picture_made *made;
	int rc = bh_picture_run_open(conf, order, out);

	if (rc < 0)
		return rc;
	while ((rc = bh_picture_run_next(*out, &made)) > 0)
		continue;
	return rc;
}

const struct bh_picture_said *
bh_picture_run_said(const struct bh_picture_run *run)
{
	return &run->said;
}

int
bh_picture_run_output(const struct bh_picture_run *run)
{
	return run->output_fd;
}

int
bh_picture_run_refusal(const struct bh_picture_run *run, const char *param)
{
	const char *code = run->said.failure_code;
	int number = BH_E_INVALID;

	if (run->overran)
		return bh_error_param(BH_E_IMAGE, param,
			"The image could not be read in the time allowed. It is too complex or damaged.");
	if (run->failed || code == NULL)
		return bh_error_param(BH_E_IMAGE, param,
			"The image could not be read because the image reader failed. It may be damaged.");
	if (strcmp(code, PICTURE_CODE_UNSUPPORTED) == 0)
		number = BH_E_IMAGE_FORMAT;
	else if (strcmp(code, PICTURE_CODE_DAMAGED) == 0 || strcmp(code, PICTURE_CODE_EMPTY) == 0)
		number = BH_E_IMAGE;
	else if (strcmp(code, PICTURE_CODE_TOO_LARGE) == 0)
		number = BH_E_IMAGE_TOO_LARGE;
	return bh_error_param(number, param, "%s", run->said.failure);
}

void
bh_picture_run_close(struct bh_picture_run *run)
{
	if (run == NULL)
		return;
	bh_child_kill(&run->pid);
	close_fd(&run->out_fd);
	close_fd(&run->err_fd);
	close_fd(&run->output_fd);
	bh_buf_close(&run->diagnostics);
	bh_picture_said_close(&run->said);
	bh_arena_close(&run->arena);
	free(run);
}
