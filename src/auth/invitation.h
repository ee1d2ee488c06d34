/* SPDX-License-Identifier: Apache-2.0 */
/* invitation.h: the rules for inviting somebody to a tenant, and for accepting. */
#ifndef BH_AUTH_INVITATION_H
#define BH_AUTH_INVITATION_H

#include "auth/auth.h"
#include "auth/store_account.h"
#include "auth/store_invitation.h"
#include "base/uuid.h"
#include "sec/credential.h"

struct auth_invitation_new {
	const char *email;      /* as auth_email_read gives it; of a new one */
	const char *role;       /* of a new one */
	const char *created_by; /* subject of the token */
	struct bh_uuid inviter; /* the person behind it; zero: none */
	int64_t users_max;      /* of the tenant; 0: no limit */
	int64_t now_ms, expires_ms;
};

/* Invites somebody: an invitation, and a mail with its link. BH_E_EXISTS (a member, or one who is invited),
 * BH_E_FORBIDDEN (a role above the actor's), BH_E_INVALID (a role that this tenant does not have),
 * BH_E_TOO_MANY (users and open invitations, or mails within a day). */
BH_MUST_CHECK int auth_invitation_add(const struct auth *auth, const struct auth_place *place,
	const struct auth_invitation_new *invitation, struct bh_uuid *out_id);

/* A new link for an open one; the old one does not work any more. BH_E_NOT_FOUND, BH_E_STATE (accepted or
 * revoked), BH_E_FORBIDDEN, BH_E_TOO_MANY. */
BH_MUST_CHECK int auth_invitation_resend(const struct auth *auth, const struct auth_place *place,
	const struct bh_uuid *id, const struct auth_invitation_new *again);

/* BH_E_NOT_FOUND, BH_E_STATE, BH_E_FORBIDDEN. */
BH_MUST_CHECK int auth_invitation_revoke(const struct auth_place *place, const struct bh_uuid *id,
	int64_t now_ms);

/* What whoever has the link is told. */
struct auth_invitation_view {
	struct auth_invitation invitation;
	const char *tenant_name;
	struct auth_account account; /* who has the address; without an id: nobody */
	bool has_account;            /* somebody with a password, which is asked for */
};

/* BH_E_UNAUTHENTICATED for a link that does not work (any more). */
BH_MUST_CHECK int auth_invitation_view(struct bh_db *db, const struct bh_credential *link,
	int64_t now_ms, struct auth_invitation_view *out);

struct auth_invitation_accept {
	const struct bh_credential *link;
	const struct auth_account
		*proved; /* who has proved their password; NULL: somebody without one */
	const char *name, *password_hash; /* of somebody without one */
	const struct bh_digest *client;   /* where from (client.h) */
	int64_t users_max, now_ms;
};

/* Uses the link up: the person becomes a member. Errors as above; BH_E_EXISTS also when the address has got a
 * password meanwhile, BH_E_STATE for a person that another tenant registered and may speak for. */
BH_MUST_CHECK int auth_invitation_accept(struct bh_db *db,
	const struct auth_invitation_accept *accept, struct bh_uuid *out_account);

#endif
