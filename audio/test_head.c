/* SPDX-License-Identifier: Apache-2.0 */
/* test_head.c: formats by their content, lengths by their headers, and what is refused before anything is decoded. */
#include "head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"

static const struct audio_limits limits = {
	.bytes = AUDIO_LIMIT_BYTES_DEFAULT,
	.seconds = AUDIO_LIMIT_SECONDS_DEFAULT,
	.channels = AUDIO_LIMIT_CHANNELS_DEFAULT,
	.rate = AUDIO_LIMIT_RATE_DEFAULT,
};

static struct audio_head head;
static struct audio_failure why;

/* A file of its own memory, so that the sanitizer sees what is read behind it. */
static int
read_bytes(const void *data, size_t len)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	int rc;

	assert_non_null(copy);
	memcpy(copy, data, len);
	head = (struct audio_head){0};
	why = (struct audio_failure){0};
	rc = audio_head_read((struct audio_bytes){copy, len}, &limits, &head, &why);
	free(copy);
	return rc;
}

#define READ(literal) read_bytes(literal, sizeof(literal) - 1)

static void
put_le(uint8_t *at, uint64_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

struct wav {
	uint32_t tag, channels, rate, bits, size;
};

/* The header of a WAV file and 1,000 bytes behind it, of which `size` are samples by what it says. */
static int
read_wav(const struct wav *wav)
{
	uint8_t file[1044] = "RIFF____WAVEfmt \x10\0\0\0";

	put_le(file + 20, wav->tag, 2);
	put_le(file + 22, wav->channels, 2);
	put_le(file + 24, wav->rate, 4);
	put_le(file + 32, wav->channels * wav->bits / 8, 2);
	put_le(file + 34, wav->bits, 2);
	memcpy(file + 36, "data", 4);
	put_le(file + 40, wav->size, 4);
	return read_bytes(file, sizeof(file));
}

static void
a_wav_file_tells_what_it_has(void **state)
{
	(void)state;
	assert_int_equal(read_wav(&(struct wav){1, 2, 44100, 16, 800}), 0);
	assert_int_equal(head.format, AUDIO_WAV);
	assert_int_equal(head.channels, 2);
	assert_int_equal(head.rate, 44100);
	assert_int_equal(head.samples, 200);
}

static void
what_a_wav_file_has_not_is_not_believed(void **state)
{
	(void)state;
	assert_int_equal(read_wav(&(struct wav){1, 1, 8000, 16, UINT32_MAX}), 0);
	assert_int_equal(head.samples, 500);
	assert_int_equal(read_wav(&(struct wav){1, 1, 8000, 16, 0}), 0);
	assert_int_equal(head.samples, 500);
}

static void
other_samples_of_wav_are_refused(void **state)
{
	(void)state;
	assert_int_equal(read_wav(&(struct wav){2, 1, 8000, 8, 800}), AUDIO_E_UNSUPPORTED);
	assert_int_equal(read_wav(&(struct wav){1, 1, 8000, 12, 800}), AUDIO_E_UNSUPPORTED);
	assert_int_equal(read_wav(&(struct wav){3, 1, 8000, 16, 800}), AUDIO_E_UNSUPPORTED);
	assert_int_equal(read_wav(&(struct wav){7, 1, 8000, 8, 800}), 0);
}

static void
channels_and_rates_are_held_to_the_limits(void **state)
{
	(void)state;
	assert_int_equal(read_wav(&(struct wav){1, 9, 8000, 8, 900}), AUDIO_E_TOO_LARGE);
	assert_int_equal(read_wav(&(struct wav){1, 0, 8000, 8, 900}), AUDIO_E_DAMAGED);
	assert_int_equal(read_wav(&(struct wav){1, 1, 400000, 8, 900}), AUDIO_E_TOO_LARGE);
	assert_int_equal(read_wav(&(struct wav){1, 1, 100, 8, 900}), AUDIO_E_DAMAGED);
	assert_int_equal(read_wav(&(struct wav){1, 1, 0, 8, 900}), AUDIO_E_DAMAGED);
}

/* STREAMINFO with 16 kHz, one channel and so many samples. */
static int
read_flac(uint64_t samples)
{
	uint8_t file[60] = "fLaC\x80\0\0\x22";

	file[18] = 16000 >> 12;
	file[19] = 16000 >> 4 & 255;
	file[20] = 0;
	file[21] = (uint8_t)(0xf0 | samples >> 32);
	for (int i = 0; i < 4; i++)
		file[22 + i] = (uint8_t)(samples >> (24 - 8 * i));
	return read_bytes(file, sizeof(file));
}

static void
twelve_hours_in_a_small_flac_are_refused_by_the_header(void **state)
{
	(void)state;
	assert_int_equal(read_flac(16000ull * 43200), AUDIO_E_TOO_LARGE);
	assert_non_null(strstr(why.message, "3600"));
	assert_int_equal(read_flac(16000ull * 60), 0);
	assert_int_equal(head.rate, 16000);
	assert_int_equal(head.channels, 1);
	assert_int_equal(head.samples, 960000);
	assert_int_equal(read_flac(0), 0);
	assert_int_equal(head.samples, -1);
	assert_int_equal(READ("fLaC\x80\0\0\x22____"), AUDIO_E_DAMAGED);
}

/* A page with one packet. */
static size_t
put_page(uint8_t *out, uint64_t position, uint32_t serial, const char *packet, size_t len)
{
	memset(out, 0, 27);
	memcpy(out, "OggS", 4);
	put_le(out + 6, position, 8);
	put_le(out + 14, serial, 4);
	out[26] = 1;
	out[27] = (uint8_t)len;
	memcpy(out + 28, packet, len);
	return 28 + len;
}

static void
the_last_page_tells_the_length_of_ogg(void **state)
{
	static const char opus[] = "OpusHead\1\2\0\0\x80\xbb\0\0\0\0\0";
	static const char vorbis[] = "\1vorbis\0\0\0\0\1\x40\x1f\0\0________";
	uint8_t file[512];
	size_t len = put_page(file, 0, 7, opus, 19);

	(void)state;
	len += put_page(file + len, 48000 * 9, 7, "sound", 5);
	len += put_page(file + len, 1, 8, "of another stream", 17);
	assert_int_equal(read_bytes(file, len), 0);
	assert_int_equal(head.format, AUDIO_OPUS);
	assert_int_equal(head.channels, 2);
	assert_int_equal(head.samples, 48000 * 9);

	len = put_page(file, 0, 7, vorbis, sizeof(vorbis) - 1);
	assert_int_equal(read_bytes(file, len), 0);
	assert_int_equal(head.format, AUDIO_VORBIS);
	assert_int_equal(head.rate, 8000);
	assert_int_equal(head.samples, -1);
	len += put_page(file + len, 8000ull * 43200, 7, "sound", 5);
	assert_int_equal(read_bytes(file, len), AUDIO_E_TOO_LARGE);
}

static void
other_streams_of_ogg_are_refused_by_name(void **state)
{
	uint8_t file[128];

	(void)state;
	assert_int_equal(read_bytes(file, put_page(file, 0, 1, "Speex   1.2", 11)),
		AUDIO_E_UNSUPPORTED);
	assert_non_null(strstr(why.message, "Speex"));
	assert_int_equal(read_bytes(file, put_page(file, 0, 1, "\x80theora", 7)), AUDIO_E_UNSUPPORTED);
	assert_int_equal(read_bytes(file, 20), AUDIO_E_DAMAGED);
}

static void
an_mp3_tells_its_length_by_its_table_or_its_bit_rate(void **state)
{
	/* Version 1, 128 kbit/s, 44.1 kHz, one channel. */
	uint8_t file[2000] = "\xff\xfb\x90\xc0";

	(void)state;
	assert_int_equal(read_bytes(file, sizeof(file)), 0);
	assert_int_equal(head.format, AUDIO_MP3);
	assert_int_equal(head.channels, 1);
	assert_int_equal(head.rate, 44100);
	assert_int_equal(head.samples, 2000 * 8 * 44100ll / 128000);
	memcpy(file + 4 + 17, "Xing\0\0\0\1\0\0\0\x0a", 12);
	assert_int_equal(read_bytes(file, sizeof(file)), 0);
	assert_int_equal(head.samples, 10 * 1152);
	memcpy(file + 4 + 17 + 8, "\0\x40\0\0", 4);
	assert_int_equal(read_bytes(file, sizeof(file)), AUDIO_E_TOO_LARGE);
}

static void
a_tag_before_an_mp3_is_skipped(void **state)
{
	uint8_t file[200] = "ID3\4\0\0\0\0\0\x10________________\xff\xf3\x40\xc0";

	(void)state;
	assert_int_equal(read_bytes(file, sizeof(file)), 0);
	assert_int_equal(head.rate, 22050);
	file[6] = 127;
	assert_int_equal(read_bytes(file, sizeof(file)), AUDIO_E_DAMAGED);
}

static void
what_is_not_read_is_refused_by_name(void **state)
{
	(void)state;
	assert_int_equal(READ("\0\0\0\x20"
						  "ftypM4A ____"),
		AUDIO_E_UNSUPPORTED);
	assert_non_null(strstr(why.message, "M4A"));
	assert_int_equal(READ("\x1a\x45\xdf\xa3________"), AUDIO_E_UNSUPPORTED);
	assert_non_null(strstr(why.message, "WebM"));
	assert_int_equal(READ("\xff\xf1\x50\x80________"), AUDIO_E_UNSUPPORTED);
	assert_non_null(strstr(why.message, "AAC"));
	assert_int_equal(READ("RIFF____AVI LIST"), AUDIO_E_UNSUPPORTED);
	assert_int_equal(READ("<html>"), AUDIO_E_UNSUPPORTED);
	assert_int_equal(READ("R"), AUDIO_E_UNSUPPORTED);
	assert_int_equal(READ(""), AUDIO_E_EMPTY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wav_file_tells_what_it_has),
		cmocka_unit_test(what_a_wav_file_has_not_is_not_believed),
		cmocka_unit_test(other_samples_of_wav_are_refused),
		cmocka_unit_test(channels_and_rates_are_held_to_the_limits),
		cmocka_unit_test(twelve_hours_in_a_small_flac_are_refused_by_the_header),
		cmocka_unit_test(the_last_page_tells_the_length_of_ogg),
		cmocka_unit_test(other_streams_of_ogg_are_refused_by_name),
		cmocka_unit_test(an_mp3_tells_its_length_by_its_table_or_its_bit_rate),
		cmocka_unit_test(a_tag_before_an_mp3_is_skipped),
		cmocka_unit_test(what_is_not_read_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
