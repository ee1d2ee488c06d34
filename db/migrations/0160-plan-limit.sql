SELECT register_patch('0160-plan-limit');

-- A plan's request limits were written over the operator's own ones. Those stay in tenant_plan from now on, and
-- request_limit is the operator's alone: what a plan wrote there goes, or it would outlive the plan.
DELETE FROM request_limit AS l
 USING tenant_plan AS p
 WHERE p.tenant_id = l.tenant_id AND p.applied > 0
   AND (l.requests_per_minute, l.concurrency) = (p.requests_per_minute, p.concurrency);
COMMENT ON TABLE request_limit IS 'Limits of a tenant''s requests that the operator set, enforced by the gateway; they come before those of its plan. Those of a key are in its row.';
COMMENT ON COLUMN request_limit.requests_per_minute IS 'Requests a minute; 0: what the plan says.';
COMMENT ON COLUMN request_limit.concurrency IS 'Most requests at once; 0: what the plan says.';
