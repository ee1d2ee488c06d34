/* SPDX-License-Identifier: Apache-2.0 */
/* log_conf.c: [log] and [audit]: when a file in the log folder is rotated, and how many are kept. */
#include "service/log_conf.h"

#include "base/macros.h"

#define LOG(name, preset, least, most, member, help) \
	BH_INT(name, preset, least, most, struct bh_log_conf, member, help)

const struct bh_setting bh_log_settings[] = {
	LOG("rotate_bytes", "67108864", 65536, INT64_C(1) << 40, rotate_bytes,
		"Size in bytes at which a log or audit file is rotated to NAME.1."),
	LOG("keep", "8", 1, 1000, keep, "Number of rotated files kept of each log."),
};

const size_t bh_n_log_settings = BH_COUNT(bh_log_settings);

const struct bh_setting bh_audit_settings[] = {
	LOG("days", "400", 1, 36500, audit_days,
		"Number of days that audit lines of tenants are kept."),
	LOG("bytes_max", "17179869184", INT64_C(1) << 20, INT64_C(1) << 50, audit_bytes_max,
		"Maximum total size of these audit files in bytes; an alarm is raised at four fifths, and "
		"beyond the maximum the oldest are removed."),
	LOG("anonymous_keep", "4", 1, 1000, audit_anonymous_keep,
		"Number of rotated files kept of each process's audit lines without a credential."),
	LOG("anonymous_per_minute", "6000", 1, 1000000, audit_anonymous_lines,
		"Maximum number of audit lines without a credential that the gateway writes per minute."),
	LOG("address_per_minute", "30", 1, 1000000, audit_address_lines,
		"The same limit for one client address."),
	LOG("refusals_per_minute", "600", 1, 1000000, audit_refusal_lines,
		"Maximum number of audit lines of refused and failed requests per minute for each tenant."),
};
const size_t bh_n_audit_settings = BH_COUNT(bh_audit_settings);
