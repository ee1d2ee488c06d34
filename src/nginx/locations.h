/* SPDX-License-Identifier: Apache-2.0 */
/* locations.h: the locations of the public server that lead to services. Only src/nginx includes it. */
#ifndef BH_NGINX_LOCATIONS_H
#define BH_NGINX_LOCATIONS_H

#include "base/buf.h"
#include "nginx/path.h"
#include "nginx/peers.h"

/* One for each path, but those that are pages of the console's export (page_dir; NULL: there is none). */
void bh_nginx_locations_write(struct bh_buf *out, const char *page_dir,
	const struct bh_nginx_paths *paths, const struct bh_nginx_peers *peers);

/* /metrics/NAME of a service. */
void bh_nginx_metrics_write(struct bh_buf *out, const struct bh_nginx_peer *peer);

#endif
