/* SPDX-License-Identifier: Apache-2.0 */
/* synthetic.h: the words of synthetic texts. */
#ifndef BENCH_SYNTHETIC_H
#define BENCH_SYNTHETIC_H

#include <stdint.h>

#include "base/buf.h"

/* The word of a rank, from syllables. */
static inline void
synthetic_word(struct bh_buf *out, int64_t rank)
{
	static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";
	const int64_t syllables = 14 * 5;

	do {
		bh_buf_printf(out, "%c%c", consonants[rank % syllables / 5], vowels[rank % 5]);
		rank /= syllables;
	} while (rank > 0);
}

#endif
