-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in billing's tables.

-- Prices and plans: versions are only added. The lines of a period are the record of what was charged.
GRANT SELECT, INSERT ON price, price_unit, plan_version, plan_meter, subscription_line TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (version, archived_at) ON plan TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE ON subscription, subscription_drawn TO bulkhead_billing;
GRANT SELECT ON price, price_unit TO bulkhead_model, bulkhead_rag, bulkhead_agent;
-- A model that is added with a price has its first version from there.
GRANT INSERT ON price, price_unit TO bulkhead_model;

-- What tokens say of the plan: written by billing, read by auth, which notes what it has told.
GRANT SELECT, INSERT, UPDATE ON tenant_plan TO bulkhead_billing;
GRANT SELECT, UPDATE (applied) ON tenant_plan TO bulkhead_auth;
-- The ledger is written by its function alone.
GRANT EXECUTE ON FUNCTION ledger_post(uuid, uuid, text, text, text, text, text[], bigint[]) TO bulkhead_billing;
GRANT SELECT ON ledger_entry, ledger_line, ledger_balance TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (number, nanos, covered) ON ledger_posted TO bulkhead_billing;

-- Credits: what they are is written once; what becomes of them follows.
GRANT SELECT, INSERT, UPDATE (status, drawn, ended_at) ON credit_grant TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (enabled, below, amount, month_most, changed_at) ON credit_top_up TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (status, ended_at) ON credit_intent TO bulkhead_billing;

-- Invoices: triggers keep those with a number as they are. Only drafts can be deleted.
GRANT SELECT, INSERT, UPDATE (name, address, country, vat_id, email, vat_confirmed_at, vat_confirmed_by, changed_at)
	ON billing_profile TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (name, ppm, inclusive), DELETE ON tax_rate TO bulkhead_billing;
GRANT SELECT, INSERT, DELETE, UPDATE (status, number, year, sequence, starts_on, ends_on, subtotal, usage_nanos, tax_name, tax_ppm,
	tax_inclusive, reverse_charge, tax_note, tax, total, carried_in, carried_out, due, paid, credited, seller, buyer, finalized_at, due_at,
	past_due_at, ended_at) ON invoice TO bulkhead_billing;
GRANT SELECT, INSERT, DELETE ON invoice_line TO bulkhead_billing;
GRANT SELECT, INSERT ON invoice_payment TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (status, theirs, ended_at) ON invoice_refund TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (last) ON invoice_series TO bulkhead_billing;
GRANT SELECT, INSERT ON invoice_prefix TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE (state, changed_at) ON billing_dunning TO bulkhead_billing;
-- Teams and budgets, usage and its corrections.
GRANT SELECT, INSERT, UPDATE (name, archived_at) ON team TO bulkhead_billing;
GRANT SELECT, INSERT, DELETE ON team_member TO bulkhead_billing;
GRANT SELECT, DELETE ON usage_correction TO bulkhead_billing;
GRANT EXECUTE ON FUNCTION usage_correct(uuid, uuid, uuid, uuid, bigint, bigint[], text, text) TO bulkhead_billing;
-- Whether a key or a person that a budget is for is the tenant's own, and what it is called; nothing secret.
GRANT SELECT (tenant_id, id, name, parent_id) ON api_key TO bulkhead_billing;
GRANT SELECT (tenant_id, account_id) ON membership TO bulkhead_billing;
-- A key is made for a team that is in use.
GRANT SELECT ON team TO bulkhead_auth;
-- What stands at Stripe for ours, and what it has to be told.
GRANT SELECT, INSERT, UPDATE, DELETE ON stripe_account TO bulkhead_billing;
GRANT SELECT, INSERT ON stripe_link TO bulkhead_billing;
GRANT SELECT, INSERT, DELETE, UPDATE (state, attempts, generation, error, ended_at) ON stripe_outbox TO bulkhead_billing;
GRANT SELECT, INSERT, UPDATE ON stripe_reported TO bulkhead_billing;
GRANT SELECT, INSERT, DELETE, UPDATE (state, error) ON stripe_event TO bulkhead_billing;

-- The proof compares events with sums: acts in quarantine have no event.
GRANT SELECT (tenant_id, created_at, cost_nanos) ON usage_quarantine TO bulkhead_billing;

-- Only the deletion of a tenant removes these. Books and invoices stay, which name the buyer as it was.
GRANT DELETE ON price, price_unit, subscription, subscription_line, tenant_plan, team, billing_profile, billing_dunning,
	credit_top_up, credit_intent, notice_endpoint, stripe_link, stripe_reported TO bulkhead_billing;

-- Notices: made by a trigger, sent by billing's jobs.
GRANT SELECT, INSERT, UPDATE (url, secret_sealed, previous_sealed, previous_until, emails, changed_at)
	ON notice_endpoint TO bulkhead_billing;
GRANT SELECT, DELETE, UPDATE (webhook, webhook_error, webhook_at, mail, mail_error, mail_at, attempts)
	ON notice TO bulkhead_billing;
-- Tokens a minute are bounded by model.
GRANT SELECT ON tenant_plan TO bulkhead_model;
-- What the platform's staff sees of all tenants' invoices.
GRANT EXECUTE ON FUNCTION platform_invoices(uuid, text, uuid, bigint) TO bulkhead_billing;
