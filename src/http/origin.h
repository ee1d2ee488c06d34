/* SPDX-License-Identifier: Apache-2.0 */
/* origin.h: where a browser page comes from, as browsers write it in the header Origin. */
#ifndef BH_HTTP_ORIGIN_H
#define BH_HTTP_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#define BH_ORIGINS_MOST 32 /* of one list */

/* True for `scheme://host` or `scheme://host:port` exactly as a browser sends it: in lower case, without a
 * path, a user, or the port that the scheme has anyway; at most 255 bytes. False for "null" and "*". */
bool bh_origin_is(const char *text, size_t len);

#endif
