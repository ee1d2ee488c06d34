/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: the program's process from its arguments to its end. */
#include "picture/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

enum {
	TICK_MS = 50,
	DIAGNOSTICS_MAX = 300,
	ARGUMENTS_MAX = 48,
	NUMBER_TEXT = 24,
	FD_LEAST = 64 /* above all places that the program's descriptors take */
};

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

/* ---- its arguments ---- */

struct arguments {
	char *list[ARGUMENTS_MAX + 1];
	char numbers[ARGUMENTS_MAX][NUMBER_TEXT];
	size_t n;
};

static void
add_text(struct arguments *arguments, const char *name, const char *value)
{
	if (value == NULL)
		return;
	arguments->list[arguments->n++] = (char *)name;
	arguments->list[arguments->n++] = (char *)value;
}

static void
add_number(struct arguments *arguments, const char *name, int64_t value)
{
	char *text = arguments->numbers[arguments->n];

	if (value <= 0)
		return;
	snprintf(text, NUMBER_TEXT, "%lld", (long long)value);
	add_text(arguments, name, text);
}

/* Two for each row below, and the name. */
static void
fill_arguments(const struct bh_picture_order *order, struct arguments *arguments)
{
	arguments->list[arguments->n++] = "bulkhead-picture";
	add_text(arguments, "--draw", order->draw);
	add_number(arguments, "--edit", (int64_t)order->n_edits);
	add_text(arguments, "--mask", order->mask_fd > 0 ? "yes" : NULL);
	add_text(arguments, "--to", order->to);
	add_number(arguments, "--max-edge", order->max_edge);
	add_number(arguments, "--quality", order->quality);
	add_text(arguments, "--flatten", order->flatten);
	add_text(arguments, "--ai-generated", order->ai_generated ? "yes" : NULL);
	add_text(arguments, "--analyse", order->analyse);
	add_text(arguments, "--languages", order->languages);
	add_number(arguments, "--limit-bytes", order->limit_bytes);
	add_number(arguments, "--limit-pixels", order->limit_pixels);
	add_number(arguments, "--limit-edge", order->limit_edge);
	add_number(arguments, "--limit-frames", order->limit_frames);
	add_number(arguments, "--variants", order->variants);
	add_number(arguments, "--partials", order->partials);
	add_number(arguments, "--seed", order->seed);
	add_text(arguments, "--background", order->transparent ? "transparent" : NULL);
	arguments->list[arguments->n] = NULL;
}

/* ---- its start ---- */

/* Its descriptors in their order, each moved out of the way of the others' places first. */
struct places {
	int fds[PICTURE_FD_EDITS + PICTURE_EDITS_MAX + 1];
	int n;
};

static void
places_close(struct places *places)
{
	for (int i = 0; i < places->n; i++)
		close(places->fds[i]);
}

static int
add_place(struct places *places, int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_LEAST);

	if (high < 0)
		return bh_error(BH_E_IO, "prepare a descriptor: %m");
	places->fds[places->n++] = high;
	return 0;
}

static int
fill_places(const struct bh_picture_run *run, const struct bh_picture_order *order, int out,
	int err, struct places *places)
{
	int rc = add_place(places, order->input_fd);

	if (rc == 0)
		rc = add_place(places, out);
	if (rc == 0)
		rc = add_place(places, err);
	if (rc == 0 && run->output_fd >= 0)
		rc = add_place(places, run->output_fd);
	for (size_t i = 0; rc == 0 && i < order->n_edits; i++)
		rc = add_place(places, order->edit_fds[i]);
	if (rc == 0 && order->mask_fd > 0)
		rc = add_place(places, order->mask_fd);
	return rc;
}

static int
spawn(struct bh_picture_run *run, const struct places *places, struct arguments *arguments)
{
	/* What it may write, should it be taken over: no more than we read. */
	const struct rlimit most = {BH_PICTURE_OUTPUT_BYTES_MAX, BH_PICTURE_OUTPUT_BYTES_MAX};
	char *environment[] = {"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int rc;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < places->n; i++)
		posix_spawn_file_actions_adddup2(&actions, places->fds[i], i);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	rc = posix_spawn(&run->pid, run->conf.program, &actions, &attributes, arguments->list,
		environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (rc != 0) {
		run->pid = 0;
		errno = rc;
		return bh_error(BH_E_UNAVAILABLE, "start %s: %m", run->conf.program);
	}
	if (prlimit(run->pid, RLIMIT_FSIZE, &most, NULL) < 0 && errno != ESRCH)
		return bh_error(BH_E_UNAVAILABLE, "limit the picture reader: %m");
	return 0;
}

static void
places_end(struct places *places)
{
	places_close(places);
	places->n = 0;
}

static int
start(struct bh_picture_run *run, const struct bh_picture_order *order)
{
	BH_AUTO(places_end) struct places places = {0};
	struct arguments arguments = {0};
	int out[2] = {-1, -1}, err[2] = {-1, -1};
	int rc = order->to != NULL ? bh_picture_spool(run->conf.spool_dir, &run->output_fd) : 0;

	if (rc == 0 && pipe2(out, O_CLOEXEC) < 0)
		rc = bh_error(BH_E_IO, "pipe: %m");
	run->out_fd = out[0];
	if (rc == 0 && pipe2(err, O_CLOEXEC) < 0)
		rc = bh_error(BH_E_IO, "pipe: %m");
	run->err_fd = err[0];
	if (rc == 0)
		rc = fill_places(run, order, out[1], err[1], &places);
	fill_arguments(order, &arguments);
	if (rc == 0)
		rc = spawn(run, &places, &arguments);
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

static int
wait_status(struct bh_picture_run *run, int *out)
{
	kill(-run->pid, SIGKILL); /* while the number is still taken by the one that has ended */
	while (wait4(run->pid, out, 0, &run->usage) < 0)
		if (errno != EINTR)
			return bh_error(BH_E_IO, "wait for the picture reader: %m");
	run->pid = 0;
	return 0;
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
	int status = 0;
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
		rc = wait_status(run, &status);
	return rc < 0 ? rc : judge(run, status);
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
	if (run->pid > 0) {
		kill(-run->pid, SIGKILL);
		while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	close_fd(&run->out_fd);
	close_fd(&run->err_fd);
	close_fd(&run->output_fd);
	bh_buf_close(&run->diagnostics);
	bh_picture_said_close(&run->said);
	bh_arena_close(&run->arena);
	free(run);
}
