/* SPDX-License-Identifier: Apache-2.0 */
/* tell.h: which language a short text is written in, a question above all. */
#ifndef BH_TEXT_TELL_H
#define BH_TEXT_TELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "text/stem.h"

/* By script, function words and letters that few languages have; English where nothing tells. Danish and Norwegian
 * are one, and each script is the language's that is known of it. */
enum bh_language bh_tell_language(struct bh_arena *arena, const char *text, size_t len);

/* The language that a letter's script tells; false for Latin letters and for scripts of unknown languages. */
bool bh_tell_script(uint32_t point, enum bh_language *out);

/* The code of a language: "en". */
const char *bh_tell_code(enum bh_language language);

#endif
