/* SPDX-License-Identifier: Apache-2.0 */
/* price.c: what a call costs. */
#include "model/price.h"

int64_t
model_cost(int64_t price_in, int64_t price_out, int64_t prompt, int64_t completion)
{
	__int128 sum = (__int128)price_in * prompt + (__int128)price_out * completion;
	__int128 nanos = (sum + 999999) / 1000000;

	if (sum <= 0)
		return 0;
	return nanos > INT64_MAX ? INT64_MAX : (int64_t)nanos;
}
