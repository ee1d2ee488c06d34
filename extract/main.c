/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: bulkhead-extract. Reads the document, or becomes bulkhead-ocr to do so before it has seen it: in the sandbox
 * no program can be started, and tesseract is loaded for those documents only that need it. */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "program.h"
#include "protocol.h"
#include "sandbox/sandbox.h"
#include "sink.h"

/* From here on it may be stopped. */
static bool
say_begun(void)
{
	static const char line[] = "{\"type\":\"begun\"}\n";

	return write(STDOUT_FILENO, line, sizeof(line) - 1) == (ssize_t)sizeof(line) - 1;
}

int
main(int count, char **args)
{
	struct extract_options options;
	struct extract_sink sink;
	int status;

	if (sandbox_tie("bulkhead-extract") < 0 || !extract_options_parse(count, args, &options))
		return EXTRACT_EXIT_USAGE;
	if (!say_begun())
		return EXTRACT_EXIT_OUTPUT;
	if (options.ocr != NULL) {
		(void)sandbox_become("bulkhead-ocr", args);
		return EXTRACT_EXIT_USAGE;
	}
	extract_sink_open(&sink, STDOUT_FILENO, options.characters_max);
	sink.ocr_mode = options.asks ? EXTRACT_OCR_ASKS : EXTRACT_OCR_OFF;
	status = extract_program_read(&options, &sink, 0);
	extract_sink_close(&sink);
	return status;
}
