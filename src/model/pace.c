/* SPDX-License-Identifier: Apache-2.0 */
/* pace.c: what an engine's counters come to between two looks. */
#include "model/pace.h"

#include <stdlib.h>
#include <string.h>

enum {
	READ_LEAST = 64, /* tokens below which a speed is chance */
	WRITTEN_LEAST = 8
};

/* The value of a counter: its name begins a line. */
static bool
counter(const char *metrics, const char *name, double *out)
{
	size_t len = strlen(name);

	for (const char *line = metrics; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) == 0 && line[len] == ' ') {
			char *end;
			double value = strtod(line + len + 1, &end);

			if (end == line + len + 1 || !(value >= 0 && value < 1e15))
				return false;
			*out = value;
			return true;
		}
	}
	return false;
}

bool
model_pace_read(const char *metrics, struct model_sums *out)
{
	struct model_sums sums;

	if (!counter(metrics, "llamacpp:prompt_tokens_total", &sums.read_tokens) ||
		!counter(metrics, "llamacpp:prompt_seconds_total", &sums.read_s) ||
		!counter(metrics, "llamacpp:tokens_predicted_total", &sums.written_tokens) ||
		!counter(metrics, "llamacpp:tokens_predicted_seconds_total", &sums.written_s))
		return false;
	*out = sums;
	return true;
}

/* `tokens` and `seconds` are what was added. */
static void
take(double tokens, double seconds, double least, int64_t *speed)
{
	double now = seconds > 0 ? tokens / seconds : 0;

	if (tokens < least || now < 1 || now > 1e7)
		return;
	*speed = *speed > 0 ? (*speed + (int64_t)now) / 2 : (int64_t)now;
}

void
model_pace_add(struct model_pace *pace, const struct model_sums *sums)
{
	struct model_sums *before = &pace->sums;
	bool reads, writes;

	if (sums->read_tokens < before->read_tokens || sums->written_tokens < before->written_tokens)
		*pace = (struct model_pace){.asked_ms = pace->asked_ms};
	reads = sums->read_tokens - before->read_tokens >= READ_LEAST;
	writes = sums->written_tokens - before->written_tokens >= WRITTEN_LEAST;
	take(sums->read_tokens - before->read_tokens, sums->read_s - before->read_s, READ_LEAST,
		&pace->reads);
	take(sums->written_tokens - before->written_tokens, sums->written_s - before->written_s,
		WRITTEN_LEAST, &pace->writes);
	/* What was too little waits for more. */
	if (reads) {
		before->read_tokens = sums->read_tokens;
		before->read_s = sums->read_s;
	}
	if (writes) {
		before->written_tokens = sums->written_tokens;
		before->written_s = sums->written_s;
	}
}
