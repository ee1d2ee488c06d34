-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in billing's tables.

-- Prices and plans: versions are only added. The lines of a period are the record of what was charged.
GRANT SELECT, INSERT ON price, price_unit, plan_version, plan_meter, subscription_line TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (version, archived_at) ON plan TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE ON subscription TO bulkhead_billing;
GRANT SELECT ON price, price_unit TO bulkhead_model, bulkhead_rag, bulkhead_agent;

-- What tokens say of the plan: written by billing, read by auth, which notes what it has told.
GRANT SELECT, INSERT, UPDATE ON tenant_plan TO bulkhead_billing;
GRANT SELECT, UPDATE (applied) ON tenant_plan TO bulkhead_auth;
