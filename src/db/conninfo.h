/* SPDX-License-Identifier: Apache-2.0 */
/* conninfo.h: what a conninfo says, without connecting. Private to src/db. */
#ifndef BH_DB_CONNINFO_H
#define BH_DB_CONNINFO_H

#include "base/buf.h"
#include "base/macros.h"

/* What a conninfo says for a word ("dbname"), appended to *out; nothing if it does not say. BH_E_CONFIG
 * if it cannot be read. */
BH_MUST_CHECK int bh_conn_word(const char *conninfo, const char *word, struct bh_buf *out);

/* A conninfo as key=value words without its secrets, appended to *out. BH_E_CONFIG. */
BH_MUST_CHECK int bh_conn_describe(const char *conninfo, struct bh_buf *out);

/* A conninfo as a service of libpq's, with its secrets, appended to *out. BH_E_CONFIG. */
BH_MUST_CHECK int bh_conn_service(const char *conninfo, const char *name, struct bh_buf *out);

#endif
