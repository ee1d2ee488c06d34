/* SPDX-License-Identifier: Apache-2.0 */
/* picture_near.c: how long it takes to look for a picture among 100,000 others, one after the other. Prints the
 * milliseconds of the median look-up, and how many were found: itself. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "picture/near.h"

enum { PICTURES = 100000, ROUNDS = 21 };

static uint64_t
next(uint64_t *state)
{
	uint64_t value = *state += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int
by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

int
main(void)
{
	uint64_t(*hashes)[PICTURE_HASHES] = malloc(PICTURES * sizeof(*hashes)), state = 1;
	double spent[ROUNDS];
	size_t found = 0;

	if (hashes == NULL)
		return 1;
	for (size_t i = 0; i < PICTURES; i++)
		for (int j = 0; j < PICTURE_HASHES; j++)
			hashes[i][j] = next(&state);
	for (size_t i = 0; i < ROUNDS; i++) {
		const uint64_t *wanted = hashes[PICTURES / ROUNDS * i];
		double since = now_ms();

		for (size_t j = 0; j < PICTURES; j++)
			found += picture_near_distance(wanted, hashes[j]) <= PICTURE_NEAR_BITS;
		spent[i] = now_ms() - since;
	}
	qsort(spent, ROUNDS, sizeof(spent[0]), by_value);
	printf("%.2f %zu\n", spent[ROUNDS / 2], found / ROUNDS);
	free(hashes);
	return 0;
}
