/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: bulkhead-picture. Reads the picture, or becomes bulkhead-picture-ocr to do so before it has seen it: in the
 * sandbox no program can be started, and tesseract is loaded for those pictures only whose words are asked for. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "protocol.h"
#include "sandbox/sandbox.h"

/* Becomes the other program, which lies beside this one. Returns only if that fails. */
static int
become_ocr(char **args)
{
	/* One thread: a picture has one processor. */
	char *environment[] = {"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", "OMP_THREAD_LIMIT=1", NULL};
	static const char name[] = "bulkhead-picture-ocr";
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
	char *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL) {
		memcpy(slash + 1, name, sizeof(name));
		execve(path, args, environment);
	}
	fprintf(stderr, "bulkhead-picture: start %s: %m\n", path);
	return PICTURE_EXIT_USAGE;
}

/* From here on it ends with whoever started it. */
static bool
say_begun(void)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "{\"type\":\"begun\",\"protocol\":%d}\n",
		PICTURE_PROTOCOL);

	return write(STDOUT_FILENO, line, (size_t)len) == len;
}

int
main(int count, char **args)
{
	struct picture_options options;

	if (sandbox_tie("bulkhead-picture") < 0 || !picture_options_parse(count, args, &options))
		return PICTURE_EXIT_USAGE;
	if (!say_begun())
		return PICTURE_EXIT_OUTPUT;
	if ((options.analyses & PICTURE_ANALYSE_TEXT) != 0)
		return become_ocr(args);
	return picture_program_run(&options, NULL, NULL);
}
