/* SPDX-License-Identifier: Apache-2.0 */
/* noun.h: kinds of things that the services keep, and what is done to them, as tables. */
#ifndef BH_CLI_NOUN_H
#define BH_CLI_NOUN_H

#include "base/uuid.h"
#include "cli/api.h"
#include "cli/body.h"
#include "cli/print.h"

/* One kind of thing: keys, users, models, tenants. */
struct cli_noun {
	const char *name;    /* "key" */
	const char *service; /* "auth" */
	const char *path;    /* below /api/tenants/{tenant}/, or with `find` below /api/: "keys" */
	bool paged;
	const char *preset;               /* the tenant without --tenant; NULL: it must be named */
	const struct cli_column *columns; /* what people are shown */
	size_t n_columns;
	/* Members besides "id" that name one, ends with NULL; none: it is named by its path. */
	const char *found_by[3];
	/* Of what belongs to no tenant: finds one and tells when there is none. */
	int (*find)(struct cli *cli, const char *text, char out[BH_UUID_TEXT]);
};

/* One thing that can be done: a row that the command table points to. */
struct cli_act {
	const struct cli_noun *noun;
	const char *method;
	/* Behind the thing's path ("/disable", ""); NULL: nothing is named but the kind. */
	const char *tail;
	const struct cli_member *members; /* of the body; NULL: there is none */
	size_t n_members;
	size_t required;      /* an option, by its offset; with `hint` */
	const char *hint;     /* what the required option is; NULL: none is required */
	bool changes;         /* at least one option must be given */
	const char *verb_end; /* "revoked": said on stderr when it is done; may be NULL */
};

/* What was done. */
struct cli_done {
	char tenant[BH_UUID_TEXT];
	const char *id;            /* of the named thing; in the instance's arena */
	struct bh_json_doc answer; /* owned */
};

/* Does it to the thing that `text` names, and prints nothing. *out is closed by the caller, whatever
 * comes of it. */
int cli_noun_do(struct cli *cli, const struct cli_act *act, const char *text, struct cli_done *out);

/* The same, and prints the thing that comes back, or with --json "{}" when nothing does. */
int cli_noun_act(struct cli *cli, const struct cli_act *act, const char *text);

/* The command's own act, on the thing that its argument names. */
int cli_noun_run(struct cli *cli);
/* Prints all things of the command's noun. */
int cli_noun_list(struct cli *cli);
/* The same of another one. */
int cli_noun_list_of(struct cli *cli, const struct cli_noun *noun);

/* The tenant that the command is about. */
int cli_noun_tenant(struct cli *cli, const struct cli_noun *noun, char out[BH_UUID_TEXT]);

/* The id of what people call it: the id itself, or a member of found_by that only one has. */
int cli_noun_find(struct cli *cli, const struct cli_noun *noun, const char *tenant,
	const char *text, const char **out);

#endif
