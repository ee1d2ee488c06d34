/* SPDX-License-Identifier: Apache-2.0 */
/* program.c: reads a recording inside a sandbox, or writes one. */
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "decode.h"
#include "encode.h"
#include "input.h"
#include "protocol.h"
#include "sandbox/sandbox.h"
#include "say.h"

static int
take(void *state, const int16_t *samples, size_t n)
{
	return audio_encoder_put(state, samples, n);
}

/* Whatever went before, it is closed; after success the file is finished and told of. */
static int
end(struct audio_encoder *encoder, int rc, bool truncated, uint32_t rate)
{
	struct audio_made made = {.samples = encoder->samples, .rate = rate, .truncated = truncated};

	if (rc == 0)
		rc = audio_encoder_finish(encoder);
	made.bytes = encoder->bytes;
	audio_encoder_close(encoder);
	return rc == 0 ? audio_say_made(STDOUT_FILENO, &made) : rc;
}

/* ---- --decode ---- */

static int
decode(const struct audio_options *options, struct audio_bytes file, const struct audio_head *head,
	struct audio_failure *why)
{
	struct audio_encoder encoder;
	const struct audio_resample_sink sink = {take, &encoder};
	struct audio_decoded decoded = {0};
	int rc = audio_encoder_open(AUDIO_FD_OUTPUT, options->target, AUDIO_HEARD_RATE, true, &encoder,
		why);

	if (rc == 0)
		rc = audio_decode(file, head, &options->limits, &sink, &decoded, why);
	return end(&encoder, rc, decoded.truncated, AUDIO_HEARD_RATE);
}

static int
read_one(const struct audio_options *options, struct audio_failure *why)
{
	struct audio_bytes file;
	struct audio_head head;
	int rc = audio_input_map(STDIN_FILENO, &options->limits, &file, why);

	if (rc == 0)
		rc = audio_head_read(file, &options->limits, &head, why);
	if (rc == 0)
		rc = audio_say_head(STDOUT_FILENO, &head, file.len);
	if (rc == 0 && options->target != AUDIO_TO_NOTHING)
		rc = decode(options, file, &head, why);
	return rc;
}

/* ---- --encode ---- */

/* Some bytes, up to `size`; 0 at the end, below 0 when they cannot be read. */
static ssize_t
read_some(uint8_t *out, size_t size)
{
	ssize_t n;

	do
		n = read(STDIN_FILENO, out, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static int
pump(const struct audio_options *options, struct audio_resample *resample,
	struct audio_failure *why)
{
	uint8_t bytes[2 * AUDIO_RESAMPLE_BLOCK];
	float samples[AUDIO_RESAMPLE_BLOCK];
	int64_t total = 0;
	size_t kept = 0; /* half of a sample */
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read_some(bytes + kept, sizeof(bytes) - kept)) > 0) {
		size_t len = kept + (size_t)n, whole = len / 2;

		for (size_t i = 0; i < whole; i++)
			samples[i] = (float)(int16_t)audio_le16(bytes + 2 * i) / 32768;
		kept = len % 2;
		bytes[0] = bytes[len - 1];
		total += (int64_t)whole;
		rc = audio_head_check_samples(total, options->rate, &options->limits, why);
		if (rc == 0)
			rc = audio_resample_push(resample, samples, whole);
	}
	if (rc == 0 && n < 0)
		return audio_fail(why, AUDIO_E_SETUP, "The samples cannot be read.");
	if (rc == 0 && total == 0)
		return audio_fail(why, AUDIO_E_EMPTY, "There are no samples.");
	return rc == 0 ? audio_resample_finish(resample) : rc;
}

static int
write_one(const struct audio_options *options, struct audio_failure *why)
{
	struct audio_encoder encoder;
	const struct audio_resample_sink sink = {take, &encoder};
	struct audio_resample *resample = NULL;
	int rc = audio_encoder_open(AUDIO_FD_OUTPUT, options->target, AUDIO_SPOKEN_RATE, false,
		&encoder, why);

	if (rc == 0)
		resample = audio_resample_open(options->rate, AUDIO_SPOKEN_RATE, &sink);
	if (rc == 0 && resample == NULL)
		rc = audio_fail(why, AUDIO_E_SETUP, "There is no memory to write the recording.");
	if (rc == 0)
		rc = pump(options, resample, why);
	audio_resample_close(resample);
	return end(&encoder, rc, false, AUDIO_SPOKEN_RATE);
}

int
audio_program_run(const struct audio_options *options)
{
	const struct sandbox_needs needs = {
		.program = "bulkhead-audio",
		.cpu_seconds = options->cpu_seconds,
		.descriptors = options->target != AUDIO_TO_NOTHING ? AUDIO_FD_OUTPUT + 1 : AUDIO_FD_OUTPUT,
	};
	struct audio_failure why = {"This server's audio library failed."};
	int rc;

	if (sandbox_enter(&needs) < 0)
		return AUDIO_EXIT_USAGE;
	rc = options->encodes ? write_one(options, &why) : read_one(options, &why);
	return audio_say_last(STDOUT_FILENO, rc, &why);
}
