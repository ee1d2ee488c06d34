SELECT register_patch('0141-notices');

-- Where a tenant is told that a limit is near: a webhook, mail, or both.
CREATE TABLE notice_endpoint (
	tenant_id uuid NOT NULL,
	url text CHECK (length(url) <= 2000),
	secret_sealed bytea,
	previous_sealed bytea,
	previous_until timestamptz,
	emails text NOT NULL DEFAULT '',
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id),
	CHECK ((url IS NULL) = (secret_sealed IS NULL))
);
COMMENT ON TABLE notice_endpoint IS 'Where a tenant''s notices are sent.';
COMMENT ON COLUMN notice_endpoint.tenant_id IS 'Whose.';
COMMENT ON COLUMN notice_endpoint.url IS 'The webhook''s address; null for none.';
COMMENT ON COLUMN notice_endpoint.secret_sealed IS 'What signs, sealed.';
COMMENT ON COLUMN notice_endpoint.previous_sealed IS 'What signed before and still does until previous_until; null for none.';
COMMENT ON COLUMN notice_endpoint.previous_until IS 'Until when both sign.';
COMMENT ON COLUMN notice_endpoint.emails IS 'Addresses of mail, divided by blanks.';
COMMENT ON COLUMN notice_endpoint.changed_at IS 'When it was last set.';

-- A crossing on its way to people: what is to be sent, and what became of it.
CREATE TABLE notice (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	owner_id uuid NOT NULL,
	owner_kind text NOT NULL,
	span text NOT NULL,
	starts date NOT NULL,
	percent bigint NOT NULL,
	limit_nanos bigint NOT NULL,
	spent_nanos bigint NOT NULL,
	crossed_at timestamptz NOT NULL DEFAULT now(),
	webhook text NOT NULL DEFAULT 'pending' CHECK (webhook IN ('pending', 'sent', 'dead', 'off')),
	webhook_error text,
	webhook_at timestamptz,
	mail text NOT NULL DEFAULT 'pending' CHECK (mail IN ('pending', 'sent', 'dead', 'off')),
	mail_error text,
	mail_at timestamptz,
	attempts bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notice_time ON notice (tenant_id, crossed_at);
COMMENT ON TABLE notice IS 'Crossings of thresholds as they are told to the tenant.';
COMMENT ON COLUMN notice.tenant_id IS 'Whose.';
COMMENT ON COLUMN notice.id IS 'The webhook''s id too: the same each time it is sent.';
COMMENT ON COLUMN notice.owner_id IS 'The owner whose limit it is.';
COMMENT ON COLUMN notice.owner_kind IS 'tenant, team, user or key.';
COMMENT ON COLUMN notice.span IS 'day, month, total; balance for credits that run low.';
COMMENT ON COLUMN notice.starts IS 'The window''s first day.';
COMMENT ON COLUMN notice.percent IS 'The threshold, in percent of the limit.';
COMMENT ON COLUMN notice.limit_nanos IS 'The limit at the time.';
COMMENT ON COLUMN notice.spent_nanos IS 'What was spent, or of a balance what was left.';
COMMENT ON COLUMN notice.crossed_at IS 'When.';
COMMENT ON COLUMN notice.webhook IS 'pending; sent; dead: given up after three days; off: there was no address, or there were too many that day.';
COMMENT ON COLUMN notice.webhook_error IS 'Why it was last not taken.';
COMMENT ON COLUMN notice.webhook_at IS 'When it was taken.';
COMMENT ON COLUMN notice.mail IS 'As with webhook; off also where no mail server is set.';
COMMENT ON COLUMN notice.mail_error IS 'Why it was last not taken.';
COMMENT ON COLUMN notice.mail_at IS 'When the mail server took it.';
COMMENT ON COLUMN notice.attempts IS 'How often it was tried.';

CREATE TRIGGER retention_note AFTER INSERT ON notice
	FOR EACH ROW EXECUTE FUNCTION retention_note('billing', 'notice');

-- Each crossing becomes a notice with a job, in the transaction that settles. More than 200 within a day are
-- kept without being sent: whoever has ten thousand keys wants no mail for each.
CREATE FUNCTION notice_make() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	-- Version 7, so that they are listed in their order.
	made constant uuid := (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
		|| substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid;
	job constant uuid := gen_random_uuid();
	many constant boolean := (SELECT count(*) FROM (SELECT FROM notice AS n
		WHERE n.tenant_id = NEW.tenant_id AND n.crossed_at > now() - interval '1 day' LIMIT 200) AS today) >= 200;
BEGIN
	INSERT INTO notice (tenant_id, id, owner_id, owner_kind, span, starts, percent, limit_nanos, spent_nanos, webhook,
		webhook_error, mail, mail_error)
	SELECT NEW.tenant_id, made, NEW.owner_id, coalesce((SELECT o.kind FROM meter_owner AS o
		WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.owner_id), 'tenant'), NEW.span, NEW.starts, NEW.percent,
	       NEW.limit_nanos, NEW.spent_nanos, CASE WHEN many THEN 'off' ELSE 'pending' END,
	       CASE WHEN many THEN 'too many notices within a day' END, CASE WHEN many THEN 'off' ELSE 'pending' END,
	       CASE WHEN many THEN 'too many notices within a day' END;
	IF NOT many THEN
		INSERT INTO job_tenant (tenant_id, queue) VALUES (NEW.tenant_id, 'billing') ON CONFLICT DO NOTHING;
		INSERT INTO job (tenant_id, id, queue, kind, subject, payload)
		VALUES (NEW.tenant_id, job, 'billing', 'notice', made, '{}');
		INSERT INTO job_ready (tenant_id, job_id, queue, background) VALUES (NEW.tenant_id, job, 'billing', true);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION notice_make IS 'Makes a notice of a crossing, and a job that sends it.';
REVOKE ALL ON FUNCTION notice_make FROM PUBLIC;
CREATE TRIGGER notice_make AFTER INSERT ON meter_notice FOR EACH ROW EXECUTE FUNCTION notice_make();
