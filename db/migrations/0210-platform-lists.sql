SELECT register_patch('0210-platform-lists');

-- What the platform's staff sees of all tenants at once: a statement for each page. All run with the owner's rights,
-- for they read rows of every tenant, and each checks itself that the platform asks.

-- Figures of one tenant, for the function below, which may call them.
CREATE FUNCTION platform_members(p_of uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = bulkhead, pg_temp
AS $$ SELECT count(*) FROM membership AS m WHERE m.tenant_id = p_of AND m.state = 'active' $$;
COMMENT ON FUNCTION platform_members IS 'How many active members a tenant has.';

CREATE FUNCTION platform_month_spent(p_of uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = bulkhead, pg_temp
AS $$
	SELECT coalesce((
		SELECT CASE WHEN o.month = date_trunc('month', meter_today(o.day))::date THEN o.month_spent
		       ELSE coalesce((SELECT meter_sum(0, sum(d.spent)) FROM meter_day AS d
		         WHERE d.tenant_id = p_of AND d.owner_id = p_of AND d.day <= meter_today(o.day)
		           AND d.day >= date_trunc('month', meter_today(o.day))::date), 0) END
		  FROM meter_owner AS o WHERE o.tenant_id = p_of AND o.id = p_of), 0)
$$;
COMMENT ON FUNCTION platform_month_spent IS 'Nano-units that a tenant has spent since the first of the month (UTC).';

CREATE FUNCTION platform_acts_today(p_of uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = bulkhead, pg_temp
AS $$
	SELECT meter_sum(0, sum(u.calls)) FROM usage_day AS u
	 WHERE u.tenant_id = p_of AND u.day = (now() AT TIME ZONE 'UTC')::date AND u.kind <> 'expired'
$$;
COMMENT ON FUNCTION platform_acts_today IS 'Metered requests of a tenant since midnight (UTC).';

-- Of all tenants only what they are ordered by is looked up; the other figures are those of the page.
CREATE FUNCTION platform_tenants(p_tenant uuid, p_sort text, p_descending boolean, p_after uuid, p_text text, p_rows bigint)
RETURNS TABLE (id uuid, name text, state text, created_at timestamptz, plan text, members bigint, month_spent bigint,
	requests_today bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees all tenants';
	END IF;
	RETURN QUERY
	WITH keyed AS (
		SELECT t.id, t.name, t.state, t.created_at, CASE WHEN p_sort = 'name' THEN lower(t.name) END AS word,
		       CASE p_sort WHEN 'members' THEN platform_members(t.id) WHEN 'month_spent' THEN platform_month_spent(t.id)
		         WHEN 'requests_today' THEN platform_acts_today(t.id)
		         WHEN 'created_at' THEN (extract(epoch FROM t.created_at) * 1000000)::bigint END AS number
		  FROM tenant AS t
		 WHERE t.tenant_id = p_tenant AND (p_text IS NULL OR strpos(lower(t.name), lower(p_text)) > 0)
	), placed AS (
		SELECT k.*, row_number() OVER (ORDER BY
		         CASE WHEN p_descending THEN k.word END DESC, CASE WHEN p_descending THEN k.number END DESC,
		         CASE WHEN NOT p_descending THEN k.word END, CASE WHEN NOT p_descending THEN k.number END, k.id) AS place
		  FROM keyed AS k
	), page AS (
		SELECT p.* FROM placed AS p
		 WHERE p_after IS NULL OR p.place > (SELECT a.place FROM placed AS a WHERE a.id = p_after)
		 ORDER BY p.place LIMIT p_rows
	)
	SELECT g.id, g.name, g.state, g.created_at, p.plan, platform_members(g.id), platform_month_spent(g.id),
	       platform_acts_today(g.id)
	  FROM page AS g LEFT JOIN tenant_plan AS p ON p.tenant_id = g.id AND p.state <> 'canceled'
	 ORDER BY g.place;
END
$$;
COMMENT ON FUNCTION platform_tenants IS 'A page of the register of tenants with what each has and uses, in the order that is asked for.';

-- The invoices of a tenant that was deleted stay, and so do those that it owes.
CREATE INDEX invoice_state ON invoice (status, id);
CREATE FUNCTION platform_invoices(p_tenant uuid, p_state text, p_before uuid, p_rows bigint)
RETURNS TABLE (id uuid, of_tenant uuid, tenant_name text, kind text, status text, number text, currency text,
	total bigint, due bigint, paid bigint, credited bigint, refunded bigint, created_at timestamptz,
	finalized_at timestamptz, due_at timestamptz, past_due_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees the invoices of all tenants';
	END IF;
	RETURN QUERY
	SELECT i.id, i.tenant_id, t.name, i.kind, i.status, i.number, i.currency, i.total, i.due, i.paid, i.credited,
	       (SELECT coalesce(sum(r.nanos), 0)::bigint FROM invoice_refund AS r
	         WHERE r.tenant_id = i.tenant_id AND r.invoice_id = i.id AND r.status = 'succeeded'),
	       i.created_at, i.finalized_at, i.due_at, i.past_due_at
	  FROM invoice AS i LEFT JOIN tenant AS t ON t.tenant_id = p_tenant AND t.id = i.tenant_id
	 WHERE i.status = p_state AND i.kind = 'invoice' AND i.id < p_before
	 ORDER BY i.id DESC LIMIT p_rows;
END
$$;
COMMENT ON FUNCTION platform_invoices IS 'A page of the invoices of all tenants that are in a state, newest first.';

-- Neither links nor texts: who may hand those over asks on the machine itself.
CREATE INDEX outbox_mail_state ON outbox_mail (state, id);
CREATE FUNCTION platform_mails(p_tenant uuid, p_state text, p_before uuid, p_rows bigint)
RETURNS TABLE (id uuid, of_tenant uuid, tenant_name text, kind text, recipient text, state text, error text,
	attempts bigint, created_at timestamptz, expires_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sees the mail of all tenants';
	END IF;
	RETURN QUERY
	SELECT m.id, m.tenant_id, t.name, m.kind, m.recipient, m.state, m.error, m.attempts, m.created_at, m.expires_at
	  FROM outbox_mail AS m LEFT JOIN tenant AS t ON t.tenant_id = p_tenant AND t.id = m.tenant_id
	 WHERE m.state = p_state AND m.id < p_before
	 ORDER BY m.id DESC LIMIT p_rows;
END
$$;
COMMENT ON FUNCTION platform_mails IS 'A page of the mail of all tenants that is in a state, newest first.';

REVOKE ALL ON FUNCTION platform_members, platform_month_spent, platform_acts_today, platform_tenants, platform_invoices,
	platform_mails FROM PUBLIC;
