/* SPDX-License-Identifier: Apache-2.0 */
/* noun.h: what the commands of a tenant's things (keys, users, models) have in common. */
#ifndef BH_CLI_NOUN_H
#define BH_CLI_NOUN_H

#include "base/uuid.h"
#include "cli/api.h"
#include "cli/print.h"

/* One kind of thing that a service keeps for each tenant. */
struct cli_noun {
	const char *name;    /* "key" */
	const char *service; /* "auth" */
	const char *path;    /* below /api/tenants/{tenant}/: "keys" */
	bool paged;
	const char *preset;               /* the tenant without --tenant; NULL: it must be named */
	const struct cli_column *columns; /* what people are shown */
	size_t n_columns;
	const char *found_by[3]; /* members besides "id" that name one; ends with NULL */
};

/* The tenant that the command is about. */
int cli_noun_tenant(struct cli *cli, const struct cli_noun *noun, char out[BH_UUID_TEXT]);

/* Prints every thing of the tenant. */
int cli_noun_list(struct cli *cli, const struct cli_noun *noun);

/* A request to the tenant's things; `tail` ("/ID/disable", or "") follows the path. Wipes `body` (NULL:
 * none), which may hold a secret. */
int cli_noun_send(struct cli *cli, const struct cli_noun *noun, const char *tenant,
	const char *method, const char *tail, struct bh_buf *body, struct bh_json_doc *out);

/* The same, and prints the thing that comes back, or with --json "{}" when nothing does. */
int cli_noun_act(struct cli *cli, const struct cli_noun *noun, const char *tenant,
	const char *method, const char *tail, struct bh_buf *body);

void cli_noun_show(struct cli *cli, const struct cli_noun *noun, const struct bh_json *thing);

/* The id of what people call it: the id itself, or a member of found_by that only one has. */
int cli_noun_find(struct cli *cli, const struct cli_noun *noun, const char *tenant,
	const char *text, char out[BH_UUID_TEXT]);

#endif
