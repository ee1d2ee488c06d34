/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: bulkhead-train. Reads the job, gives up what it does not need, and trains. */
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "sandbox/sandbox.h"
#include "trainer/protocol.h"
#include "trainer/train.h"

static int
read_job(struct bh_buf *out)
{
	ssize_t got;

	while ((got = read(TRAINER_FD_JOB, bh_buf_room(out, 65536), 65536)) > 0) {
		out->len += (size_t)got;
		if (out->len > TRAINER_JOB_BYTES_MAX)
			return bh_error(BH_E_TOO_LARGE, "the job's description is too long");
	}
	close(TRAINER_FD_JOB);
	return got < 0 ? bh_error(BH_E_INVALID, "the job's description cannot be read: %m") : 0;
}

static void
say_wrong_job(struct trainer_line *line, int rc)
{
	struct bh_buf message = {0};
	const char *field = bh_error_field(rc), *detail = bh_error_detail(rc);

	bh_buf_printf(&message, "%s: %s", field == NULL ? "the job" : field,
		detail[0] != '\0' ? detail : bh_error_row(rc)->sentence);
	(void)trainer_say(line, "error");
	trainer_say_text(line, "code", TRAINER_CODE_JOB);
	trainer_say_text(line, "message", bh_buf_string(&message));
	trainer_say_end(line);
	bh_buf_close(&message);
}

/* The folders of what is read, and the folder that is written. Beside the memory that the job may use there are pages
 * that are only reserved: of the model, which is mapped twice, and of threads. */
static int
enter_sandbox(const struct trainer_job *job)
{
	const char *const files[] = {job->model, job->training, job->validation, job->chat_template};
	char *copies[BH_COUNT(files)] = {0};
	const char *folders[BH_COUNT(files) + 1] = {0};
	struct stat model = {0};
	size_t count = 0;
	int rc;

	(void)stat(job->model, &model);
	for (size_t i = 0; i < BH_COUNT(files); i++)
		if (files[i] != NULL) {
			copies[count] = strdup(files[i]);
			folders[count] = dirname(copies[count]);
			count++;
		}
	rc = sandbox_enter(&(struct sandbox_needs){
		.program = "bulkhead-train",
		.cpu_seconds = (int)job->cpu_seconds,
		.descriptors = 3,
		.folders = folders,
		.in_background = true,
		.written = job->folder,
		.threads = true,
		.memory_bytes = (unsigned long)job->memory_bytes + 3 * (unsigned long)model.st_size +
			BH_GIB + (unsigned long)job->threads * 80 * BH_MIB,
	});
	for (size_t i = 0; i < count; i++)
		free(copies[i]);
	return rc;
}

/* OpenMP reads its environment before main() does anything: the program starts once more with what it needs, and with
 * nothing else of what the service has in its own. */
static int
set_environment(char **args)
{
	static char policy[] = "OMP_WAIT_POLICY=passive";
	char *environment[] = {policy, "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", NULL};

	if (environ[0] != NULL && strcmp(environ[0], policy) == 0)
		return 0;
	execve("/proc/self/exe", args, environment);
	fprintf(stderr, "bulkhead-train: start again: %m\n");
	return -1;
}

int
main(int count, char **args)
{
	struct sigaction stop = {.sa_handler = trainer_line_stop};
	struct trainer_line line;
	struct trainer_job job;
	struct bh_buf text = {0};
	int rc;

	(void)count;
	if (sandbox_tie("bulkhead-train") < 0 || set_environment(args) < 0)
		return TRAINER_EXIT_USAGE;
	sigaction(SIGTERM, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	trainer_line_open(&line, STDIN_FILENO, STDOUT_FILENO);
	(void)trainer_say(&line, "begun");
	trainer_say_int(&line, "protocol", TRAINER_PROTOCOL);
	trainer_say_text(&line, "version", BH_VERSION);
	trainer_say_end(&line);
	rc = read_job(&text);
	if (rc == 0) {
		rc = trainer_job_parse(text.data == NULL ? "" : text.data, text.len, &job);
		if (rc < 0)
			trainer_job_close(&job);
	}
	bh_buf_close(&text);
	if (rc < 0) {
		say_wrong_job(&line, rc);
		return TRAINER_EXIT_ERROR;
	}
	if (enter_sandbox(&job) < 0)
		return TRAINER_EXIT_USAGE;
	rc = trainer_train(&job, &line);
	trainer_job_close(&job);
	trainer_line_close(&line);
	return rc;
}
