/* SPDX-License-Identifier: Apache-2.0 */
/* services.c: looks at the list of services, which is made in main.c. */
#include "service/services.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "sec/token.h"

#define NAME_BYTES_MAX 16
#define INTERNAL "internal:"

/* Processes, users, roles, sections of the settings and folders that are no service's. */
static const char *const taken[] = {"audit", "chat", "control", "database", "db", "embed", "engine",
	"gateway", "gw", "image", "listen", "log", "logs", "maintenance", "migrate", "owner", "peer",
	"pg", "platform", "postgres", "service", "setup", "speech", "supervisor", "tmp", "transcribe"};

size_t
bh_services_count(const struct bh_service *const *services)
{
	size_t n = 0;

	while (services[n] != NULL)
		n++;
	return n;
}

const struct bh_service *
bh_services_find(const struct bh_service *const *services, const char *name)
{
	for (; *services != NULL; services++) {
		if (strcmp((*services)->name, name) == 0)
			return *services;
	}
	return NULL;
}

const struct bh_service *
bh_services_issuer(const struct bh_service *const *services)
{
	for (; *services != NULL; services++) {
		if ((*services)->issues_tokens)
			return *services;
	}
	return NULL;
}

const struct bh_service_call *
bh_services_call(const struct bh_service *const *services, const char *name, const char *scope)
{
	const struct bh_service *service = bh_services_find(services, name);
	const struct bh_service_call *call = service != NULL ? service->calls : NULL;

	for (; call != NULL && call->service != NULL; call++) {
		if (strcmp(call->scope, scope) == 0)
			return call;
	}
	return NULL;
}

/* Adds a word to a list in a buffer of any size. */
static void
add_word(char *out, size_t size, size_t *len, const char *word)
{
	*len += (size_t)snprintf(*len < size ? out + *len : NULL, *len < size ? size - *len : 0, "%s%s",
		*len > 0 ? " " : "", word);
}

/* These two return what they would take, the NUL included. */
static size_t
join_names(const struct bh_service *const *services, char *out, size_t size)
{
	size_t len = 0;

	for (; *services != NULL; services++)
		add_word(out, size, &len, (*services)->name);
	return len + 1;
}

static size_t
join_scopes(const struct bh_service *const *services, enum bh_role role, bool preset, char *out,
	size_t size)
{
	size_t len = 0;

	for (enum bh_role least = BH_ROLE_VIEWER; least <= role; least++) {
		for (size_t i = 0; services[i] != NULL; i++) {
			const struct bh_scope *at = services[i]->scopes;

			for (; at != NULL && at->name != NULL; at++) {
				if (at->role == least && (at->preset || !preset))
					add_word(out, size, &len, at->name);
			}
		}
	}
	return len + 1;
}

void
bh_services_names(const struct bh_service *const *services, char *out, size_t size)
{
	BH_ASSERT(join_names(services, out, size) <= size);
}

void
bh_services_scopes(const struct bh_service *const *services, enum bh_role role, bool preset,
	char *out, size_t size)
{
	out[0] = '\0';
	BH_ASSERT(join_scopes(services, role, preset, out, size) <= size);
}

static int
check_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz");

	if (len == 0 || len > NAME_BYTES_MAX || name[len] != '\0')
		return bh_error(BH_E_CONFIG, "service \"%.32s\": the name must have 1 to %d letters a to z",
			name, NAME_BYTES_MAX);
	for (size_t i = 0; i < BH_COUNT(taken); i++) {
		if (strcmp(taken[i], name) == 0)
			return bh_error(BH_E_CONFIG, "service \"%s\": the name is reserved", name);
	}
	return 0;
}

static bool
comes_before(const struct bh_service *const *services, const struct bh_service *service,
	const char *name)
{
	for (; *services != service; services++) {
		if (strcmp((*services)->name, name) == 0)
			return true;
	}
	return false;
}

static bool
asks_for(const struct bh_service *service, const char *scope)
{
	for (const struct bh_route *at = service->routes; at->method != NULL; at++) {
		if (strcmp(at->scope, scope) == 0)
			return true;
	}
	return false;
}

static int
check_calls(const struct bh_service *const *services, const struct bh_service *service)
{
	for (const struct bh_service_call *at = service->calls; at != NULL && at->service != NULL;
		 at++) {
		if (at->scope == NULL || !bh_text_starts(at->scope, INTERNAL))
			return bh_error(BH_E_CONFIG,
				"service %s: the scope of a call must begin with " INTERNAL, service->name);
		if (!at->outlives && !comes_before(services, service, at->service))
			return bh_error(BH_E_CONFIG, "service %s calls %s, which is not listed before it",
				service->name, at->service);
		if (!asks_for(bh_services_find(services, at->service), at->scope))
			return bh_error(BH_E_CONFIG,
				"service %s calls %s with the scope %s, which no route there requires",
				service->name, at->service, at->scope);
		if (bh_services_call(services, service->name, at->scope) != at)
			return bh_error(BH_E_CONFIG, "service %s: two calls have the scope %s", service->name,
				at->scope);
	}
	return 0;
}

static const struct bh_scope *
find_scope(const struct bh_service *const *services, const char *name)
{
	for (; *services != NULL; services++) {
		const struct bh_scope *at = (*services)->scopes;

		for (; at != NULL && at->name != NULL; at++) {
			if (strcmp(at->name, name) == 0)
				return at;
		}
	}
	return NULL;
}

