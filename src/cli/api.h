/* SPDX-License-Identifier: Apache-2.0 */
/* api.h: calls to the running platform: to the supervisor, through it to services, and to the public API. */
#ifndef BH_CLI_API_H
#define BH_CLI_API_H

#include "base/buf.h"
#include "base/uuid.h"
#include "cli/cli.h"
#include "json/fields.h"

/* A request to the control socket; `body` NULL sends none. A status of 300 and more is told on
 * stderr. Returns CLI_OK or the exit status that fits (CLI_NOT_RUNNING, CLI_NOT_FOUND, …). The
 * answer's JSON is in *out (NULL: not wanted), which the caller closes. */
int cli_api_control(struct cli *cli, const char *method, const char *path,
	const struct bh_buf *body, struct bh_json_doc *out);

/* The same, but says nothing: the HTTP status, or a negative error. */
int cli_api_quiet(struct cli *cli, const char *method, const char *path, const struct bh_buf *body,
	struct bh_json_doc *out);

/* The same as cli_api_control with a described body. */
int cli_api_send(struct cli *cli, const char *method, const char *path,
	const struct bh_field *fields, size_t n_fields, const void *row, struct bh_json_doc *out);

/* Says why the platform refused: the answer's own message, or its HTTP status. */
void cli_api_refused(int status, const struct bh_json *answer);

/* Says that nothing runs there (a home, an address); CLI_NOT_RUNNING. */
int cli_api_not_running(const char *where);

/* All pages of a list (`path` has no query of its own) as one document {"object","data"}. */
int cli_api_list(struct cli *cli, const char *path, struct bh_json_doc *out);

/* The first row of a list whose member is this text, or NULL. */
const struct bh_json *cli_api_row(const struct bh_json *list, const char *member,
	const char *value);

/* Finds what `text` names: an id, or what a query (a path that ends with "?name=") finds. Tells when there
 * is no such `what` ("tenant"). */
int cli_api_find(struct cli *cli, const char *what, const char *query, const char *text,
	char out[BH_UUID_TEXT]);

/* Finds a tenant by id or name; "platform" is the platform. Tells when there is none. */
int cli_api_tenant(struct cli *cli, const char *text, char out[BH_UUID_TEXT]);

/* The tenant of --tenant. Without it `preset` counts ("platform"; NULL: the option is required). */
int cli_api_option_tenant(struct cli *cli, const char *preset, char out[BH_UUID_TEXT]);

/* A path in the instance's arena: format with percent-encoded parts. */
const char *cli_api_path(struct cli *cli, const char *format, ...) BH_PRINTF(2, 3);
/* "/api/SERVICE/api/tenants/TENANT/WHAT": what a service keeps for a tenant. */
const char *cli_api_of(struct cli *cli, const char *service, const char *tenant, const char *what);
/* Percent-encodes one part of a path or query. */
const char *cli_api_escape(struct cli *cli, const char *text);

#endif
