/* SPDX-License-Identifier: Apache-2.0 */
/* prompt.h: takes out of a prompt what an engine would not read as words.
 *
 * The server of stable-diffusion.cpp takes a block <sd_cpp_extra_args>{…}</sd_cpp_extra_args> anywhere in a prompt for
 * parameters of its own (examples/server, README, "extra args"): steps, seeds, paths of files. */
#ifndef BH_MULTIMODAL_PROMPT_H
#define BH_MULTIMODAL_PROMPT_H

#include <stdbool.h>

#include "base/buf.h"

/* Adds the prompt without such blocks, also none that their removal would make. True: there were some. */
bool multimodal_prompt_clean(const char *prompt, struct bh_buf *out);

#endif
