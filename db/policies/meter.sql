-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in the books of src/meter: money moves through functions only. Everybody who meters calls the
-- first four; limits and funds are billing's.

GRANT EXECUTE ON FUNCTION
	meter_reserve(uuid, uuid[], uuid[], bigint[], bigint[], bigint[], bigint[], bigint[], boolean),
	meter_settle(uuid, uuid[], uuid[], uuid[], uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[],
		text[], text[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[],
		bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], text, jsonb),
	meter_expire(uuid, bigint, uuid[]), meter_charge(uuid, bigint, bigint, uuid[]), meter_renew(uuid, uuid[]),
	meter_dead(bigint, bigint)
	TO bulkhead_model, bulkhead_rag, bulkhead_finetune, bulkhead_agent;
GRANT SELECT ON meter_owner, meter_funds, meter_rate TO bulkhead_model, bulkhead_rag, bulkhead_finetune, bulkhead_agent;
GRANT SELECT, DELETE ON usage_quarantine TO bulkhead_rag, bulkhead_agent;

GRANT EXECUTE ON FUNCTION
	meter_lock(uuid),
	meter_limit(uuid, uuid, text, boolean, bigint, boolean, bigint, boolean, bigint, bigint[]),
	meter_fund(uuid, uuid, bigint, bigint, bigint, timestamptz, timestamptz, bigint),
	meter_fund_end(uuid, uuid), meter_prepaid(uuid, boolean, bigint)
	TO bulkhead_billing;
GRANT SELECT ON meter_owner, meter_day, meter_funds, meter_reservation, usage_event, usage_day, meter_notice
	TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE, DELETE ON meter_rate TO bulkhead_billing;
GRANT DELETE ON meter_notice, usage_day, meter_day TO bulkhead_billing;

-- Only the deletion of a tenant removes its books.
GRANT DELETE ON meter_owner, meter_funds, meter_reservation TO bulkhead_billing;
