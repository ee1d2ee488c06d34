/* SPDX-License-Identifier: Apache-2.0 */
/* path.c: public paths gathered from route tables, checked, and put in the order of matching. */
#include "nginx/path.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "service/service.h"

static const char *const limits_classes[] = {"none", "data", "control", "inference", "signin"};
static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static bool
among(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(text, list[i]) == 0)
			return true;
	}
	return false;
}

/* Words of a policy: nothing that nginx's grammar could take for more than a word. */
static bool
is_word(const char *text)
{
	if (text == NULL || *text == '\0' || strlen(text) > 64)
		return false;

	for (; *text != '\0'; text++) {
		if (!isalnum((unsigned char)*text) && strchr("._:-", *text) == NULL)
			return false;
	}
	return true;
}

/* Reads one segment behind a slash: literal bytes, or {name}. NULL: neither. */
static const char *
segment_end(const char *p)
{
	const char *start = p;

	if (*p == '{') {
		do
			p++;
		while (isalnum((unsigned char)*p) || *p == '_');
		return *p == '}' && p > start + 1 ? p + 1 : NULL;
	}
	while (isalnum((unsigned char)*p) || (*p != '\0' && strchr("._~-", *p) != NULL))
		p++;
	return p > start ? p : NULL;
}

static bool
is_template(const char *path)
{
	if (path == NULL || *path != '/' || path[1] == '{' || strlen(path) > BH_NGINX_TEMPLATE_MAX)
		return false;

	while (*path == '/') {
		path = segment_end(path + 1);
		if (path == NULL)
			return false;
	}
	return *path == '\0';
}

static int
check_route(const struct bh_service *service, const struct bh_route *route)
{
	if (route->method == NULL || !among(route->method, BH_LIST(methods)))
		return bh_error(BH_E_CONFIG, "service %s: a route has an unknown method", service->name);
	if (!is_template(route->path))
		return bh_error(BH_E_CONFIG, "service %s: \"%s\" is not a path template", service->name,
			route->path != NULL ? route->path : "");
	if (strncmp(route->path, "/internal/", 10) == 0)
		return bh_error(BH_E_CONFIG, "%s %s: /internal/ must not be public", route->method,
			route->path);
	if (!is_word(route->scope))
		return bh_error(BH_E_CONFIG, "%s %s has no scope", route->method, route->path);
	if (strncmp(route->scope, "internal:", 9) == 0)
		return bh_error(BH_E_CONFIG, "%s %s is public but its scope is internal", route->method,
			route->path);
	if (!is_word(route->audit))
		return bh_error(BH_E_CONFIG, "%s %s has no audit class", route->method, route->path);
	if (!is_word(route->limits) || !among(route->limits, BH_LIST(limits_classes)))
		return bh_error(BH_E_CONFIG, "%s %s has an unknown limits class", route->method,
			route->path);
	if (route->timeout_ms <= 0 || route->body_bytes_max < 0)
		return bh_error(BH_E_CONFIG, "%s %s has no timeout or no body size", route->method,
			route->path);
	return 0;
}

/* Two templates are one location when only their parameters' names differ. */
static bool
same_template(const char *a, const char *b)
{
	while (*a == *b || (*a == '{' && *b == '{')) {
		if (*a == '\0')
			return true;
		if (*a == '{') {
			a = strchr(a, '}');
			b = strchr(b, '}');
		}
		a++;
		b++;
	}
	return false;
}

static struct bh_nginx_path *
find_path(struct bh_nginx_paths *paths, const char *template)
{
	for (size_t i = 0; i < paths->n; i++) {
		if (same_template(paths->items[i].template, template))
			return &paths->items[i];
	}
	return NULL;
}

static int
add_route(struct bh_nginx_paths *paths, const struct bh_service *service,
	const struct bh_route *route)
{
	struct bh_nginx_path *path = find_path(paths, route->path);

	if (path == NULL) {
		const char *brace = strchr(route->path, '{');

		if (paths->n == BH_NGINX_PATHS_MAX)
			return bh_error(BH_E_CONFIG, "more than %d public paths", BH_NGINX_PATHS_MAX);
		path = &paths->items[paths->n++];
		*path = (struct bh_nginx_path){.template = route->path, .service = service->name};
		path->prefix_len = brace != NULL ? (size_t)(brace - route->path) : 0;
	}
	if (strcmp(path->service, service->name) != 0)
		return bh_error(BH_E_CONFIG, "%s is served by %s and by %s", route->path, path->service,
			service->name);
	if (path->n_routes == BH_NGINX_METHODS_MAX)
		return bh_error(BH_E_CONFIG, "%s has too many methods", route->path);

	for (size_t i = 0; i < path->n_routes; i++) {
		if (strcmp(path->routes[i]->method, route->method) == 0)
			return bh_error(BH_E_CONFIG, "%s %s is listed twice", route->method, route->path);
	}
	path->routes[path->n_routes++] = route;
	if (route->body_bytes_max > path->body_bytes_max)
		path->body_bytes_max = route->body_bytes_max;
	if (route->timeout_ms > path->timeout_ms)
		path->timeout_ms = route->timeout_ms;
	path->unbuffered = path->unbuffered || (route->flags & BH_ROUTE_UNBUFFERED) != 0;
	return 0;
}

/* Segment by segment, a literal comes before a parameter: /a/{id}/batch before /a/{id}/{file}. */
static int
compare_literal(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		if (*a == '{' && *b == '{') {
			a = strchr(a, '}');
			b = strchr(b, '}');
		} else if (*a == '{' || *b == '{') {
			return *a == '{' ? 1 : -1;
		} else if (*a != *b) {
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		}
		a++;
		b++;
	}
	return (*a != '\0') - (*b != '\0');
}

static int
compare_paths(const void *left, const void *right)
{
	const struct bh_nginx_path *a = left;
	const struct bh_nginx_path *b = right;

	if ((a->prefix_len == 0) != (b->prefix_len == 0))
		return a->prefix_len == 0 ? -1 : 1;
	return compare_literal(a->template, b->template);
}

int
bh_nginx_paths_collect(const struct bh_service *const *services, struct bh_nginx_paths *out)
{
	out->n = 0;
	for (size_t i = 0; services[i] != NULL; i++) {
		if (!is_word(services[i]->name))
			return bh_error(BH_E_CONFIG, "a service has no name");

		for (const struct bh_route *route = services[i]->routes; route->method != NULL; route++) {
			if ((route->flags & BH_ROUTE_INTERNAL) != 0)
				continue;

			int rc = check_route(services[i], route);
			if (rc == 0)
				rc = add_route(out, services[i], route);
			if (rc < 0)
				return rc;
		}
	}
	qsort(out->items, out->n, sizeof(out->items[0]), compare_paths);
	return 0;
}
