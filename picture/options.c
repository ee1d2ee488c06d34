/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: a table of the arguments, each with its value. */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"

static bool
parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || number < least ||
		number > most)
		return false;
	*out = number;
	return true;
}

static bool
parse_format(const char *text, struct picture_options *out)
{
	static const enum picture_format formats[] = {PICTURE_PNG, PICTURE_JPEG, PICTURE_WEBP};

	out->writes = true;
	out->same = strcmp(text, "same") == 0;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(text, picture_format_name(formats[i])) == 0)
			out->target.format = formats[i];
	return out->same || out->target.format != 0;
}

static bool
parse_names(const char *text, unsigned *out)
{
	static const char *const names[] = {"exif", "gps", "colours", "hashes", "blur", "codes",
		"text"};

	for (;;) {
		size_t len = strcspn(text, ","), i = 0;

		while (i < 7 && (strlen(names[i]) != len || strncmp(text, names[i], len) != 0))
			i++;
		if (i == 7)
			return false;
		*out |= 1U << i;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

static bool
parse_size(const char *text, struct picture_options *out)
{
	char first[12];
	size_t len = strcspn(text, "x");
	uint64_t width, height;

	if (text[len] != 'x' || len >= sizeof(first))
		return false;
	memcpy(first, text, len);
	first[len] = '\0';
	if (!parse_number(first, PICTURE_DRAW_EDGE_MIN, PICTURE_DRAW_EDGE_MAX, &width) ||
		!parse_number(text + len + 1, PICTURE_DRAW_EDGE_MIN, PICTURE_DRAW_EDGE_MAX, &height))
		return false;
	out->draws = true;
	out->width = (uint32_t)width;
	out->height = (uint32_t)height;
	return true;
}

static bool
parse_colour(const char *text, uint32_t *out)
{
	if (strlen(text) != 6 || strspn(text, "0123456789abcdefABCDEF") != 6)
		return false;
	*out = (uint32_t)strtoul(text, NULL, 16);
	return true;
}

/* What is a number and nothing more. */
struct number {
	const char *name;
	uint64_t least, most, *out;
};

/* 1: it was one; 0: it is another option; -1: it cannot be understood. */
static int
parse_numbers(const char *name, const char *value, const struct number *numbers)
{
	for (; numbers->name != NULL; numbers++)
		if (strcmp(name, numbers->name) == 0)
			return parse_number(value, numbers->least, numbers->most, numbers->out) ? 1 : -1;
	return 0;
}

static bool
parse_other(const char *name, const char *value, struct picture_options *out)
{
	bool yes = strcmp(value, "yes") == 0;

	if (strcmp(name, "--to") == 0)
		return parse_format(value, out);
	if (strcmp(name, "--analyse") == 0)
		return parse_names(value, &out->analyses);
	if (strcmp(name, "--draw") == 0)
		return parse_size(value, out);
	if (strcmp(name, "--flatten") == 0)
		return parse_colour(value, &out->flatten);
	if (strcmp(name, "--languages") == 0)
		return out->languages = value, true;
	if (strcmp(name, "--ai-generated") == 0)
		return out->target.ai_generated = yes;
	if (strcmp(name, "--mask") == 0)
		return out->mask = yes;
	if (strcmp(name, "--background") == 0)
		return out->transparent = strcmp(value, "transparent") == 0;
	return false;
}

static bool
is_sound(const struct picture_options *options)
{
	bool makes = options->draws || options->edits > 0;

	if (makes && (!options->writes || options->same || options->analyses != 0))
		return false;
	if ((options->draws && options->edits > 0) || (options->mask && options->edits == 0))
		return false;
	return !(options->transparent && options->target.format == PICTURE_JPEG);
}

static bool
parse(int count, char **args, struct picture_options *out)
{
	uint64_t edge = PICTURE_LIMIT_EDGE_DEFAULT, frames = PICTURE_LIMIT_FRAMES_DEFAULT,
			 ratio = PICTURE_LIMIT_RATIO_DEFAULT, max_edge = 0, quality = PICTURE_QUALITY_DEFAULT,
			 seconds = PICTURE_CPU_SECONDS_DEFAULT, edits = 0, variants = 1, partials = 0;
	const struct number numbers[] = {
		{"--limit-bytes", 1, INT64_MAX, &out->limits.bytes},
		{"--limit-pixels", 1, PICTURE_LIMIT_PIXELS_MAX, &out->limits.pixels},
		{"--limit-edge", 1, PICTURE_LIMIT_EDGE_MAX, &edge},
		{"--limit-frames", 1, 100000, &frames},
		{"--limit-ratio", 1, PICTURE_LIMIT_EDGE_MAX, &ratio},
		{"--max-edge", 1, PICTURE_LIMIT_EDGE_MAX, &max_edge},
		{"--quality", 1, 100, &quality},
		{"--cpu-seconds", 1, 3600, &seconds},
		{"--seed", 0, UINT64_MAX, &out->seed},
		{"--edit", 1, PICTURE_EDITS_MAX, &edits},
		{"--variants", 1, PICTURE_VARIANTS_MAX, &variants},
		{"--partials", 1, PICTURE_PARTIALS_MAX, &partials},
		{0},
	};

	for (int i = 1; i + 1 < count; i += 2) {
		int found = parse_numbers(args[i], args[i + 1], numbers);

		if (found < 0 || (found == 0 && !parse_other(args[i], args[i + 1], out)))
			return false;
	}
	out->limits.edge = (uint32_t)edge;
	out->limits.frames = (uint32_t)frames;
	out->limits.ratio = (uint32_t)ratio;
	out->max_edge = (uint32_t)max_edge;
	out->target.quality = (int)quality;
	out->cpu_seconds = (int)seconds;
	out->edits = (uint32_t)edits;
	out->variants = (uint32_t)variants;
	out->partials = (uint32_t)partials;
	return count % 2 == 1 && is_sound(out);
}

bool
picture_options_parse(int count, char **args, struct picture_options *out)
{
	struct picture_options options = {
		.limits = {.bytes = PICTURE_LIMIT_BYTES_DEFAULT, .pixels = PICTURE_LIMIT_PIXELS_DEFAULT},
		.flatten = 0xffffff,
		.languages = "auto",
	};

	if (!parse(count, args, &options)) {
		fprintf(stderr,
			"usage: bulkhead-picture [--limit-bytes N] [--limit-pixels N] [--limit-edge N] "
			"[--limit-frames N]"
			" [--limit-ratio N] [--to png|jpeg|webp|same] [--max-edge N] [--quality N] [--flatten "
			"RRGGBB]"
			" [--ai-generated yes] [--analyse NAMES] [--languages LANGUAGES] [--cpu-seconds N] "
			"<PICTURE\n"
			"       bulkhead-picture --draw WxH | --edit N [--mask yes]  --to FORMAT [--seed N] "
			"[--variants N]"
			" [--partials N] [--background transparent] <PROMPT\n");
		return false;
	}
	*out = options;
	return true;
}
