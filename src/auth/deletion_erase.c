/* SPDX-License-Identifier: Apache-2.0 */
/* deletion_erase.c: what the platform has of a tenant that is deleted: who is in it, and keys that will expire. */
#include "auth/deletion.h"

#include "base/clock.h"
#include "service/erase.h"

struct piece {
	struct bh_erase *erase;
	int64_t rows;
};

/* A person who is in another tenant, too, stays; who is in none any more goes. */
static int
remove_people(struct bh_db *tx, struct bh_erase *erase)
{
	struct bh_uuid *people = NULL;
	size_t n = 0;
	int64_t places = 0, managed = 0, emails = 0, clients = 0, accounts = 0;
	int rc = auth_store_deletion_people(tx, &erase->tenant, &people, &n);

	if (rc < 0 || n == 0)
		return rc;
	rc = auth_store_deletion_leave(tx, &erase->tenant, people, n, &places, &managed);
	if (rc == 0)
		rc = auth_store_deletion_lonely(tx, people, n, &emails, &clients, &accounts);
	if (rc == 0)
		rc = bh_erase_count(tx, erase, "account_directory", places);
	if (rc == 0)
		rc = bh_erase_count(tx, erase, "account.managed_by_tenant_id", managed);
	if (rc == 0)
		rc = bh_erase_count(tx, erase, "account_email", emails);
	if (rc == 0)
		rc = bh_erase_count(tx, erase, "account_client", clients);
	return rc < 0 ? rc : bh_erase_count(tx, erase, "account", accounts);
}

static int
remove_piece(struct bh_db *tx, void *ctx)
{
	struct piece *piece = ctx;
	struct bh_erase *erase = piece->erase;
	const int64_t before = erase->removed;
	int64_t expiries = 0;
	int rc = auth_store_deletion_expiries(tx, &erase->tenant, &expiries);

	if (rc == 0)
		rc = bh_erase_count(tx, erase, "key_expiry", expiries);
	if (rc == 0)
		rc = remove_people(tx, erase);
	piece->rows = erase->removed - before;
	if (rc < 0)
		erase->removed = before;
	return rc;
}

int
auth_deletion_erase(struct bh_erase *erase)
{
	struct piece piece = {erase, 1};
	int rc = 0;

	while (rc == 0 && piece.rows > 0 && !bh_erase_is_over(erase, bh_clock_steady_ms())) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = erase->db;

		db.arena = &arena;
		rc = bh_tx_run(&db, remove_piece, &piece);
	}
	return rc;
}
