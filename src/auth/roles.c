/* SPDX-License-Identifier: Apache-2.0 */
/* roles.c: the table of roles. */
#include "auth/roles.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define VIEWER \
	"account:read account:write models:read files:read vector_stores:read responses:read " \
	"limits:read"
#define DATA_WRITE " chat:write embeddings:write files:write vector_stores:write responses:write"
#define MEMBER VIEWER DATA_WRITE " keys:read keys:write"
#define ADMIN MEMBER " users:read users:write models:write"
#define SUPERUSER ADMIN " limits:write metrics:read tenants:read tenants:write"

/* From the least to the greatest; each has all of the one before. */
static const struct {
	const char *name;
	enum auth_rank rank;
	const char *scopes;
} roles[] = {
	{"viewer", AUTH_RANK_VIEWER, VIEWER},
	{"member", AUTH_RANK_MEMBER, MEMBER},
	{"admin", AUTH_RANK_ADMIN, ADMIN},
	{"owner", AUTH_RANK_OWNER, ADMIN},
	{"superuser", AUTH_RANK_SUPERUSER, SUPERUSER},
};

enum auth_rank
auth_role_rank(const char *role)
{
	for (size_t i = 0; i < BH_COUNT(roles); i++)
		if (strcmp(role, roles[i].name) == 0)
			return roles[i].rank;
	return AUTH_RANK_NONE;
}

const char *
auth_role_scopes(const char *role)
{
	for (size_t i = 0; i < BH_COUNT(roles); i++)
		if (strcmp(role, roles[i].name) == 0)
			return roles[i].scopes;
	return "";
}

const char *
auth_scopes_most(const struct bh_uuid *tenant)
{
	return bh_uuid_equal(tenant, &bh_platform_tenant) ? SUPERUSER : ADMIN;
}

const char *
auth_key_scopes_preset(void)
{
	return "account:read models:read files:read vector_stores:read responses:read "
		   "limits:read" DATA_WRITE;
}

const char *
auth_role_for(const char *scopes)
{
	for (size_t i = 0; i < BH_COUNT(roles); i++)
		if (auth_scopes_within(scopes, roles[i].scopes))
			return roles[i].name;
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
auth_role_may_change(int actor, enum auth_rank from, enum auth_rank to)
{
	return (int)from <= actor && (int)to <= actor;
}
