/* SPDX-License-Identifier: Apache-2.0 */
/* path.h: public paths gathered from route tables, checked, and put in the order of matching. */
#ifndef BH_NGINX_PATH_H
#define BH_NGINX_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct bh_route;
struct bh_service;

enum {
	BH_NGINX_PATHS_MAX = 380, /* the module keeps counters for 400 templates */
	BH_NGINX_METHODS_MAX = 8,
	/* nginx takes 0 for "any size" and judges the size before the method. Where no row takes a body, some
	 * is let through to the module, which knows each row's limit and answers 405 first. */
	BH_NGINX_BODY_LEAST = 64 * BH_KIB,
	BH_NGINX_TEMPLATE_MAX = 111 /* bytes of a template; the module's label ends there */
};

/* One path template and the rows that share it. Everything is borrowed from the route tables. */
struct bh_nginx_path {
	const char *template;
	const char *service;
	const struct bh_route *routes[BH_NGINX_METHODS_MAX];
	size_t n_routes;
	int64_t body_bytes_max; /* the largest of the rows */
	int64_t timeout_ms;     /* the longest of the rows */
	bool unbuffered;        /* one of the rows is */
	size_t prefix_len;      /* bytes before the first parameter; 0: there is none */
};

struct bh_nginx_paths {
	struct bh_nginx_path items[BH_NGINX_PATHS_MAX];
	size_t n;
};

/* Gathers the public routes: exact paths first, then those with parameters, grouped by prefix,
 * the most literal first. BH_E_CONFIG as bh_nginx_conf_write. */
BH_MUST_CHECK int bh_nginx_paths_collect(const struct bh_service *const *services,
	struct bh_nginx_paths *out);

#endif
