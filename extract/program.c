/* SPDX-License-Identifier: Apache-2.0 */
/* program.c: reads one document on fd 0 inside a sandbox and writes its text to fd 1. */
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"
#include "protocol.h"
#include "reader.h"
#include "sandbox/sandbox.h"
#include "sink.h"
#include "unicode.h"

static bool
parse_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || number == 0 ||
		number > most)
		return false;
	*out = number;
	return true;
}

static bool
parse_seconds(const char *text, uint64_t most, int *out)
{
	uint64_t seconds;

	if (!parse_number(text, most, &seconds))
		return false;
	*out = (int)seconds;
	return true;
}

static bool
parse(int count, char **args, struct extract_options *out)
{
	for (int i = 1; i + 1 < count; i += 2) {
		if (strcmp(args[i], "--name") == 0) {
			out->name = args[i + 1];
		} else if (strcmp(args[i], "--mime") == 0) {
			out->mime = args[i + 1];
		} else if (strcmp(args[i], "--max-characters") == 0) {
			if (!parse_number(args[i + 1], INT64_MAX, &out->characters_max))
				return false;
		} else if (strcmp(args[i], "--cpu-seconds") == 0) {
			if (!parse_seconds(args[i + 1], 3600, &out->cpu_seconds))
				return false;
		} else if (strcmp(args[i], "--ocr") == 0) {
			out->ocr = args[i + 1];
		} else if (strcmp(args[i], "--pictures") == 0 && strcmp(args[i + 1], "ask") == 0) {
			out->asks = true;
		} else if (strcmp(args[i], "--ocr-seconds") == 0) {
			if (!parse_seconds(args[i + 1], 86400, &out->ocr_seconds))
				return false;
		} else {
			return false;
		}
	}
	return count % 2 == 1 && out->name != NULL;
}

/* Maps the document. It has to be a regular file, or its size would not be known. */
static int
map_input(struct extract_input *input)
{
	struct stat info;
	void *data;

	if (fstat(STDIN_FILENO, &info) < 0 || !S_ISREG(info.st_mode)) {
		fprintf(stderr, "bulkhead-extract: fd 0 is not a regular file\n");
		return -1;
	}
	input->data = "";
	input->len = (size_t)info.st_size;
	if (input->len == 0)
		return 0;
	data = mmap(NULL, input->len, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
	if (data == MAP_FAILED) {
		fprintf(stderr, "bulkhead-extract: cannot map the document: %m\n");
		return -1;
	}
	input->data = data;
	return 0;
}

bool
extract_options_parse(int count, char **args, struct extract_options *out)
{
	struct extract_options options = {
		.mime = "",
		.characters_max = EXTRACT_CHARACTERS_DEFAULT,
		.cpu_seconds = EXTRACT_CPU_SECONDS_DEFAULT,
		.ocr_seconds = EXTRACT_OCR_SECONDS_DEFAULT,
	};

	if (!parse(count, args, &options)) {
		fprintf(stderr,
			"usage: bulkhead-extract --name FILENAME [--mime TYPE] [--max-characters N]"
			" [--cpu-seconds N] [--pictures ask] [--ocr LANGUAGES [--ocr-seconds N]] <DOCUMENT\n");
		return false;
	}
	*out = options;
	return true;
}

int
extract_program_read(const struct extract_options *options, struct extract_sink *sink, int rc)
{
	/* poppler opens character maps when it meets a font that needs them. */
	static const char *const folders[] = {"/usr/share/poppler", "/usr/share/fonts", NULL};
	const struct sandbox_needs needs = {.program = "bulkhead-extract",
		.cpu_seconds = options->cpu_seconds,
		.descriptors = 3,
		.folders = folders,
		.in_background = true};
	struct extract_input input = {.name = options->name, .mime = options->mime};
	extract_reader *reader;
	void *poppler;

	extract_unicode_open();
	poppler = extract_pdf_open();
	if (sandbox_enter(&needs) < 0 || map_input(&input) < 0) {
		extract_pdf_close(poppler);
		return EXTRACT_EXIT_USAGE;
	}
	if (rc == 0)
		rc = extract_format_find(&input, sink, &reader);
	if (rc == 0)
		rc = reader(&input, sink);
	rc = extract_sink_finish(sink, rc);
	extract_pdf_close(poppler);
	return rc;
}
