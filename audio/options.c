/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: a table of the arguments, each with its value. */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"

/* What is a number; 0 in *out: not given. */
struct number {
	const char *name;
	uint64_t least, most, *out;
};

static bool
parse_number(const char *text, const struct number *number)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || value < number->least ||
		value > number->most)
		return false;
	*number->out = value;
	return true;
}

static bool
parse_target(const char *name, const char *value, struct audio_options *out)
{
	static const struct {
		const char *name;
		enum audio_target target;
		bool is_decoded, is_encoded;
	} targets[] = {
		{"head", AUDIO_TO_NOTHING, true, false},
		{"pcm", AUDIO_TO_PCM, true, true},
		{"flac", AUDIO_TO_FLAC, true, true},
		{"wav", AUDIO_TO_WAV, false, true},
		{"mp3", AUDIO_TO_MP3, false, true},
		{"opus", AUDIO_TO_OPUS, false, true},
	};

	out->encodes = strcmp(name, "--encode") == 0;
	if (!out->encodes && strcmp(name, "--decode") != 0)
		return false;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (strcmp(targets[i].name, value) != 0)
			continue;
		out->target = targets[i].target;
		return out->encodes ? targets[i].is_encoded : targets[i].is_decoded;
	}
	return false;
}

static bool
parse(int count, char **args, struct audio_options *out)
{
	uint64_t seconds = AUDIO_LIMIT_SECONDS_DEFAULT, channels = AUDIO_LIMIT_CHANNELS_DEFAULT,
			 limit_rate = AUDIO_LIMIT_RATE_DEFAULT, cpu = AUDIO_CPU_SECONDS_DEFAULT, rate = 0;
	const struct number numbers[] = {
		{"--limit-bytes", 1, INT64_MAX, &out->limits.bytes},
		{"--limit-seconds", 1, AUDIO_LIMIT_SECONDS_MAX, &seconds},
		{"--limit-channels", 1, AUDIO_LIMIT_CHANNELS_MAX, &channels},
		{"--limit-rate", AUDIO_RATE_MIN, AUDIO_RATE_MAX, &limit_rate},
		{"--rate", AUDIO_RATE_MIN, AUDIO_RATE_MAX, &rate},
		{"--cpu-seconds", 1, 3600, &cpu},
	};

	if (count < 3 || count % 2 == 0 || !parse_target(args[1], args[2], out))
		return false;
	for (int i = 3; i + 1 < count; i += 2) {
		size_t n = 0;

		while (n < sizeof(numbers) / sizeof(numbers[0]) && strcmp(numbers[n].name, args[i]) != 0)
			n++;
		if (n == sizeof(numbers) / sizeof(numbers[0]) || !parse_number(args[i + 1], &numbers[n]))
			return false;
	}
	out->limits.seconds = (uint32_t)seconds;
	out->limits.channels = (uint32_t)channels;
	out->limits.rate = (uint32_t)limit_rate;
	out->rate = (uint32_t)rate;
	out->cpu_seconds = (int)cpu;
	return out->encodes == (rate != 0);
}

bool
audio_options_parse(int count, char **args, struct audio_options *out)
{
	struct audio_options options = {.limits.bytes = AUDIO_LIMIT_BYTES_DEFAULT};

	if (!parse(count, args, &options)) {
		fprintf(stderr,
			"usage: bulkhead-audio --decode head|pcm|flac [--limit-bytes N] [--limit-seconds N]"
			" [--limit-channels N] [--limit-rate N] [--cpu-seconds N] <RECORDING 3>SOUND\n"
			"       bulkhead-audio --encode pcm|wav|flac|mp3|opus --rate N [--limit-seconds N]"
			" [--cpu-seconds N] <SAMPLES 3>FILE\n");
		return false;
	}
	*out = options;
	return true;
}
