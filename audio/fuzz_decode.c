/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_decode.c: any file through all that is done with recordings. */
#include <stdint.h>

#include "decode.h"
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
count(void *state, const int16_t *samples, size_t n)
{
	(void)samples;
	*(int64_t *)state += (int64_t)n;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct audio_limits limits = {INT64_MAX, 5, 8, 192000};
	const struct audio_bytes file = {data, size};
	struct audio_failure why = {0};
	struct audio_decoded decoded = {0};
	struct audio_head head;
	int64_t counted = 0;
	const struct audio_resample_sink sink = {count, &counted};

	if (audio_head_read(file, &limits, &head, &why) < 0 ||
		audio_decode(file, &head, &limits, &sink, &decoded, &why) < 0)
		return why.message[0] == '\0' ? (__builtin_trap(), 0) : 0;
	if (decoded.samples != counted || counted == 0 ||
		counted > (int64_t)limits.seconds * AUDIO_HEARD_RATE + 1)
		__builtin_trap();
	return 0;
}
