/* SPDX-License-Identifier: Apache-2.0 */
/* order.c: xoshiro256** and a shuffle by it. */
#include "trainer/order.h"

static uint64_t
split_mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t
rotate(uint64_t value, int bits)
{
	return (value << bits) | (value >> (64 - bits));
}

void
trainer_random_init(struct trainer_random *random, uint64_t seed, uint64_t stream)
{
	uint64_t state = seed;
	uint64_t apart = split_mix(&state) ^ stream;

	for (int i = 0; i < 4; i++)
		random->state[i] = split_mix(&apart);
}

uint64_t
trainer_random_next(struct trainer_random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t
trainer_random_below(struct trainer_random *random, uint64_t bound)
{
	/* Numbers from here on fill the range of the modulus evenly. */
	uint64_t least = (0 - bound) % bound;
	uint64_t drawn;

	do
		drawn = trainer_random_next(random);
	while (drawn < least);
	return drawn % bound;
}

float
trainer_random_unit(struct trainer_random *random)
{
	return (float)(trainer_random_next(random) >> 40) * 0x1p-24f;
}

void
trainer_order(uint64_t seed, uint64_t stream, size_t count, uint32_t *out)
{
	struct trainer_random random;

	trainer_random_init(&random, seed, stream);
	for (size_t i = 0; i < count; i++)
		out[i] = (uint32_t)i;
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)trainer_random_below(&random, i);
		uint32_t kept = out[i - 1];

		out[i - 1] = out[other];
		out[other] = kept;
	}
}
