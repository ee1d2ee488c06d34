-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in model's tables.

GRANT SELECT, INSERT, UPDATE, DELETE ON model, model_default TO bulkhead_model;
GRANT SELECT, INSERT, UPDATE ON budget TO bulkhead_model;
GRANT SELECT, INSERT, DELETE, UPDATE (renewed_at, expired_month) ON budget_reservation TO bulkhead_model;
GRANT SELECT, INSERT ON usage_record, usage_quarantine TO bulkhead_model;
GRANT DELETE ON usage_record, usage_quarantine, usage_total TO bulkhead_model;
GRANT SELECT, INSERT, UPDATE ON usage_total TO bulkhead_model;
-- A tenant has its budget for as long as it is there; only its deletion removes it.
GRANT DELETE ON budget TO bulkhead_model;
