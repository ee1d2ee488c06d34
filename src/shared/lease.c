/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c: questions of the gateway's workers, put to Valkey together. */
#include "shared/lease.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"
#include "shared/link.h"
#include "shared/shared.h"

_Static_assert(BH_LEASE_PLACES_MS == BH_SHARED_HOLD_MS,
	"a gateway ends a place when others may take it");

enum { BATCH = 64, NUMBER_BYTES = 24 };

#define MINUTE_US INT64_C(60000000)

bool
bh_lease_is_good(const struct bh_lease_record *record, size_t len)
{
	const uint32_t permits[] = {record->per_minute, record->returned, record->needed,
		record->spare};
	const uint32_t places[] = {record->at_once, record->used, record->places_needed,
		record->places_spare};

	if (len != sizeof(*record) || record->version != BH_LEASE_VERSION || record->owner > 1 ||
		(record->kind != BH_LEASE_HELLO && record->kind != BH_LEASE_ASK))
		return false;
	for (size_t i = 0; i < BH_COUNT(permits); i++) {
		if (permits[i] > BH_LEASE_PER_MINUTE_MOST || places[i] > BH_LEASE_AT_ONCE_MOST)
			return false;
	}
	return true;
}

/* One question as the script wants it. */
struct question {
	char key[BH_SHARED_KEY_BYTES];
	char gateway[2 * 16 + 1];
	char numbers[BH_LINK_ARGUMENTS][NUMBER_BYTES];
	const char *arguments[BH_LINK_ARGUMENTS];
	int64_t answer[BH_LINK_NUMBERS];
};

static void
ask(struct bh_shared *shared, const struct bh_lease_record *record, struct question *out)
{
	int64_t each_us = record->per_minute > 0 ? MINUTE_US / record->per_minute : 0;
	const int64_t numbers[BH_LINK_ARGUMENTS] = {record->per_minute, record->returned,
		record->needed, record->spare,
		record->per_minute > 0 ? bh_shared_owed_us(shared, each_us, MINUTE_US) : 0, record->at_once,
		0, record->used, record->places_needed, record->places_spare, BH_SHARED_HOLD_MS};
	char id[2 * 16 + 1];
	struct bh_uuid tenant;

	memcpy(tenant.bytes, record->tenant, sizeof(tenant.bytes));
	bh_text_hex(record->id, sizeof(record->id), id);
	bh_text_hex(record->gateway, sizeof(record->gateway), out->gateway);
	bh_shared_key(&tenant, record->owner == 0 ? "requests" : "key-requests", id, out->key);
	for (size_t i = 0; i < BH_LINK_ARGUMENTS; i++) {
		snprintf(out->numbers[i], NUMBER_BYTES, "%lld", (long long)numbers[i]);
		out->arguments[i] = out->numbers[i];
	}
	out->arguments[6] = out->gateway;
}

/* What the server says is not believed beyond what was asked. */
static uint32_t
within(int64_t number, uint32_t most)
{
	return number < 0 ? 0 : number > most ? most : (uint32_t)number;
}

static void
answer(const struct question *question, struct bh_lease_record *out)
{
	const int64_t *numbers = question->answer;

	out->permits = within(numbers[0], out->needed + out->spare);
	out->wait_ms = within((numbers[1] + 999) / 1000, MINUTE_US / 1000);
	out->left = within(numbers[2], out->per_minute);
	out->places = within(numbers[3], out->used + out->places_needed + out->places_spare);
	out->places_left = within(numbers[4], out->at_once);
}

static bool
put(struct bh_shared *shared, const struct bh_lease_record *records, struct question *questions,
	size_t n)
{
	struct bh_link_call calls[BATCH];
	bool is_there;

	for (size_t i = 0; i < n; i++) {
		ask(shared, &records[i], &questions[i]);
		calls[i] = (struct bh_link_call){
			.script = BH_LINK_LEASE,
			.key = questions[i].key,
			.arguments = questions[i].arguments,
			.out = questions[i].answer,
		};
	}
	is_there = bh_link_run_all(bh_shared_link(shared), calls, n) == 0;
	if (!is_there)
		bh_error_clear();
	return is_there;
}

/* That the server has forgotten all came out by these very questions: what a bucket owes for it is put there, so that
 * other gateways find it. */
static void
put_owed(struct bh_shared *shared, const struct bh_lease_record *records, size_t n)
{
	struct question questions[BATCH];
	struct bh_lease_record again[BATCH];

	for (size_t i = 0; i < n; i++) {
		again[i] = records[i];
		again[i].returned = again[i].needed = again[i].spare = 0;
		again[i].used = records[i].places;
		again[i].places_needed = again[i].places_spare = 0;
	}
	(void)put(shared, again, questions, n);
}

static void
answer_some(struct bh_shared *shared, struct bh_lease_record *records, size_t n)
{
	int64_t back_us = bh_link_back_us(bh_shared_link(shared));
	struct question questions[BATCH];
	bool is_there = put(shared, records, questions, n);
	uint32_t gateways = (uint32_t)bh_shared_instances(shared);

	for (size_t i = 0; i < n; i++) {
		records[i].kind = BH_LEASE_ANSWER;
		records[i].away = !is_there;
		records[i].gateways = gateways;
		if (is_there)
			answer(&questions[i], &records[i]);
	}
	if (is_there && bh_link_back_us(bh_shared_link(shared)) != back_us)
		put_owed(shared, records, n);
}

void
bh_lease_answer(struct bh_shared *shared, struct bh_lease_record *records, size_t n)
{
	for (size_t i = 0; i < n; i += BATCH)
		answer_some(shared, records + i, n - i < BATCH ? n - i : BATCH);
}

int
bh_lease_beat(struct bh_shared *shared, const uint8_t gateway[16])
{
	char id[2 * 16 + 1], ms[NUMBER_BYTES];
	int64_t numbers[BH_LINK_NUMBERS];
	int rc;

	bh_text_hex(gateway, 16, id);
	snprintf(ms, sizeof(ms), "%d", BH_SHARED_HOLD_MS);
	rc = bh_link_run(bh_shared_link(shared), BH_LINK_HOLD, "{}:gateways",
		(const char *const[]){"0", id, ms, "1"}, numbers);
	if (rc == 0)
		bh_shared_instances_set(shared, numbers[1]);
	return rc;
}
