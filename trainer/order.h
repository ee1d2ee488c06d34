/* SPDX-License-Identifier: Apache-2.0 */
/* order.h: random numbers that a checkpoint can hold, and the order in which examples are taken. */
#ifndef TRAINER_ORDER_H
#define TRAINER_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256**; source: Blackman and Vigna, Scrambled linear pseudorandom number generators, 2021. */
struct trainer_random {
	uint64_t state[4];
};

/* `stream` tells apart what is drawn for different purposes from one seed. */
void trainer_random_init(struct trainer_random *random, uint64_t seed, uint64_t stream);
uint64_t trainer_random_next(struct trainer_random *random);
/* Below `bound`, without bias; bound > 0. */
uint64_t trainer_random_below(struct trainer_random *random, uint64_t bound);
/* In [0, 1), of 24 bits. */
float trainer_random_unit(struct trainer_random *random);

/* Streams. */
enum { TRAINER_STREAM_INIT = 1, TRAINER_STREAM_SPLIT = 2, TRAINER_STREAM_EPOCH = 1000 };

/* The numbers 0 to count - 1 in the order of that stream: the same for the same seed. */
void trainer_order(uint64_t seed, uint64_t stream, size_t count, uint32_t *out);

#endif
