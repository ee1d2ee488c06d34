/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: what the tests of the configuration share. */
#ifndef BH_NGINX_TESTING_H
#define BH_NGINX_TESTING_H

#include <stddef.h>

#include "nginx/conf.h"

/* auth, which issues tokens, and rag. */
extern const struct bh_service *const nginx_test_services[3];
/* Everything that must be set, on Unix sockets and without TLS. */
extern const struct bh_nginx_conf nginx_test_conf;

/* The configuration as text, which the caller frees. */
char *nginx_test_write(const struct bh_nginx_conf *from, int *rc);

/* How often `needle` is in the text. */
size_t nginx_test_count(const char *text, const char *needle);

#endif
