/* SPDX-License-Identifier: Apache-2.0 */
/* ocr_main.c: bulkhead-ocr. Reads a document that has pictures of text; bulkhead-extract becomes it when it meets one. */
#include <signal.h>
#include <unistd.h>

#include "ocr.h"
#include "program.h"
#include "protocol.h"
#include "sandbox/sandbox.h"
#include "sink.h"

/* Of the leak sanitizer, where there is one: fontconfig, by which poppler draws, keeps its configuration to the end. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig.so\n";
}

int
main(int count, char **args)
{
	struct extract_options options;
	struct extract_sink sink;
	int rc;

	if (sandbox_tie("bulkhead-extract") < 0 || !extract_options_parse(count, args, &options))
		return EXTRACT_EXIT_USAGE;
	/* tesseract tells fd 2 about each page. Where that is a file, the sandbox lets nobody write to it. */
	signal(SIGXFSZ, SIG_IGN);
	extract_sink_open(&sink, STDOUT_FILENO, options.characters_max);
	sink.ocr_mode = EXTRACT_OCR_READS;
	sink.ocr = extract_ocr_open(options.ocr == NULL ? "auto" : options.ocr, options.ocr_seconds,
		sink.message, sizeof(sink.message));
	options.cpu_seconds += options.ocr_seconds;
	rc = extract_program_read(&options, &sink, sink.ocr == NULL ? EXTRACT_E_SETUP : 0);
	extract_ocr_close(sink.ocr);
	extract_sink_close(&sink);
	return rc;
}
