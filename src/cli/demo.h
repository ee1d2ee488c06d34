/* SPDX-License-Identifier: Apache-2.0 */
/* demo.h: a demonstration's tenant: who is in it, what it has, what it did. */
#ifndef BH_CLI_DEMO_H
#define BH_CLI_DEMO_H

#include "base/buf.h"
#include "base/uuid.h"
#include "cli/cli.h"
#include "json/json.h"

#define CLI_DEMO_PEOPLE 4u
#define CLI_DEMO_KEYS 2u

/* Text is in the instance's arena. */
struct cli_demo {
	struct cli *cli;
	const char *name;     /* of the tenant */
	const char *tenant;   /* its id; NULL before there is one */
	const char *password; /* of all its people */
	struct bh_uuid people[CLI_DEMO_PEOPLE], keys[CLI_DEMO_KEYS], team;
};

/* Reads home/demo.env; what is not there stays NULL. CLI_OK or the exit status. */
int cli_demo_read(struct cli_demo *demo);
/* Writes it (mode 0600), before anything uses what it holds. */
int cli_demo_write(const struct cli_demo *demo);
const char *cli_demo_path(const struct cli_demo *demo);

/* The people's, made where they are missing: in cli_demo_emails, the owner first. */
extern const char *const cli_demo_emails[CLI_DEMO_PEOPLE];
int cli_demo_people(struct cli_demo *demo);
/* Team, keys, budgets, an invitation that waits. */
int cli_demo_things(struct cli_demo *demo);
/* Ninety days of usage, of a tenant that used nothing yet: the one thing that no API could do. */
int cli_demo_past(struct cli_demo *demo);
/* An invoice of it. */
int cli_demo_invoice(struct cli_demo *demo);
/* Documents, read; chats about them, answered: as the people, over the public API. */
int cli_demo_content(struct cli_demo *demo);

/* POST to a service for the tenant, "auth", "keys"; *out (NULL: not wanted) is closed by the caller. */
int cli_demo_make(const struct cli_demo *demo, const char *service, const char *what,
	const char *json, struct bh_json_doc *out);

#endif
