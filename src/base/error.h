/* SPDX-License-Identifier: Apache-2.0 */
/* error.h: error codes, and the detail of the last failure of this thread. */
#ifndef BH_BASE_ERROR_H
#define BH_BASE_ERROR_H

#include <stdbool.h>

#include "base/macros.h"

enum {
	BH_OK = 0,
	BH_E_FIRST = -1000,
#define BH_ERROR(symbol, status, retry, type, code, sentence) symbol,
#include "base/errors.def"
#undef BH_ERROR
	BH_E_LAST
};

/* A row of errors.def. Strings are static. */
struct bh_error_row {
	int number;
	int status;        /* HTTP status; 0 where no client sees it */
	bool is_transient; /* worth a retry */
	const char *symbol;
	const char *type;
	const char *code;
	const char *sentence;
};

/* The row of an error; that of BH_E_INTERNAL for an unknown number. Never NULL. */
const struct bh_error_row *bh_error_row(int number);

/* The row a client is shown for an error: inside-only ones become INTERNAL or UNAVAILABLE. */
const struct bh_error_row *bh_error_public_row(int number);

/* The number of the error that clients know by this code; BH_E_LAST when there is none. */
int bh_error_of_code(const char *code);

/* Whether the error's row says that a retry may help. One answer for whatever is tried again: runs,
 * ingestion, settlement, sweeps. */
bool bh_error_is_transient(int number);

/* Keeps a detail for the log (and, for 4xx, the client's message) and returns number.
 * `%m` works. At most 511 bytes are kept, per thread. Never put a secret in it. */
int bh_error(int number, const char *format, ...) BH_PRINTF(2, 3);

/* As bh_error, and names the field at fault ("messages.0.role"); shown as `param`. */
int bh_error_param(int number, const char *param, const char *format, ...) BH_PRINTF(3, 4);

/* The detail last kept for this number by this thread, or "" when it was for another number. */
const char *bh_error_detail(int number);

/* The field last kept for this number by this thread, or NULL. */
const char *bh_error_field(int number);

/* Forgets detail and field; the skeleton calls it before each request. */
void bh_error_clear(void);

#endif
