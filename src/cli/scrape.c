/* SPDX-License-Identifier: Apache-2.0 */
/* scrape.c: reads Prometheus' text form, as far as `top` needs it. */
#include "cli/scrape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/api.h"
#include "cli/call.h"

enum { METRICS_MOST = 8 * 1024 * 1024, WITHIN_MS = 5000 };

int
cli_scrape(struct cli *cli, const char *name, struct bh_buf *out)
{
	const struct cli_call call = {
		.url = cli_api_path(cli, "unix:%s", cli->instance.place.control),
		.method = "GET",
		.path = strcmp(name, "gateway") == 0 ? "/metrics"
											 : cli_api_path(cli, "/api/%s/metrics", name),
		.within_ms = WITHIN_MS,
	};
	struct bh_http_reply reply = {0};
	struct bh_http_client *client;
	int rc = cli_call_open(&call, &client, &reply);
	int status = reply.status;

	if (rc < 0)
		return rc;
	rc = bh_http_reply_body(&reply, METRICS_MOST, out);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	return rc < 0 ? rc : status;
}

bool
cli_sample_next(const char **at, const char *name, struct cli_sample *out)
{
	size_t len = strlen(name);
	const char *line = *at;

	while (*line != '\0') {
		const char *end = line + strcspn(line, "\n"), *value = line + len;

		*at = *end == '\n' ? end + 1 : end;
		if (strncmp(line, name, len) == 0 && (*value == '{' || *value == ' ')) {
			*out = (struct cli_sample){.labels = value};
			if (*value == '{') {
				const char *close = end;

				/* A value has no brace, but a label's text may. */
				while (close > value && *close != '}')
					close--;
				out->labels = value + 1;
				out->labels_len = close > value ? (size_t)(close - value - 1) : 0;
				value = close + 1;
			}
			out->value = strtod(value, NULL);
			return true;
		}
		line = *at;
	}
	return false;
}

bool
cli_sample_label(const struct cli_sample *sample, const char *label, char *out, size_t size)
{
	const char *at = sample->labels, *end = at + sample->labels_len;
	size_t len = strlen(label);

	while (at < end) {
		const char *equals = memchr(at, '=', (size_t)(end - at)), *close;

		if (equals == NULL || equals + 1 >= end || equals[1] != '"')
			return false;
		close = memchr(equals + 2, '"', (size_t)(end - equals - 2));
		if (close == NULL)
			return false;
		if ((size_t)(equals - at) == len && memcmp(at, label, len) == 0) {
			size_t n = (size_t)(close - equals - 2);

			if (n >= size)
				return false;
			memcpy(out, equals + 2, n);
			out[n] = '\0';
			return true;
		}
		at = close + 1 + (close + 1 < end && close[1] == ',');
	}
	return false;
}

double
cli_sample_sum(const char *text, const char *name, const char *label, const char *begins)
{
	struct cli_sample sample;
	char value[128];
	double sum = 0;

	while (cli_sample_next(&text, name, &sample)) {
		if (label == NULL ||
			(cli_sample_label(&sample, label, value, sizeof(value)) &&
				bh_text_starts(value, begins)))
			sum += sample.value;
	}
	return sum;
}

void
cli_histogram_read(const char *text, const char *name, struct cli_histogram *out)
{
	struct cli_sample sample;
	char bucket[128], bound[32];

	*out = (struct cli_histogram){0};
	if (strlen(name) + sizeof("_bucket") > sizeof(bucket))
		return;
	strcpy(bucket, name);
	strcat(bucket, "_bucket");
	while (cli_sample_next(&text, bucket, &sample)) {
		double limit;
		size_t i = 0;

		if (!cli_sample_label(&sample, "le", bound, sizeof(bound)))
			continue;
		limit = strcmp(bound, "+Inf") == 0 ? (double)INFINITY : strtod(bound, NULL);
		while (i < out->n && out->bounds[i] < limit)
			i++;
		if (i < out->n && out->bounds[i] == limit) {
			out->below[i] += sample.value;
			continue;
		}
		/* Bounds come in rising order; of another one there is nothing to keep. */
		if (i < out->n || out->n == CLI_BUCKETS_MOST)
			continue;
		out->bounds[out->n] = limit;
		out->below[out->n++] = sample.value;
	}
}

double
cli_histogram_quantile(const struct cli_histogram *before, const struct cli_histogram *after,
	double part)
{
	double counts[CLI_BUCKETS_MOST], wanted;
	size_t i = 0;

	if (after->n == 0)
		return -1;
	/* A process that was started again has begun anew. */
	for (size_t j = 0; j < after->n; j++) {
		double earlier = before->n == after->n ? before->below[j] : 0;

		counts[j] = after->below[j] >= earlier ? after->below[j] - earlier : after->below[j];
	}
	wanted = counts[after->n - 1] * part;
	if (counts[after->n - 1] <= 0)
		return -1;
	while (i + 1 < after->n && counts[i] < wanted)
		i++;
	if (i + 1 == after->n)
		return i > 0 ? after->bounds[i - 1] : -1;
	{
		double low = i > 0 ? after->bounds[i - 1] : 0, below = i > 0 ? counts[i - 1] : 0;
		double in = counts[i] - below;

		return in > 0 ? low + (after->bounds[i] - low) * (wanted - below) / in : after->bounds[i];
	}
}
