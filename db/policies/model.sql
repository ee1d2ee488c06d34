-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in model's tables.

GRANT SELECT, INSERT, UPDATE, DELETE ON model, model_default TO bulkhead_model;
GRANT SELECT, INSERT, UPDATE, DELETE ON model_adapter TO bulkhead_model;
-- Only the tenant's deletion removes its limit.
GRANT SELECT, INSERT, UPDATE, DELETE ON token_limit TO bulkhead_model;

-- Usage: read here, and removed when it is old; months of events are made and dropped whole.
GRANT SELECT, DELETE ON usage_event, usage_day, usage_quarantine, meter_day, meter_notice TO bulkhead_model;
GRANT EXECUTE ON FUNCTION meter_owners_drop(uuid, bigint) TO bulkhead_model;
GRANT EXECUTE ON FUNCTION usage_months_open(), usage_months_drop(bigint) TO bulkhead_model;

-- Pictures of jobs that were charged: never changed.
GRANT SELECT, INSERT, DELETE ON image_charge TO bulkhead_model;

-- The operator's monthly budget of a tenant.
GRANT EXECUTE ON FUNCTION
	meter_limit(uuid, uuid, text, boolean, bigint, boolean, bigint, boolean, bigint, bigint[]) TO bulkhead_model;
