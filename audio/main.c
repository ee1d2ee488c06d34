/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: bulkhead-audio. */
#include <unistd.h>

#include "program.h"
#include "protocol.h"
#include "sandbox/sandbox.h"
#include "say.h"

int
main(int count, char **args)
{
	struct audio_options options;

	if (sandbox_tie("bulkhead-audio") < 0 || !audio_options_parse(count, args, &options))
		return AUDIO_EXIT_USAGE;
	/* From here on it ends with whoever started it. */
	if (audio_say_begun(STDOUT_FILENO) < 0)
		return AUDIO_EXIT_OUTPUT;
	return audio_program_run(&options);
}
