/* SPDX-License-Identifier: Apache-2.0 */
/* ocr_main.c: bulkhead-picture-ocr, which bulkhead-picture becomes when the words of a picture are asked for. */
#include <signal.h>

#include "program.h"
#include "protocol.h"
#include "sandbox/sandbox.h"
#include "words.h"

int
main(int count, char **args)
{
	struct picture_options options;
	struct picture_words *words;
	char message[256] = "";
	int rc;

	if (sandbox_tie("bulkhead-picture") < 0 || !picture_options_parse(count, args, &options))
		return PICTURE_EXIT_USAGE;
	/* tesseract tells fd 2 about each page. Where that is a file, the sandbox lets nobody write to it. */
	signal(SIGXFSZ, SIG_IGN);
	words = picture_words_open(options.languages, message, sizeof(message));
	rc = picture_program_run(&options, words, words == NULL ? message : NULL);
	picture_words_close(words);
	return rc;
}
