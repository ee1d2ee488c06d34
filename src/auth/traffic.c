/* SPDX-License-Identifier: Apache-2.0 */
/* traffic.c: sums the gateway's counters by class. */
#include "auth/traffic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/service.h"

#define LINE_MOST 512
#define LABEL_MOST 128
#define COUNT_MOST INT64_C(1000000000000000)

/* The value of a label in a line; false where it has none, or a longer one. */
static bool
label(const char *line, const char *name, char out[LABEL_MOST])
{
	const char *at = strstr(line, name), *end;

	if (at == NULL)
		return false;
	at += strlen(name);
	end = strchr(at, '"');
	if (end == NULL || end - at >= LABEL_MOST)
		return false;
	memcpy(out, at, (size_t)(end - at));
	out[end - at] = '\0';
	return true;
}

/* What stands behind the last blank. */
static bool
value(const char *line, int64_t *out)
{
	const char *blank = strrchr(line, ' ');

	return blank != NULL && bh_text_int(blank + 1, 0, COUNT_MOST, out) == 0;
}

static const char *
class_name(const struct bh_service *const *services, const char *path)
{
	for (; *services != NULL; services++) {
		for (const struct bh_route *at = (*services)->routes; at->method != NULL; at++) {
			if (strcmp(at->path, path) == 0)
				return at->limits;
		}
	}
	return "other";
}

/* NULL: there are more classes than we have names for. */
static struct auth_traffic_class *
class_of(struct auth_traffic *traffic, const char *name)
{
	for (size_t i = 0; i < traffic->n; i++) {
		if (strcmp(traffic->classes[i].name, name) == 0)
			return &traffic->classes[i];
	}
	if (traffic->n == AUTH_TRAFFIC_CLASSES)
		return NULL;
	traffic->classes[traffic->n].name = name;
	return &traffic->classes[traffic->n++];
}

static void
add_requests(struct auth_traffic_class *class, const char *line, int64_t count)
{
	char status[LABEL_MOST];

	if (!label(line, ",status=\"", status))
		return;
	class->requests += count;
	class->refused += status[0] == '4' ? count : 0;
	class->failed += status[0] == '5' ? count : 0;
}

static void
add_duration(struct auth_traffic *traffic, struct auth_traffic_class *class, const char *line,
	int64_t count)
{
	char text[LABEL_MOST], *end;
	double bound;
	size_t i = 0;

	if (!label(line, ",le=\"", text))
		return;
	bound = strcmp(text, "+Inf") == 0 ? INFINITY : strtod(text, &end);
	if (!(bound > 0))
		return;
	while (i < traffic->n_bounds && traffic->bounds_s[i] != bound)
		i++;
	/* They come in their order with the first route, and are the same for all. */
	if (i == traffic->n_bounds) {
		if (i == AUTH_TRAFFIC_BUCKETS || (i > 0 && traffic->bounds_s[i - 1] > bound))
			return;
		traffic->bounds_s[traffic->n_bounds++] = bound;
	}
	class->below[i] += count;
}

static void
read_line(const char *line, const struct bh_service *const *services, struct auth_traffic *traffic)
{
	static const char requests[] = "bulkhead_gateway_requests_total{";
	static const char durations[] = "bulkhead_gateway_request_duration_seconds_bucket{";
	bool is_requests = bh_text_starts(line, requests);
	struct auth_traffic_class *class;
	char route[LABEL_MOST];
	int64_t count;

	if (!is_requests && !bh_text_starts(line, durations))
		return;
	if (!label(line, "{route=\"", route) || !value(line, &count))
		return;
	class = class_of(traffic, class_name(services, route));
	if (class == NULL)
		return;
	if (is_requests)
		add_requests(class, line, count);
	else
		add_duration(traffic, class, line, count);
}

void
auth_traffic_read(const char *text, size_t len, const struct bh_service *const *services,
	struct auth_traffic *out)
{
	const char *end = text + len;
	char line[LINE_MOST];

	*out = (struct auth_traffic){0};
	while (text < end) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((next != NULL ? next : end) - text);

		if (n < sizeof(line)) {
			memcpy(line, text, n);
			line[n] = '\0';
			read_line(line, services, out);
		}
		text += n + 1;
	}
}

double
auth_traffic_quantile(const struct auth_traffic *traffic, const struct auth_traffic_class *class,
	double part)
{
	size_t n = traffic->n_bounds, i = 0;
	double all, wanted, low, lower;

	if (n == 0 || class->below[n - 1] == 0)
		return -1;
	all = (double)class->below[n - 1];
	wanted = part * all;
	while (i < n - 1 && (double)class->below[i] < wanted)
		i++;
	low = i > 0 ? traffic->bounds_s[i - 1] : 0;
	if (isinf(traffic->bounds_s[i]))
		return low * 1000;
	lower = i > 0 ? (double)class->below[i - 1] : 0;
	if ((double)class->below[i] <= lower)
		return traffic->bounds_s[i] * 1000;
	return 1000 *
		(low + (traffic->bounds_s[i] - low) * (wanted - lower) / ((double)class->below[i] - lower));
}