const char *
bh_services_entitlement(const struct bh_service *const *services, const char *name)
{
	const struct bh_scope *scope = find_scope(services, name);

	return scope != NULL ? scope->entitlement : NULL;
}

/* Scopes of services and of the operator are nobody's to declare. */
static bool
is_reserved(const char *scope)
{
	return strcmp(scope, "none") == 0 || strcmp(scope, "operator") == 0 ||
		bh_text_starts(scope, INTERNAL);
}

static int
check_scopes(const struct bh_service *const *services, const struct bh_service *service)
{
	const struct bh_route *route = service->routes;

	for (const struct bh_scope *at = service->scopes; at != NULL && at->name != NULL; at++) {
		if (at->role == BH_ROLE_NONE || is_reserved(at->name) ||
			at->name[strcspn(at->name, " ")] != '\0' || at->name[0] == '\0')
			return bh_error(BH_E_CONFIG,
				"service %s: scope \"%s\" is reserved, or no single word, or no role has it",
				service->name, at->name);
		if (find_scope(services, at->name) != at)
			return bh_error(BH_E_CONFIG, "service %s: scope %s is declared twice", service->name,
				at->name);
	}
	for (; route != NULL && route->method != NULL; route++) {
		if (!is_reserved(route->scope) && find_scope(services, route->scope) == NULL)
			return bh_error(BH_E_CONFIG,
				"service %s: route %s %s requires the scope %s, which no service declares",
				service->name, route->method, route->path, route->scope);
	}
	return 0;
}

int
bh_services_check(const struct bh_service *const *services)
{
	size_t n = bh_services_count(services);
	int rc = 0;

	if (n > BH_SERVICES_MAX)
		return bh_error(BH_E_CONFIG, "%zu services, but BH_SERVICES_MAX is %d", n, BH_SERVICES_MAX);
	if (join_names(services, NULL, 0) > BH_AUDIENCE_BYTES)
		return bh_error(BH_E_CONFIG, "the services' names do not fit into a token's audience");
	if (strlen("operator ") + join_scopes(services, BH_ROLE_SUPERUSER, false, NULL, 0) >
		BH_SCOPE_BYTES)
		return bh_error(BH_E_CONFIG, "the services' scopes do not fit into a token");
	if (bh_services_issuer(services) == NULL)
		return bh_error(BH_E_CONFIG, "no service issues tokens");
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = check_name(services[i]->name);
		if (rc == 0 && bh_services_find(services, services[i]->name) != services[i])
			rc = bh_error(BH_E_CONFIG, "two services have the name %s", services[i]->name);
		if (rc == 0 && services[i]->issues_tokens && bh_services_issuer(services) != services[i])
			rc = bh_error(BH_E_CONFIG, "two services issue tokens");
		if (rc == 0)
			rc = check_calls(services, services[i]);
		if (rc == 0)
			rc = check_scopes(services, services[i]);
	}
	return rc;
}

/* ---- in words ---- */

static void
write_calls(struct bh_write *write, const struct bh_service_call *call)
{
	bh_write_array(write);
	for (; call != NULL && call->service != NULL; call++) {
		bh_write_object(write);
		bh_write_pair_text(write, "name", call->service);
		bh_write_pair_text(write, "scope", call->scope);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_scopes(struct bh_write *write, const struct bh_scope *scope)
{
	bh_write_array(write);
	for (; scope != NULL && scope->name != NULL; scope++) {
		bh_write_object(write);
		bh_write_pair_text(write, "name", scope->name);
		bh_write_pair_text(write, "role", bh_role_name(scope->role));
		bh_write_pair_bool(write, "preset", scope->preset);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_words(struct bh_write *write, const char *const *words)
{
	bh_write_array(write);
	for (; words != NULL && *words != NULL; words++)
		bh_write_text(write, *words);
	bh_write_end(write);
}

static void
write_keeps(struct bh_write *write, const struct bh_erase_kept *kept)
{
	bh_write_array(write);
	for (; kept != NULL && kept->table != NULL; kept++) {
		bh_write_object(write);
		bh_write_pair_text(write, "table", kept->table);
		bh_write_pair_text(write, "reason", kept->reason);
		bh_write_end(write);
	}
	bh_write_end(write);
}

void
bh_services_write(const struct bh_service *const *services, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_name(&write, "data");
	bh_write_array(&write);
	for (; *services != NULL; services++) {
		const struct bh_service *service = *services;
		char user[64], role[64];

		snprintf(user, sizeof(user), "bulkhead-%s", service->name);
		snprintf(role, sizeof(role), "bulkhead_%s", service->name);
		bh_write_object(&write);
		bh_write_pair_text(&write, "name", service->name);
		bh_write_pair_text(&write, "user", user);
		bh_write_pair_text(&write, "role", role);
		bh_write_name(&write, "scopes");
		write_scopes(&write, service->scopes);
		bh_write_name(&write, "calls");
		write_calls(&write, service->calls);
		bh_write_name(&write, "uses");
		write_words(&write, service->uses);
		bh_write_name(&write, "keeps");
		write_keeps(&write, service->keeps);
		bh_write_pair_bool(&write, "works_queue", service->jobs != NULL);
		bh_write_pair_bool(&write, "keeps_answers", service->idempotency != NULL);
		bh_write_end(&write);
	}
	bh_write_end(&write);
	bh_write_end(&write);
}
