/* SPDX-License-Identifier: Apache-2.0 */
/* compound.h: what stands between blanks, cut where marks, digits and capitals divide it. */
#ifndef BH_TEXT_COMPOUND_H
#define BH_TEXT_COMPOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "text/clean.h"

#define BH_COMPOUND_PIECES_MAX 12

/* One piece, as places in the cleaned text. */
struct bh_piece {
	size_t start, end;
	bool number;
	bool word; /* marks or the compound's ends on both sides: a word of its own */
};

/* Letters, digits and the marks that join them: "PPR-9087", "d'Artagnan", "v2.3.1", "getName". */
struct bh_compound {
	size_t start, end;
	struct bh_piece pieces[BH_COMPOUND_PIECES_MAX];
	size_t n;         /* 0: only possessives and articles */
	bool digits;      /* one of the pieces is a number */
	const char *tail; /* "++" of C++, "#" of C#; "" for none */
};

/* Reads the compound that begins at `at`. False when none does: no letter or digit stands there, or one of a script
 * without blanks. Elided articles (l', dell') in front and 's, 're at the end are no pieces. One of more pieces than
 * fit ends earlier. `end` lies behind the tail. */
bool bh_compound_read(const struct bh_clean *clean, size_t at, struct bh_compound *out);

/* 0x80070057, which is also written without 0x. */
bool bh_compound_is_hexadecimal(const struct bh_clean *clean, const struct bh_compound *compound);

#endif
