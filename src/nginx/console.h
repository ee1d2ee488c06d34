/* SPDX-License-Identifier: Apache-2.0 */
/* console.h: how the gateway serves the console: files and nothing else; no service hears of them. What is named
 * by its content is kept for a year, everything else is asked about each time. Paths of the API stay the
 * module's, which answers programs in their own form. */
#ifndef BH_NGINX_CONSOLE_H
#define BH_NGINX_CONSOLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "nginx/path.h"

/* The locations of the export, which lies in page_dir. */
void bh_nginx_console_write(struct bh_buf *out, const char *page_dir);

/* Whether the export has a page where a service has one for when there is no export. page_dir NULL: there is none. */
bool bh_nginx_console_has(const char *page_dir, const struct bh_nginx_path *path);

#endif
