/* SPDX-License-Identifier: Apache-2.0 */
/* log.h: one JSON object a line on stderr, or where it was told; the supervisor keeps it. */
#ifndef BH_BASE_LOG_H
#define BH_BASE_LOG_H

#include <stdint.h>

#include "base/macros.h"

enum bh_log_level { BH_LOG_DEBUG, BH_LOG_INFO, BH_LOG_WARN, BH_LOG_ERROR };

/* Names the process in every line and sets the least level; call once, before threads. */
void bh_log_open(const char *service, enum bh_log_level least);

/* Lines go to this descriptor from now on; call once, before threads. */
void bh_log_output(int fd);

/* The request this thread works on, "" for none; shown in its lines. Copied (at most 63 bytes). */
void bh_log_request(const char *request_id);

/* One line: time, level, service, request_id, message. Libraries return errors and do not call this; the
 * edge of a request or a worker does, once. There is no format for secrets. */
void bh_log(enum bh_log_level level, const char *format, ...) BH_PRINTF(2, 3);

/* Logs at `error` what failed, the error's code and its detail. */
void bh_log_failure(const char *what, int error);

/* Prints a failed assertion and aborts: a bug of ours. */
_Noreturn void bh_panic(const char *file, int line, const char *text);

#define BH_ASSERT(condition) ((condition) ? (void)0 : bh_panic(__FILE__, __LINE__, #condition))

#endif
