/* SPDX-License-Identifier: Apache-2.0 */
/* member.h: the rules for a tenant's people: joining, changing role, being disabled, getting a link. */
#ifndef BH_AUTH_MEMBER_H
#define BH_AUTH_MEMBER_H

#include "auth/auth.h"
#include "base/uuid.h"

/* Of links that were sent to the person's own address; those that others make are for "password". */
#define AUTH_LINK_RESET "reset"

struct auth_member_new {
	const char *email; /* as auth_email_read gives it */
	const char *name;
	const char *role;
	const char *password_hash; /* NULL: none yet */
	int64_t users_max;         /* of the tenant; 0: no limit */
	int64_t now_ms;
};

/* Adds a member, for the platform's staff; a tenant invites. A new person belongs to the platform. Nobody is
 * added whom another tenant registered, because that tenant may know the password.
 * BH_E_EXISTS, BH_E_FORBIDDEN (a role above the actor's), BH_E_INVALID (a role that this tenant does not
 * have), BH_E_TOO_MANY. */
BH_MUST_CHECK int auth_member_add(const struct auth_place *place,
	const struct auth_member_new *member, struct bh_uuid *out_account);

/* The same refusals before the password is hashed; its hash is not looked at. */
BH_MUST_CHECK int auth_member_check(const struct auth_place *place,
	const struct auth_member_new *member);

/* A role that this tenant can have, given by somebody who may. BH_E_FORBIDDEN, BH_E_INVALID. */
BH_MUST_CHECK int auth_member_role_check(const struct auth_place *place, const char *role);

/* Whether there is room for one more. BH_E_TOO_MANY. */
BH_MUST_CHECK int auth_member_room_check(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t users_max);

/* The most users of a tenant: the platform's maximum, or the seats of its plan if those are fewer. */
BH_MUST_CHECK int auth_member_max(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out);

/* Moves a member to a role (NULL: stays) and a state (NULL: stays). Losing rights revokes every
 * token; *out_revoked tells so. BH_E_NOT_FOUND, BH_E_FORBIDDEN, BH_E_STATE (the last owner). */
BH_MUST_CHECK int auth_member_change(const struct auth_place *place, const struct bh_uuid *account,
	const char *role, const char *state, bool *out_revoked);

/* Creates a link with which the member sets a password, for the platform's staff; older links become
 * invalid. `text` is the only copy. BH_E_NOT_FOUND, BH_E_FORBIDDEN. */
BH_MUST_CHECK int auth_member_link(const struct auth_place *place, const struct bh_uuid *account,
	const char *created_by, int64_t expires_ms, const char **out_text);

/* Sets the password of the link's member, once, and ends all sign-ins of that person, who will be known
 * at the client with this mark (client.h).
 * BH_E_UNAUTHENTICATED for a link that does not work (any more). */
struct bh_credential;
BH_MUST_CHECK int auth_member_redeem(struct bh_db *db, const struct bh_credential *link,
	const char *password_hash, const struct bh_digest *client, int64_t now_ms,
	struct bh_uuid *out_account);

/* Whether a link works; the same error. */
BH_MUST_CHECK int auth_member_link_check(struct bh_db *db, const struct bh_credential *link,
	int64_t now_ms);

#endif
