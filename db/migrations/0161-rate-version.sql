SELECT register_patch('0161-rate-version');

-- Usage and invoices name rates by a number. The version of a plan is none: the first ones of two plans are both 1,
-- and what was used under one was summed with, and shown at the rates of, the other after a change. Numbers begin
-- beyond those that stand in usage so far.
ALTER TABLE plan_version ADD COLUMN rate_version bigint;
UPDATE plan_version AS v
   SET rate_version = 1000 + n.number
  FROM (SELECT plan_id, version, row_number() OVER (ORDER BY created_at, plan_id, version) AS number FROM plan_version) AS n
 WHERE v.plan_id = n.plan_id AND v.version = n.version;
ALTER TABLE plan_version ALTER COLUMN rate_version SET NOT NULL, ADD UNIQUE (tenant_id, rate_version);
COMMENT ON COLUMN plan_version.rate_version IS 'The number of its rates, among those of all plans.';
COMMENT ON COLUMN meter_rate.version IS 'The number of the rates (plan_version.rate_version).';
COMMENT ON COLUMN usage_event.rate_version IS 'The number of the plan''s rates where they took the place of a price; 0: none did.';
COMMENT ON COLUMN usage_day.rate_version IS 'The number of the plan''s rates, 0 for none.';

UPDATE meter_rate AS r
   SET version = v.rate_version
  FROM subscription AS s
  JOIN plan_version AS v ON v.plan_id = s.plan_id AND v.version = s.plan_version
 WHERE s.tenant_id = r.tenant_id AND s.state <> 'canceled';
