/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c: libsndfile over mapped bytes, a block of frames at a time. */
#include "decode.h"

#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"

enum { FRAMES = AUDIO_RESAMPLE_BLOCK };

/* The file as libsndfile reads it. */
struct source {
	struct audio_bytes file;
	sf_count_t at;
};

static sf_count_t
source_length(void *state)
{
	return (sf_count_t)((struct source *)state)->file.len;
}

static sf_count_t
source_seek(sf_count_t offset, int whence, void *state)
{
	struct source *source = state;
	sf_count_t len = (sf_count_t)source->file.len;
	sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? source->at : len;

	/* Beyond the end there is nothing to be read; offsets come from the file and may be anything. */
	if (offset > len - from)
		offset = len - from;
	if (offset < -from)
		offset = -from;
	source->at = from + offset;
	return source->at;
}

static sf_count_t
source_read(void *out, sf_count_t count, void *state)
{
	struct source *source = state;
	sf_count_t left = (sf_count_t)source->file.len - source->at;

	if (count > left)
		count = left;
	if (count <= 0)
		return 0;
	memcpy(out, source->file.data + source->at, (size_t)count);
	source->at += count;
	return count;
}

static sf_count_t
source_tell(void *state)
{
	return ((struct source *)state)->at;
}

/* Whether libsndfile sees the same file as our own reader of its header: what was held to the limits is what is
 * decoded. */
static bool
is_same(const SF_INFO *info, const struct audio_head *head)
{
	static const struct {
		int type, codec;
	} formats[] = {
		[AUDIO_WAV] = {SF_FORMAT_WAV, 0},
		[AUDIO_FLAC] = {SF_FORMAT_FLAC, 0},
		[AUDIO_VORBIS] = {SF_FORMAT_OGG, SF_FORMAT_VORBIS},
		[AUDIO_OPUS] = {SF_FORMAT_OGG, SF_FORMAT_OPUS},
		[AUDIO_MP3] = {SF_FORMAT_MPEG, SF_FORMAT_MPEG_LAYER_III},
	};
	int type = info->format & SF_FORMAT_TYPEMASK, codec = info->format & SF_FORMAT_SUBMASK;

	if (type == SF_FORMAT_WAVEX)
		type = SF_FORMAT_WAV;
	if (type != formats[head->format].type ||
		(formats[head->format].codec != 0 && codec != formats[head->format].codec))
		return false;
	/* Opus is decoded at a rate that its header proposes. */
	return info->channels == (int)head->channels &&
		(head->format == AUDIO_OPUS ? info->samplerate > 0 && info->samplerate <= (int)head->rate
									: info->samplerate == (int)head->rate);
}

/* One decoder at work. */
struct work {
	SNDFILE *sound;
	struct audio_resample *resample;
	float *frames; /* owned: FRAMES of all channels */
	float mixed[FRAMES];
	uint32_t rate;
	uint32_t channels;
};

static void
mix(struct work *work, size_t n)
{
	const float *at = work->frames;

	for (size_t i = 0; i < n; i++) {
		float sum = 0;

		for (uint32_t channel = 0; channel < work->channels; channel++)
			sum += *at++;
		work->mixed[i] = sum / (float)work->channels;
	}
}

static int
run(struct work *work, const struct audio_limits *limits, struct audio_failure *why)
{
	int64_t total = 0;
	sf_count_t n;
	int rc = 0;

	while (rc == 0 && (n = sf_readf_float(work->sound, work->frames, FRAMES)) > 0) {
		total += n;
		rc = audio_head_check_samples(total, work->rate, limits, why);
		if (rc < 0)
			break;
		mix(work, (size_t)n);
		rc = audio_resample_push(work->resample, work->mixed, (size_t)n);
	}
	if (rc == 0 && total == 0)
		return sf_error(work->sound) != SF_ERR_NO_ERROR
			? audio_fail(why, AUDIO_E_DAMAGED, "The recording is broken and cannot be decoded.")
			: audio_fail(why, AUDIO_E_EMPTY, "The recording contains no sound.");
	return rc == 0 ? audio_resample_finish(work->resample) : rc;
}

static int
decode(struct work *work, const SF_INFO *info, const struct audio_limits *limits,
	const struct audio_resample_sink *sink, struct audio_failure *why)
{
	work->rate = (uint32_t)info->samplerate;
	work->channels = (uint32_t)info->channels;
	work->frames = calloc((size_t)FRAMES * work->channels, sizeof(float));
	work->resample = audio_resample_open(work->rate, AUDIO_HEARD_RATE, sink);
	if (work->frames == NULL || work->resample == NULL)
		return audio_fail(why, AUDIO_E_TOO_LARGE,
			"The recording needs more memory than is allowed.");
	return run(work, limits, why);
}

int
audio_decode(struct audio_bytes file, const struct audio_head *head,
	const struct audio_limits *limits, const struct audio_resample_sink *sink,
	struct audio_decoded *out, struct audio_failure *why)
{
	SF_VIRTUAL_IO io = {source_length, source_seek, source_read, NULL, source_tell};
	struct source source = {file, 0};
	struct work *work = calloc(1, sizeof(*work));
	SF_INFO info = {0};
	int rc;

	if (work == NULL)
		return audio_fail(why, AUDIO_E_SETUP, "There is no memory to decode the recording.");
	work->sound = sf_open_virtual(&io, SFM_READ, &info, &source);
	if (work->sound == NULL || !is_same(&info, head))
		rc = audio_fail(why, AUDIO_E_DAMAGED, "The recording is broken and cannot be decoded.");
	else
		rc = decode(work, &info, limits, sink, why);
	if (rc == 0) {
		out->samples = audio_resample_count(work->resample);
		/* What the header promised and the file does not have shows in either way. */
		out->truncated = sf_error(work->sound) != SF_ERR_NO_ERROR ||
			(head->format == AUDIO_FLAC && head->samples > 0 &&
				out->samples * (int64_t)work->rate <
					(head->samples - FRAMES) * (int64_t)AUDIO_HEARD_RATE);
	}
	if (work->sound != NULL)
		sf_close(work->sound);
	audio_resample_close(work->resample);
	free(work->frames);
	free(work);
	return rc;
}
