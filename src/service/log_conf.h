/* SPDX-License-Identifier: Apache-2.0 */
/* log_conf.h: [log] and [audit]: when a file in the log folder is rotated, and how many are kept. */
#ifndef BH_SERVICE_LOG_CONF_H
#define BH_SERVICE_LOG_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

struct bh_log_conf {
	int64_t rotate_bytes;
	int64_t keep;
	int64_t audit_days;
	int64_t audit_bytes_max;
	int64_t audit_anonymous_keep;
	int64_t audit_anonymous_lines;
	int64_t audit_address_lines;
	int64_t audit_refusal_lines;
};
extern const struct bh_setting bh_log_settings[]; /* [log] rows */
extern const size_t bh_n_log_settings;
extern const struct bh_setting bh_audit_settings[]; /* [audit] rows, same target struct */
extern const size_t bh_n_audit_settings;

#endif
