/* SPDX-License-Identifier: Apache-2.0 */
/* roles.c: roles and their lists of scopes. */
#include "auth/roles.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "service/services.h"

void
auth_roles_init(const struct bh_service *const *services, struct auth_roles *out)
{
	for (enum bh_role role = BH_ROLE_NONE; role <= BH_ROLE_SUPERUSER; role++)
		bh_services_scopes(services, role, false, out->scopes[role], BH_SCOPE_BYTES);
	bh_services_scopes(services, BH_ROLE_SUPERUSER, true, out->preset, BH_SCOPE_BYTES);
}

const char *
auth_role_scopes(const struct auth_roles *roles, const char *role)
{
	return roles->scopes[bh_role_find(role)];
}

const char *
auth_scopes_most(const struct auth_roles *roles, const struct bh_uuid *tenant)
{
	return roles
		->scopes[bh_uuid_equal(tenant, &bh_platform_tenant) ? BH_ROLE_SUPERUSER : BH_ROLE_OWNER];
}

const char *
auth_role_for(const struct auth_roles *roles, const char *scopes)
{
	for (enum bh_role role = BH_ROLE_VIEWER; role <= BH_ROLE_SUPERUSER; role++)
		if (auth_scopes_within(scopes, roles->scopes[role]))
			return bh_role_name(role);
	return NULL;
}

/* Takes the next word off a list divided by blanks. False at its end. */
static bool
next_word(const char **list, char word[64])
{
	size_t len;

	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	if (len == 0)
		return false;
	/* A word too long for any scope of ours is cut, and so matches none. */
	memcpy(word, *list, len < 63 ? len : 63);
	word[len < 63 ? len : 63] = '\0';
	*list += len;
	return true;
}

const char *
auth_scopes_both(struct bh_arena *arena, const char *wanted, const char *allowed)
{
	BH_AUTO(bh_buf_close) struct bh_buf both = {0};
	char word[64];

	while (next_word(&wanted, word)) {
		if (!bh_text_has_word(allowed, word))
			continue;
		if (both.len > 0)
			bh_buf_char(&both, ' ');
		bh_buf_text(&both, word);
	}
	return bh_arena_strdup(arena, bh_buf_string(&both));
}

bool
auth_scopes_within(const char *wanted, const char *allowed)
{
	char word[64];

	while (next_word(&wanted, word))
		if (!bh_text_has_word(allowed, word))
			return false;
	return true;
}

bool
auth_role_may_change(int actor, enum bh_role from, enum bh_role to)
{
	return (int)from <= actor && (int)to <= actor;
}
