/* SPDX-License-Identifier: Apache-2.0 */
/* respell.h: words that a language spells in two ways. */
#ifndef BH_TEXT_RESPELL_H
#define BH_TEXT_RESPELL_H

#include <stdbool.h>

#include "base/buf.h"

/* A folded German word with ue for its ü, or where it has none, with ü for its ue; *out is emptied first. False
 * where there is neither. */
bool bh_respell_german(const char *word, struct bh_buf *out);

#endif
