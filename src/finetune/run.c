/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: a trainer's process from its descriptors to its end. */
#include "finetune/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "trainer/protocol.h"

enum {
	DIAGNOSTICS_MAX = 1024,
	PIECE = 64 * 1024,
	IDLE_LINES_MAX = 20000, /* without a step between them */
	END_MS = 1000           /* from the end of its lines to its own */
};

struct finetune_run {
	pid_t pid; /* 0: none, or waited for */
	int in_fd, out_fd, err_fd;
	int status;
	int64_t silence_ms, heard_ms, closed_ms; /* steady clock; closed_ms 0: it still speaks */
	int64_t idle_lines;
	size_t searched; /* bytes of `text` that have no line feed */
	struct bh_buf text, diagnostics;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- its start ---- */

struct places {
	int fds[4]; /* in the order of the program's descriptors */
	int mine[3];
};

static int
job_file(const struct bh_buf *job, int *out)
{
	int fd = memfd_create("job", MFD_CLOEXEC);

	if (fd < 0 || write(fd, job->data, job->len) != (ssize_t)job->len ||
		lseek(fd, 0, SEEK_SET) < 0) {
		if (fd >= 0)
			close(fd);
		return bh_error(BH_E_IO, "hand over a job: %m");
	}
	*out = fd;
	return 0;
}

/* Pipes for 0 to 2, the job for 3. */
static int
open_places(const struct bh_buf *job, struct places *places)
{
	for (int i = 0; i < 3; i++) {
		int pipe[2];

		if (pipe2(pipe, O_CLOEXEC) < 0)
			return bh_error(BH_E_IO, "pipe: %m");
		places->fds[i] = pipe[i == 0 ? 0 : 1];
		places->mine[i] = pipe[i == 0 ? 1 : 0];
	}
	return job_file(job, &places->fds[3]);
}

static int
spawn(struct finetune_run *run, const struct finetune_run_conf *conf, const struct places *places)
{
	const struct rlimit most = {(rlim_t)conf->written_max, (rlim_t)conf->written_max};
	const struct bh_child_arguments arguments = {.list = {"bulkhead-train"}, .n = 1};
	int rc = bh_child_start(conf->program, &arguments, places->fds, BH_COUNT(places->fds),
		&run->pid);

	if (rc < 0)
		return rc;
	/* What it serves nobody waits for; whoever chats does. */
	if (setpriority(PRIO_PROCESS, (id_t)run->pid, conf->niceness) < 0 && errno != ESRCH)
		return bh_error(BH_E_UNAVAILABLE, "make a trainer nice: %m");
	if (prlimit(run->pid, RLIMIT_FSIZE, &most, NULL) < 0 && errno != ESRCH)
		return bh_error(BH_E_UNAVAILABLE, "limit a trainer: %m");
	return 0;
}

static int
start(struct finetune_run *run, const struct finetune_run_conf *conf)
{
	struct places places = {{-1, -1, -1, -1}, {-1, -1, -1}};
	int rc = open_places(conf->job, &places);

	if (rc == 0)
		rc = spawn(run, conf, &places);
	for (int i = 0; i < 4; i++)
		close_fd(&places.fds[i]);
	run->in_fd = places.mine[0];
	run->out_fd = places.mine[1];
	run->err_fd = places.mine[2];
	for (int i = 0; i < 3; i++)
		if (places.mine[i] >= 0 && fcntl(places.mine[i], F_SETFL, O_NONBLOCK) < 0 && rc == 0)
			rc = bh_error(BH_E_IO, "prepare a pipe: %m");
	return rc;
}

int
finetune_run_open(const struct finetune_run_conf *conf, struct finetune_run **out)
{
	struct finetune_run *run = calloc(1, sizeof(*run));
	int rc;

	if (run == NULL)
		return BH_E_MEMORY;
	run->in_fd = run->out_fd = run->err_fd = -1;
	run->silence_ms = conf->silence_ms;
	run->heard_ms = bh_clock_steady_ms();
	rc = start(run, conf);
	if (rc < 0)
		finetune_run_close(run);
	else
		*out = run;
	return rc;
}

/* ---- what it says ---- */

static int
read_some(int *fd, struct bh_buf *into)
{
	ssize_t n = read(*fd, bh_buf_room(into, PIECE), PIECE);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : bh_error(BH_E_IO, "read from a trainer: %m");
	if (n == 0)
		close_fd(fd);
	into->len += (size_t)n;
	if (into->data != NULL)
		into->data[into->len] = '\0';
	return 0;
}

/* A line that is whole: 1. */
static int
take_line(struct finetune_run *run, struct finetune_said *out)
{
	struct bh_buf *text = &run->text;
	char *end = text->len > run->searched
		? memchr(text->data + run->searched, '\n', text->len - run->searched)
		: NULL;
	size_t len;
	int rc;

	run->searched = text->len;
	if (end == NULL && text->len > TRAINER_LINE_BYTES_MAX)
		return bh_error(BH_E_PROTOCOL, "the trainer said a line that is too long");
	if (end == NULL)
		return 0;
	len = (size_t)(end - text->data);
	rc = finetune_said_read(text->data, len, out);
	bh_buf_shift(text, len + 1);
	run->searched = 0;
	if (rc < 0)
		return rc;
	run->idle_lines = out->type == FINETUNE_SAID_PROGRESS ? 0 : run->idle_lines + 1;
	if (run->idle_lines > IDLE_LINES_MAX) {
		finetune_said_close(out);
		return bh_error(BH_E_PROTOCOL, "the trainer speaks without getting on");
	}
	return 1;
}

static int
listen_to(struct finetune_run *run, int64_t wait_ms)
{
	struct pollfd fds[2] = {{run->out_fd, POLLIN, 0}, {run->err_fd, POLLIN, 0}};
	int rc = 0;

	if (poll(fds, 2, (int)wait_ms) < 0)
		return errno == EINTR ? 0 : bh_error(BH_E_IO, "poll: %m");
	if (fds[0].revents != 0) {
		run->heard_ms = bh_clock_steady_ms();
		rc = read_some(&run->out_fd, &run->text);
	}
	if (rc == 0 && fds[1].revents != 0)
		rc = read_some(&run->err_fd, &run->diagnostics);
	if (run->diagnostics.len > DIAGNOSTICS_MAX)
		bh_buf_shift(&run->diagnostics, run->diagnostics.len - DIAGNOSTICS_MAX);
	return rc;
}

/* It has ended, or is about to. */
static int
reap(struct finetune_run *run)
{
	int status = bh_child_wait(&run->pid, NULL);

	if (status < 0)
		return status;
	run->status = status;
	return BH_E_EMPTY;
}

/* Closing its pipe is not its end. */
static int
await_end(struct finetune_run *run, int64_t wait_ms)
{
	int64_t now_ms = bh_clock_steady_ms();
	siginfo_t end = {0};

	if (run->pid == 0)
		return BH_E_EMPTY;
	if (run->closed_ms == 0)
		run->closed_ms = now_ms;
	if (waitid(P_PID, (id_t)run->pid, &end, WEXITED | WNOWAIT | WNOHANG) == 0 && end.si_pid != 0)
		return reap(run);
	if (now_ms - run->closed_ms > END_MS) {
		kill(run->pid, SIGKILL);
		return reap(run);
	}
	poll(NULL, 0, wait_ms < 10 ? (int)wait_ms : 10);
	return 0;
}

int
finetune_run_next(struct finetune_run *run, int64_t wait_ms, struct finetune_said *out)
{
	int rc = take_line(run, out);

	if (rc != 0)
		return rc;
	if (run->out_fd < 0)
		return await_end(run, wait_ms);
	rc = listen_to(run, wait_ms);
	if (rc == 0)
		rc = take_line(run, out);
	if (rc == 0 && bh_clock_steady_ms() - run->heard_ms > run->silence_ms)
		rc = bh_error(BH_E_PROTOCOL, "the trainer has said nothing for %lld s",
			(long long)(run->silence_ms / 1000));
	return rc;
}

void
finetune_run_ask(struct finetune_run *run, const char *command)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "{\"command\":\"%s\"}\n", command);

	/* One that does not read is killed soon. */
	if (run->in_fd >= 0 && write(run->in_fd, line, (size_t)len) < 0)
		close_fd(&run->in_fd);
}

void
finetune_run_kill(struct finetune_run *run)
{
	if (run->pid == 0)
		return;
	kill(run->pid, SIGKILL);
	if (reap(run) != BH_E_EMPTY)
		bh_log(BH_LOG_WARN, "a trainer that was killed was not waited for");
}

struct finetune_ending
finetune_run_ending(const struct finetune_run *run)
{
	return (struct finetune_ending){
		.status = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1,
		.signal = WIFSIGNALED(run->status) ? WTERMSIG(run->status) : 0,
	};
}

const char *
finetune_run_diagnostics(const struct finetune_run *run)
{
	return bh_buf_string(&run->diagnostics);
}

void
finetune_run_close(struct finetune_run *run)
{
	if (run == NULL)
		return;
	finetune_run_kill(run);
	close_fd(&run->in_fd);
	close_fd(&run->out_fd);
	close_fd(&run->err_fd);
	bh_buf_close(&run->text);
	bh_buf_close(&run->diagnostics);
	free(run);
}
