/* SPDX-License-Identifier: Apache-2.0 */
/* print.h: answers for people and for programs. */
#ifndef BH_CLI_PRINT_H
#define BH_CLI_PRINT_H

#include "cli/cli.h"
#include "json/json.h"

/* A column of a table: a title and the member it shows. */
struct cli_column {
	const char *title;
	const char *member;
};

/* One value as one line of JSON on stdout. */
void cli_print_json(const struct bh_json *value);

/* An array of objects as an aligned table; on a terminal too narrow for it, one after another. */
void cli_print_table(const struct cli *cli, const struct bh_json *rows,
	const struct cli_column *columns, size_t n_columns);

/* One object as "title  value" lines; absent and null members are left out. */
void cli_print_object(const struct bh_json *object, const struct cli_column *columns,
	size_t n_columns);

/* An answer as --json wants it: JSON, or a table of its "data". */
void cli_print_list(const struct cli *cli, const struct bh_json *list,
	const struct cli_column *columns, size_t n_columns);
/* The same for one object. */
void cli_print_thing(const struct cli *cli, const struct bh_json *thing,
	const struct cli_column *columns, size_t n_columns);

/* Text from outside on a terminal: control characters are shown as '?'. */
void cli_print_plain(const char *text, size_t len);

#endif
