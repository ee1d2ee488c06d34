/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: the rules of one example. */
#ifndef FINETUNE_CHECK_H
#define FINETUNE_CHECK_H

#include "finetune/data.h"

enum { FINETUNE_MESSAGES_MAX = 2048, FINETUNE_CALLS_MAX = 128, FINETUNE_TOOLS_MAX = 128 };

/* Checks the value of a line, adds what it finds to `data`, and sets what `out` points to within it. Returns the
 * number of errors. */
int64_t finetune_check(struct finetune_data *data, const struct bh_json *root,
	struct finetune_example *out);

#endif
