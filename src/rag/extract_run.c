/* SPDX-License-Identifier: Apache-2.0 */
/* extract_run.c: the reader's process from spawn to wait, and its lines. */
#include "rag/extract_run.h"

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

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/error.h"
#include "extract/protocol.h"

enum { SHORT_MS = 3000 }; /* a short one that takes longer is none */
enum { TICK_MS = 200, DIAGNOSTICS_MAX = 300 };
enum {
	HAS_PICTURES = 2, /* beside RAG_EXTRACT_PAUSED */
	OCR_WALL =
		4, /* a reader yields to everything else, and may take so many times its processor time */
};

#define READER_BYTES_MAX (1536LL * BH_MIB) /* as sandbox/sandbox.c limits it */

/* One run: the child and what it has said so far. */
struct run {
	const struct rag_extract_conf *conf;
	int64_t since_ms, deadline_ms;
	pid_t pid;                 /* 0: none, or waited for */
	int out_fd, err_fd;        /* owned; -1: closed */
	struct bh_buf diagnostics; /* the start of what it wrote to fd 2 */
	bool pictures;             /* it is to read them; else it says that there are some */
	struct rusage usage;       /* of the child, once it has been waited for */
	struct rag_extract_lines said;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Ends the whole group: nothing the reader started outlives the run. */
static void
run_close(struct run *run)
{
	bh_child_kill(&run->pid);
	close_fd(&run->out_fd);
	close_fd(&run->err_fd);
	bh_buf_close(&run->diagnostics);
	rag_extract_lines_close(&run->said);
}

static int
spawn(struct run *run, int fd, const char *filename, const char *content_type, int out, int err)
{
	const struct rag_extract_conf *conf = run->conf;
	struct bh_child_arguments arguments = {.list = {(char *)"bulkhead-extract"}, .n = 1};

	bh_child_add(&arguments, "--name", filename);
	bh_child_add_number(&arguments, "--max-characters", conf->characters_max);
	bh_child_add(&arguments, "--mime", content_type[0] != '\0' ? content_type : NULL);
	if (run->pictures) {
		bh_child_add(&arguments, "--ocr", conf->ocr_languages);
		bh_child_add_number(&arguments, "--ocr-seconds", conf->ocr_s);
	} else if (conf->ocr_languages != NULL) {
		bh_child_add(&arguments, "--pictures", "ask");
	}
	return bh_child_start(conf->program, &arguments, (const int[]){fd, out, err}, 3, &run->pid);
}

static int
start(struct run *run, int fd, const char *filename, const char *content_type)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1};
	int rc;

	if (pipe2(out, O_CLOEXEC) < 0)
		return bh_error(BH_E_IO, "pipe: %m");
	run->out_fd = out[0];
	if (pipe2(err, O_CLOEXEC) < 0) {
		close_fd(&out[1]);
		return bh_error(BH_E_IO, "pipe: %m");
	}
	run->err_fd = err[0];
	rc = spawn(run, fd, filename, content_type, out[1], err[1]);
	close_fd(&out[1]);
	close_fd(&err[1]);
	return rc;
}

/* Bytes there are on one of the pipes; closes it at its end. */
static int
read_some(struct run *run, int *fd, struct bh_buf *into)
{
	ssize_t n = read(*fd, bh_buf_room(into, 64 * BH_KIB), 64 * BH_KIB);
	size_t before = into->len;

	if (n < 0)
		return errno == EINTR ? 0 : bh_error(BH_E_IO, "read from the document reader: %m");
	if (n == 0) {
		close_fd(fd);
		return 0;
	}
	into->len += (size_t)n;
	if (into == &run->said.line)
		return rag_extract_lines_take(&run->said, before);
	if (into->len > DIAGNOSTICS_MAX)
		into->len = DIAGNOSTICS_MAX;
	into->data[into->len] = '\0';
	return 0;
}

static bool
is_set(const bool *flag)
{
	return flag != NULL && __atomic_load_n(flag, __ATOMIC_RELAXED);
}

/* 0, BH_E_CANCELLED, BH_E_TIMEOUT, RAG_EXTRACT_PAUSED or RAG_EXTRACT_LONG. */
static int
may_go_on(const struct run *run)
{
	if (is_set(run->conf->cancel))
		return BH_E_CANCELLED;
	if (bh_clock_steady_ms() > run->deadline_ms)
		return BH_E_TIMEOUT;
	/* One that is stopped before it ends with this process would outlive it. */
	if (!run->said.begun)
		return 0;
	if (is_set(run->conf->pause))
		return RAG_EXTRACT_PAUSED;
	return run->conf->is_short && bh_clock_steady_ms() - run->since_ms > SHORT_MS ? RAG_EXTRACT_LONG
																				  : 0;
}

