/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_head.c: any bytes through the readers of headers. */
#include <stdint.h>

#include "head.h"
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct audio_limits limits = {INT64_MAX, 60, 8, 48000};
	struct audio_failure why = {0};
	struct audio_head head;

	if (audio_head_read((struct audio_bytes){data, size}, &limits, &head, &why) < 0) {
		/* Nothing of the file is in the sentence, which stands in JSON as it is. */
		for (const char *at = why.message; *at != '\0'; at++)
			if (*at == '"' || *at == '\\' || *at < ' ')
				__builtin_trap();
		return why.message[0] == '\0' ? (__builtin_trap(), 0) : 0;
	}
	if (head.format < AUDIO_WAV || head.format > AUDIO_MP3 || head.channels < 1 ||
		head.channels > limits.channels || head.rate < AUDIO_RATE_MIN || head.rate > limits.rate ||
		head.samples > (int64_t)limits.seconds * head.rate || head.samples == 0)
		__builtin_trap();
	return 0;
}
