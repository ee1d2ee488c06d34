/* SPDX-License-Identifier: Apache-2.0 */
/* head.c: which format a file is, and its header against the limits. */
#include "head.h"

#include "protocol.h"

/* What is known and not read; the sentence names it. */
static const struct {
	size_t at, len;
	const char *bytes, *name;
} others[] = {
	{4, 4, "ftyp", "M4A, MP4 and other ISO media"},
	{0, 4, "\x1a\x45\xdf\xa3", "WebM and Matroska"},
	{0, 4, "\x30\x26\xb2\x75", "WMA and ASF"},
	{0, 4, "FORM", "AIFF"},
	{0, 5, "#!AMR", "AMR"},
	{0, 4, "caff", "CAF"},
	{0, 4, ".snd", "AU"},
	{0, 4, "RF64", "RF64"},
	{0, 4, "RIFX", "RIFX"},
	{0, 4, "riff", "W64"},
	{0, 4, "MThd", "MIDI"},
	{0, 4, "MAC ", "Monkey's Audio"},
	{0, 4, "wvpk", "WavPack"},
	{0, 4, "RIFF", "AVI and other RIFF files"},
};

static int
refuse_other(struct audio_bytes file, struct audio_failure *why)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (audio_bytes_are(file, others[i].at, others[i].bytes, others[i].len))
			return audio_fail(why, AUDIO_E_UNSUPPORTED,
				"%s files are not read. Send WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus.",
				others[i].name);
	/* Twelve bits of synchronisation with layer 0. */
	if (file.len >= 2 && file.data[0] == 0xff && (file.data[1] & 0xf6) == 0xf0)
		return audio_fail(why, AUDIO_E_UNSUPPORTED,
			"AAC files are not read. Send WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus.");
	return audio_fail(why, AUDIO_E_UNSUPPORTED,
		"The file is not in an audio format that is supported. Send WAV, FLAC, MP3, Ogg Vorbis or "
		"Ogg Opus.");
}

int
audio_head_check_bytes(uint64_t bytes, const struct audio_limits *limits, struct audio_failure *why)
{
	if (bytes <= limits->bytes)
		return 0;
	return audio_fail(why, AUDIO_E_TOO_LARGE, "The file has %llu bytes; at most %llu are accepted.",
		(unsigned long long)bytes, (unsigned long long)limits->bytes);
}

int
audio_head_check_samples(int64_t samples, uint32_t rate, const struct audio_limits *limits,
	struct audio_failure *why)
{
	if (samples <= (int64_t)limits->seconds * rate)
		return 0;
	return audio_fail(why, AUDIO_E_TOO_LARGE,
		"The recording is longer than the %u seconds that are accepted.", limits->seconds);
}

static int
check(const struct audio_head *head, const struct audio_limits *limits, struct audio_failure *why)
{
	if (head->channels == 0)
		return audio_fail(why, AUDIO_E_DAMAGED, "The recording has no channels.");
	if (head->rate < AUDIO_RATE_MIN)
		return audio_fail(why, AUDIO_E_DAMAGED,
			"The recording's sample rate is %u Hz; at least %d Hz are needed.", head->rate,
			AUDIO_RATE_MIN);
	if (head->channels > limits->channels)
		return audio_fail(why, AUDIO_E_TOO_LARGE,
			"The recording has %u channels; at most %u are accepted.", head->channels,
			limits->channels);
	if (head->rate > limits->rate)
		return audio_fail(why, AUDIO_E_TOO_LARGE,
			"The recording's sample rate is %u Hz; at most %u Hz are accepted.", head->rate,
			limits->rate);
	if (head->samples == 0)
		return audio_fail(why, AUDIO_E_EMPTY, "The recording contains no sound.");
	return audio_head_check_samples(head->samples, head->rate, limits, why);
}

int
audio_head_read(struct audio_bytes file, const struct audio_limits *limits, struct audio_head *out,
	struct audio_failure *why)
{
	struct audio_head head = {.samples = -1};
	int rc = audio_head_check_bytes(file.len, limits, why);

	if (rc < 0)
		return rc;
	if (file.len == 0)
		return audio_fail(why, AUDIO_E_EMPTY, "The file is empty.");
	if (audio_bytes_are(file, 0, "RIFF", 4) && audio_bytes_are(file, 8, "WAVE", 4))
		rc = audio_head_wav(file, &head, why);
	else if (audio_bytes_are(file, 0, "fLaC", 4))
		rc = audio_head_flac(file, &head, why);
	else if (audio_bytes_are(file, 0, "OggS", 4))
		rc = audio_head_ogg(file, &head, why);
	else if (audio_head_is_mp3(file))
		rc = audio_head_mp3(file, &head, why);
	else
		rc = refuse_other(file, why);
	if (rc == 0)
		rc = check(&head, limits, why);
	if (rc == 0)
		*out = head;
	return rc;
}

const char *
audio_format_name(enum audio_format format)
{
	static const char *const names[] = {"", "wav", "flac", "vorbis", "opus", "mp3"};

	return names[format];
}
