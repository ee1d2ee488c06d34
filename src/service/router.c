/* SPDX-License-Identifier: Apache-2.0 */
/* router.c: matches a raw path, segment by segment, against the table's templates. */
#include "service/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/exchange.h"

#define PARAM_BYTES_MOST 255u

struct segment {
	const char *text;
	size_t len;
};

/* Cuts "/a/b" into a and b. Count, or -1 for a path that is none or has too many. */
static int
cut(const char *path, struct segment out[BH_ROUTE_SEGMENTS_MOST])
{
	int n = 0;

	if (path[0] != '/')
		return -1;
	while (*path == '/') {
		size_t len = strcspn(path + 1, "/");

		if (n == BH_ROUTE_SEGMENTS_MOST)
			return -1;
		out[n++] = (struct segment){path + 1, len};
		path += 1 + len;
	}
	return n;
}

static int
check_policy(const struct bh_route *route)
{
	if (route->path == NULL || route->scope == NULL || route->limits == NULL ||
		route->audit == NULL || route->handler == NULL || route->scope[0] == '\0' ||
		route->limits[0] == '\0' || route->audit[0] == '\0')
		return bh_error(BH_E_CONFIG, "route %s %s has no policy", route->method,
			route->path == NULL ? "(no path)" : route->path);
	if ((route->flags & BH_ROUTE_OPERATOR) != 0 &&
		!bh_text_starts(route->path, "/api/tenants/{tenant}/"))
		return bh_error(BH_E_CONFIG, "route %s %s must start with /api/tenants/{tenant}/",
			route->method, route->path);
	if (route->body_bytes_max < 0)
		return bh_error(BH_E_CONFIG, "route %s %s has no body size", route->method, route->path);
	return 0;
}

static int
compile(const struct bh_route *route, struct bh_router_entry *out)
{
	struct segment segments[BH_ROUTE_SEGMENTS_MOST];
	unsigned params = 0;
	int n = cut(route->path, segments);

	if (n < 0)
		return bh_error(BH_E_CONFIG, "route path %s is malformed", route->path);
	*out = (struct bh_router_entry){.route = route, .n_segments = (size_t)n};
	for (int i = 0; i < n; i++) {
		const char *text = segments[i].text;
		size_t len = segments[i].len;
		bool param = len > 2 && text[0] == '{' && text[len - 1] == '}';

		if (len == 0 || (!param && memchr(text, '{', len) != NULL))
			return bh_error(BH_E_CONFIG, "route path %s is malformed", route->path);
		params += param;
		if (!param)
			out->literals |= UINT32_C(1) << (31 - i);
		out->segments[i].text = param ? text + 1 : text;
		out->segments[i].len = param ? len - 2 : len;
		out->segments[i].param = param;
	}
	if (params > BH_ROUTE_PARAMS_MOST)
		return bh_error(BH_E_CONFIG, "route path %s has too many parameters", route->path);
	return 0;
}

/* True when both rows would be equally good for the same request. */
static bool
clash(const struct bh_router_entry *a, const struct bh_router_entry *b)
{
	if (strcmp(a->route->method, b->route->method) != 0 || a->n_segments != b->n_segments ||
		a->literals != b->literals)
		return false;
	for (size_t i = 0; i < a->n_segments; i++) {
		if (!a->segments[i].param &&
			(a->segments[i].len != b->segments[i].len ||
				memcmp(a->segments[i].text, b->segments[i].text, a->segments[i].len) != 0))
			return false;
	}
	return true;
}

int
bh_router_add(struct bh_router *router, const struct bh_route *routes)
{
	size_t n = router->n_entries;
	struct bh_router_entry *entries;

	for (const struct bh_route *at = routes; at->method != NULL; at++)
		n++;
	entries = realloc(router->entries, (n > 0 ? n : 1) * sizeof(*entries));
	BH_ASSERT(entries != NULL);
	router->entries = entries;
	for (const struct bh_route *at = routes; at->method != NULL; at++) {
		struct bh_router_entry *entry = &entries[router->n_entries];
		int rc = check_policy(at);

		if (rc == 0)
			rc = compile(at, entry);
		if (rc < 0)
			return rc;
		for (size_t i = 0; i < router->n_entries; i++) {
			if (clash(&entries[i], entry))
				return bh_error(BH_E_CONFIG, "routes %s and %s overlap", at->path,
					entries[i].route->path);
		}
		router->n_entries++;
	}
	return 0;
}

static bool
matches(const struct bh_router_entry *entry, const struct segment *segments, size_t n)
{
	if (entry->n_segments != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (entry->segments[i].param ? segments[i].len == 0
									 : entry->segments[i].len != segments[i].len ||
					memcmp(entry->segments[i].text, segments[i].text, segments[i].len) != 0)
			return false;
	}
	return true;
}

static int
take_params(const struct bh_router_entry *entry, const struct segment *segments,
	struct bh_arena *arena, struct bh_router_match *out)
{
	size_t n = 0;

	for (size_t i = 0; i < entry->n_segments; i++) {
		const char *value;

		if (!entry->segments[i].param)
			continue;
		if (bh_http_decode(arena, segments[i].text, segments[i].len, false, &value) < 0)
			return BH_E_NO_ROUTE;
		/* The path is right, and what it names cannot exist. */
		if (strlen(value) > PARAM_BYTES_MOST)
			return BH_E_NOT_FOUND;
		out->params[n].name = bh_arena_copy(arena, entry->segments[i].text, entry->segments[i].len);
		out->params[n++].value = value;
	}
	return 0;
}

/* "GET, HEAD, POST" of every row whose path matches. */
static const char *
allowed(const struct bh_router *router, struct bh_arena *arena, const struct segment *segments,
	size_t n)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	for (size_t i = 0; i < router->n_entries; i++) {
		const struct bh_router_entry *entry = &router->entries[i];

		if (!matches(entry, segments, n) || strstr(bh_buf_string(&text), entry->route->method))
			continue;
		bh_buf_printf(&text, "%s%s", text.len > 0 ? ", " : "", entry->route->method);
		if (strcmp(entry->route->method, "GET") == 0)
			bh_buf_text(&text, ", HEAD");
	}
	return bh_arena_strdup(arena, bh_buf_string(&text));
}

int
bh_router_find(const struct bh_router *router, struct bh_arena *arena, const char *method,
	const char *path, struct bh_router_match *out, const char **out_allow)
{
	struct segment segments[BH_ROUTE_SEGMENTS_MOST];
	const struct bh_router_entry *best = NULL;
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	bool known = false;
	int n = cut(path, segments);

	*out = (struct bh_router_match){0};
	*out_allow = NULL;
	for (size_t i = 0; n > 0 && i < router->n_entries; i++) {
		const struct bh_router_entry *entry = &router->entries[i];

		if (!matches(entry, segments, (size_t)n))
			continue;
		known = true;
		if (strcmp(entry->route->method, wanted) == 0 &&
			(best == NULL || entry->literals > best->literals))
			best = entry;
	}
	if (best == NULL && !known)
		return BH_E_NO_ROUTE;
	if (best == NULL) {
		*out_allow = allowed(router, arena, segments, (size_t)n);
		return BH_E_METHOD;
	}
	out->route = best->route;
	out->index = (size_t)(best - router->entries);
	return take_params(best, segments, arena, out);
}

void
bh_router_close(struct bh_router *router)
{
	free(router->entries);
	*router = (struct bh_router){0};
}
