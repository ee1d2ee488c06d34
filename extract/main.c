/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: bulkhead-extract. Reads the document in a child of its own where it may turn out to be one for bulkhead-ocr,
 * which takes this process's place then: nothing that has seen the document can start a program. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "protocol.h"
#include "sandbox.h"
#include "sink.h"

enum { EXIT_OF_SIGNAL = 128 };

static int
read_document(const struct extract_options *options)
{
	struct extract_sink sink;
	int status;

	extract_sink_open(&sink, STDOUT_FILENO, options->characters_max);
	sink.ocr_mode = options->ocr == NULL ? EXTRACT_OCR_OFF : EXTRACT_OCR_ASKS;
	status = extract_program_read(options, &sink, 0);
	extract_sink_close(&sink);
	return status;
}

/* Reads it in a child. Returns its exit status. */
static int
read_apart(const struct extract_options *options)
{
	pid_t parent = getpid(), child;
	int status;

	if (extract_sandbox_lower_priority() < 0)
		return EXTRACT_EXIT_USAGE;
	child = fork();
	if (child < 0) {
		fprintf(stderr, "bulkhead-extract: fork: %m\n");
		return EXTRACT_EXIT_USAGE;
	}
	if (child == 0) {
		/* It does not outlive this process, which may have ended already. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(EXTRACT_EXIT_USAGE);
		exit(read_document(options));
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EXTRACT_EXIT_USAGE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_OF_SIGNAL + WTERMSIG(status);
}

/* Becomes bulkhead-ocr, which lies beside this program. Returns only if that fails. */
static int
become_ocr(char **args)
{
	/* One thread: a document has one processor. */
	char *environment[] = {"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", "OMP_THREAD_LIMIT=1", NULL};
	static const char name[] = "bulkhead-ocr";
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
	char *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL) {
		memcpy(slash + 1, name, sizeof(name));
		execve(path, args, environment);
	}
	fprintf(stderr, "bulkhead-extract: start %s: %m\n", path);
	return EXTRACT_EXIT_USAGE;
}

int
main(int count, char **args)
{
	struct extract_options options;
	int status;

	if (!extract_options_parse(count, args, &options))
		return EXTRACT_EXIT_USAGE;
	if (options.ocr == NULL)
		return read_document(&options);
	status = read_apart(&options);
	return status == EXTRACT_EXIT_OCR ? become_ocr(args) : status;
}
