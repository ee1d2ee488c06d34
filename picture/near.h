/* SPDX-License-Identifier: Apache-2.0 */
/* near.h: whether two pictures are nearly the same, by their hashes; for whoever keeps them. */
#ifndef PICTURE_NEAR_H
#define PICTURE_NEAR_H

#include <stdint.h>

#include "protocol.h"

enum {
	PICTURE_NEAR_BITS = 12
}; /* near is what differs in no more; docs/pictures.md has what that finds */

/* How many bits differ: of either picture as a whole and any part of the other, the fewest. Both have PICTURE_HASHES. */
static inline int
picture_near_distance(const uint64_t *left, const uint64_t *right)
{
	int least = 64;

	for (int i = 0; i < PICTURE_HASHES; i++) {
		int one = __builtin_popcountll(left[0] ^ right[i]);
		int other = __builtin_popcountll(right[0] ^ left[i]);

		least = one < least ? one : least;
		least = other < least ? other : least;
	}
	return least;
}

#endif
