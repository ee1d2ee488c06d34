/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: bulkhead-picture. Reads the picture, or becomes bulkhead-picture-ocr to do so before it has seen it: in the
 * sandbox no program can be started, and tesseract is loaded for those pictures only whose words are asked for. */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "program.h"
#include "protocol.h"
#include "sandbox/sandbox.h"

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
	if ((options.analyses & PICTURE_ANALYSE_TEXT) != 0) {
		(void)sandbox_become("bulkhead-picture-ocr", args);
		return PICTURE_EXIT_USAGE;
	}
	return picture_program_run(&options, NULL, NULL);
}