/* Until both pipes are closed. */
static int
listen_to(struct run *run)
{
	while (run->out_fd >= 0 || run->err_fd >= 0) {
		struct pollfd fds[2] = {{run->out_fd, POLLIN, 0}, {run->err_fd, POLLIN, 0}};
		int rc = may_go_on(run);

		if (rc != 0)
			return rc;
		if (poll(fds, 2, TICK_MS) < 0 && errno != EINTR)
			return bh_error(BH_E_IO, "poll: %m");
		if (fds[0].revents != 0)
			rc = read_some(run, &run->out_fd, &run->said.line);
		if (rc == 0 && fds[1].revents != 0)
			rc = read_some(run, &run->err_fd, &run->diagnostics);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Closing its pipes is not the reader's end: the same limits hold until then. */
static int
wait_end(const struct run *run)
{
	struct pollfd end = {.fd = pidfd_open(run->pid, 0), .events = POLLIN};
	int rc = end.fd < 0 ? bh_error(BH_E_IO, "watch the document reader: %m") : 0;

	while (rc == 0 && end.revents == 0) {
		rc = may_go_on(run);
		if (rc == 0 && poll(&end, 1, TICK_MS) < 0 && errno != EINTR)
			rc = bh_error(BH_E_IO, "poll: %m");
	}
	close_fd(&end.fd);
	return rc;
}

static int
refuse(struct rag_failure *failure, const char *message)
{
	*failure = (struct rag_failure){"invalid_file", message};
	return BH_E_INVALID;
}

static int
refuse_failed(struct rag_failure *failure)
{
	return refuse(failure,
		"The file could not be read because the document reader failed. It may be damaged.");
}

/* The kernel's answer to more processor time than it may have is the same signal. */
static bool
had_time(const struct run *run)
{
	const struct rusage *usage = &run->usage;
	int64_t most_s = EXTRACT_CPU_SECONDS_DEFAULT + (run->pictures ? run->conf->ocr_s : 0);

	return usage->ru_utime.tv_sec + usage->ru_stime.tv_sec + 2 < most_s;
}

/* Killed by the kernel, which had no memory left, or ended by itself at its own limit. */
static bool
was_short_of_memory(const struct run *run, int status)
{
	bool at_limit = run->usage.ru_maxrss * (int64_t)BH_KIB >= READER_BYTES_MAX / 4 * 3 ||
		strstr(bh_buf_string(&run->diagnostics), "bad_alloc") != NULL;

	if (!WIFSIGNALED(status))
		return false;
	return WTERMSIG(status) == SIGKILL ? had_time(run) : at_limit;
}

/* What the end of the child means. HAS_PICTURES: it is to be read again. */
static int
judge(struct run *run, int status, struct bh_arena *arena, struct rag_document *out,
	struct rag_failure *failure)
{
	const struct rag_extract_lines *said = &run->said;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (said->refused && code == EXTRACT_EXIT_ERROR) {
		*failure = (struct rag_failure){said->failure.code,
			bh_arena_strdup(arena, said->failure.message)};
		return BH_E_INVALID;
	}
	if (code == EXTRACT_EXIT_OCR && !run->pictures && run->conf->ocr_languages != NULL)
		return HAS_PICTURES;
	if (code == EXTRACT_EXIT_USAGE || code == 127)
		return bh_error(BH_E_UNAVAILABLE, "the document reader does not start: %s",
			bh_buf_string(&run->diagnostics));
	if (was_short_of_memory(run, status))
		return bh_error(BH_E_MEMORY, "the document reader ran out of memory");
	if (code != EXTRACT_EXIT_OK || !said->ended || said->document.format == NULL)
		return refuse_failed(failure);
	if (said->text.len == 0)
		return refuse(failure, "The file contains no text.");

	rag_extract_lines_finish(said, arena, out);
	return 0;
}

/* ---- the whole, in turns ---- */

struct rag_extraction {
	struct run run;
	struct bh_arena arena; /* of the run */
	int64_t left_ms;       /* of the reader's time */
	int fd;                /* owned: the file, for a second reader */
	const char *filename, *content_type;
	bool has_pictures; /* and the reader that is to read them has not been started */
};

/* Starts a reader. With pictures: what they say is wanted, and takes much longer. */
static int
begin(struct rag_extraction *extraction, const struct rag_extract_conf *conf, bool pictures)
{
	extraction->left_ms = conf->timeout_ms + (pictures ? OCR_WALL * conf->ocr_s * 1000 : 0);
	extraction->run = (struct run){
		.conf = conf,
		.pictures = pictures,
		.said = {.conf = conf,
			.arena = &extraction->arena,
			.document.ocr = {.low_pages = "", .unread_pages = ""}},
		.out_fd = -1,
		.err_fd = -1,
	};
	/* The first one may have moved the place that both share. */
	if (lseek(extraction->fd, 0, SEEK_SET) < 0 && errno != ESPIPE)
		return bh_error(BH_E_IO, "read a file from its start: %m");
	return start(&extraction->run, extraction->fd, extraction->filename, extraction->content_type);
}

int
rag_extract_open(const struct rag_extract_conf *conf, int fd, const char *filename,
	const char *content_type, struct rag_extraction **out)
{
	struct rag_extraction *extraction = calloc(1, sizeof(*extraction));
	int rc;

	if (extraction == NULL)
		return BH_E_MEMORY;
	extraction->filename = bh_arena_strdup(&extraction->arena, filename);
	extraction->content_type = bh_arena_strdup(&extraction->arena, content_type);
	extraction->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	rc = extraction->fd < 0 ? bh_error(BH_E_IO, "keep a file open: %m")
							: begin(extraction, conf, false);
	if (rc < 0)
		rag_extract_close(extraction);
	else
		*out = extraction;
	return rc;
}

/* Its pipes hold what it wrote until it stopped. */
static int
stop(struct rag_extraction *extraction)
{
	const struct run *run = &extraction->run;

	if (kill(-run->pid, SIGSTOP) < 0)
		return bh_error(BH_E_IO, "stop the document reader: %m");
	extraction->left_ms = run->deadline_ms - bh_clock_steady_ms();
	return 0;
}

static int
listen_once(struct rag_extraction *extraction, const struct rag_extract_conf *conf,
	struct bh_arena *arena, struct rag_document *out, struct rag_failure *failure)
{
	struct run *run = &extraction->run;
	int rc;

	run->conf = run->said.conf = conf;
	run->since_ms = bh_clock_steady_ms();
	run->deadline_ms = run->since_ms + extraction->left_ms;
	rag_extract_lines_show(&run->said);
	if (kill(-run->pid, SIGCONT) < 0)
		return bh_error(BH_E_IO, "continue the document reader: %m");

	rc = listen_to(run);
	if (rc == 0)
		rc = wait_end(run);
	if (rc == RAG_EXTRACT_PAUSED || rc == RAG_EXTRACT_LONG) {
		int stopped = stop(extraction);

		return stopped < 0 ? stopped : rc;
	}
	if (rc == BH_E_TIMEOUT)
		return refuse(failure,
			"The file could not be read in the time allowed. It is too complex or damaged.");
	if (rc == BH_E_PROTOCOL)
		return refuse_failed(failure);
	if (rc < 0)
		return rc;

	rc = bh_child_wait(&run->pid, &run->usage);
	return rc < 0 ? rc : judge(run, rc, arena, out, failure);
}

int
rag_extract_listen(struct rag_extraction *extraction, const struct rag_extract_conf *conf,
	struct bh_arena *arena, struct rag_document *out, struct rag_failure *failure)
{
	int rc = HAS_PICTURES;

	if (!extraction->has_pictures)
		rc = listen_once(extraction, conf, arena, out, failure);
	if (rc != HAS_PICTURES)
		return rc;
	run_close(&extraction->run);
	extraction->run.pid = 0;
	extraction->has_pictures = conf->is_short;
	if (conf->is_short)
		return RAG_EXTRACT_LONG;
	rc = begin(extraction, conf, true);
	return rc < 0 ? rc : listen_once(extraction, conf, arena, out, failure);
}

/* Memory of its own, or the most it may have where nobody says; the document, which it maps, is the disk's. */
static int64_t
reader_bytes(pid_t pid)
{
	char path[32];
	long long resident, shared;
	FILE *file;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	file = fopen(path, "re");
	if (file != NULL) {
		n = fscanf(file, "%*d %lld %lld", &resident, &shared);
		fclose(file);
	}
	return n == 2 ? (resident - shared) * sysconf(_SC_PAGESIZE) : READER_BYTES_MAX;
}

int64_t
rag_extract_bytes(const struct rag_extraction *extraction)
{
	return reader_bytes(extraction->run.pid);
}

int64_t
rag_extract_said_bytes(const struct rag_extraction *extraction)
{
	const struct rag_extract_lines *said = &extraction->run.said;

	return (int64_t)(said->text.size + said->blocks.size + said->line.size);
}

bool
rag_extract_lives(const struct rag_extraction *extraction)
{
	siginfo_t end = {0};

	return extraction->run.pid > 0 &&
		waitid(P_PID, (id_t)extraction->run.pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		end.si_pid == 0;
}

void
rag_extract_close(struct rag_extraction *extraction)
{
	if (extraction == NULL)
		return;
	run_close(&extraction->run);
	if (extraction->fd >= 0)
		close(extraction->fd);
	bh_arena_close(&extraction->arena);
	free(extraction);
}
