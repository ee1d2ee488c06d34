/* SPDX-License-Identifier: Apache-2.0 */
/* transplant_sql.h: the statements of a transplantation. $1 is the tenant, $2 what the name says. Private to src/db. */
#ifndef BH_DB_TRANSPLANT_SQL_H
#define BH_DB_TRANSPLANT_SQL_H

#include <stdbool.h>
#include <stddef.h>

#define TRANSPLANT_ROLE "bulkhead_restore"
#define TRANSPLANT_PLATFORM "00000000-0000-0000-0000-000000000001"
#define TRANSPLANT_SESSION \
	"SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres';" \
	" SET extra_float_digits = 1; SET bytea_output = 'hex'; SET search_path = bulkhead, public"

/* Rows of the platform that belong to a tenant, or to its people. Those that others refer to first. */
struct transplant_place {
	const char *table, *column;
	bool is_of_people; /* of those accounts that are missing only; never removed */
};
extern const struct transplant_place transplant_places[];
extern const size_t transplant_n_places;

extern const char transplant_find_id[], transplant_find_name[]; /* $1: name or id */
extern const char transplant_patches[];                         /* without the tenant */
extern const char transplant_state[], transplant_name_key[], transplant_name_taken[];
extern const char transplant_money[], transplant_money_lost[];
extern const char transplant_people[], transplant_people_missing[];
extern const char transplant_addresses[], transplant_addresses_taken[];
extern const char transplant_has_audit[];
extern const char transplant_begin[], transplant_end[];     /* scripts */
extern const char transplant_tables[], transplant_grants[]; /* lines; a script */
extern const char transplant_columns[];                     /* $1: the table */
extern const char transplant_keys[];                        /* a statement with $1 */
extern const char transplant_plans[];

#endif
