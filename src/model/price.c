/* price.c: what a call costs, and which month pays. */
#include <time.h>

#include "model/meter.h"

int64_t
model_cost(int64_t price_in, int64_t price_out, int64_t prompt, int64_t completion)
{
	/* Prices are per million tokens; the sum is rounded up once. */
	__int128 sum = (__int128)price_in * prompt + (__int128)price_out * completion;
	__int128 nanos = (sum + 999999) / 1000000;

	if (sum <= 0)
		return 0;
	return nanos > INT64_MAX ? INT64_MAX : (int64_t)nanos;
}

void
model_month(int64_t wall_ms, char out[16])
{
	time_t now = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	gmtime_r(&now, &tm);
	strftime(out, 16, "%Y-%m-01", &tm);
}
