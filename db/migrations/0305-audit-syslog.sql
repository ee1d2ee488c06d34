SELECT register_patch('0305-audit-syslog');

-- How far each tenant's audit events were sent to the operator's syslog, and who sends: src/auth/syslog.h.
CREATE TABLE audit_syslog (
	tenant_id uuid NOT NULL,
	position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
	sent bigint NOT NULL DEFAULT 0,
	epoch bigint NOT NULL DEFAULT 0,
	turn_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id),
	CHECK (sent >= position)
);
COMMENT ON TABLE audit_syslog IS 'How far each tenant''s audit events were sent to the operator''s syslog.';
COMMENT ON COLUMN audit_syslog.tenant_id IS 'Whose.';
COMMENT ON COLUMN audit_syslog.position IS 'The receiver has read all before it.';
COMMENT ON COLUMN audit_syslog.sent IS 'All before it was written to the connection that is open.';
COMMENT ON COLUMN audit_syslog.epoch IS 'The sender''s whose connection that is; 0: none, and sent is position.';
COMMENT ON COLUMN audit_syslog.turn_at IS 'When it last had its turn.';

CREATE TABLE audit_syslog_sender (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	epoch bigint NOT NULL DEFAULT 0,
	until timestamptz NOT NULL DEFAULT now(),
	next_at timestamptz NOT NULL DEFAULT now(),
	failures bigint NOT NULL DEFAULT 0,
	error text,
	delivered_at timestamptz,
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE audit_syslog_sender IS 'Who sends audit events to the operator''s syslog: one process at a time, so that each tenant''s come in order.';
COMMENT ON COLUMN audit_syslog_sender.tenant_id IS 'The platform.';
COMMENT ON COLUMN audit_syslog_sender.epoch IS 'Counts senders: what one does after another has begun counts for nothing.';
COMMENT ON COLUMN audit_syslog_sender.until IS 'Until then nobody else begins.';
COMMENT ON COLUMN audit_syslog_sender.next_at IS 'Not tried before.';
COMMENT ON COLUMN audit_syslog_sender.failures IS 'How often in a row it failed.';
COMMENT ON COLUMN audit_syslog_sender.error IS 'Why it last failed; null where it did not.';
COMMENT ON COLUMN audit_syslog_sender.delivered_at IS 'When the receiver had last read all that was sent.';

-- What was written to a connection that is gone, nobody knows to be read: it is sent again. A platform that has events when
-- it sends for the first time begins with what comes from then on.
CREATE FUNCTION audit_syslog_begin(p_tenant uuid, p_hold_ms bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	begun bigint;
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sends audit events';
	END IF;
	INSERT INTO audit_syslog_sender (tenant_id) VALUES (p_tenant) ON CONFLICT DO NOTHING;
	IF FOUND THEN
		INSERT INTO audit_syslog (tenant_id, position, sent)
		SELECT c.tenant_id, c.size, c.size
		  FROM audit_chain AS c
		  JOIN tenant AS t ON t.tenant_id = p_tenant AND t.id = c.tenant_id AND t.state <> 'deleting'
		    ON CONFLICT DO NOTHING;
	END IF;
	PERFORM FROM audit_chain AS c
	  JOIN tenant AS t ON t.tenant_id = p_tenant AND t.id = c.tenant_id AND t.state <> 'deleting'
	  LEFT JOIN audit_syslog AS s ON s.tenant_id = c.tenant_id
	 WHERE c.size > coalesce(s.position, 0)
	 LIMIT 1;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	UPDATE audit_syslog_sender AS s
	   SET epoch = s.epoch + 1, until = now() + p_hold_ms * interval '1 millisecond'
	 WHERE s.tenant_id = p_tenant AND s.until <= now() AND s.next_at <= now()
	RETURNING s.epoch INTO begun;
	IF begun IS NOT NULL THEN
		UPDATE audit_syslog AS s SET sent = s.position, epoch = 0 WHERE s.epoch <> 0;
	END IF;
	RETURN begun;
END
$$;
COMMENT ON FUNCTION audit_syslog_begin IS 'Makes the caller the one who sends, where there is something to be sent; null where there is not, another sends, or it is to wait.';

CREATE FUNCTION audit_syslog_claim(p_tenant uuid, p_epoch bigint, p_most bigint)
RETURNS TABLE (of_tenant uuid, at bigint, size bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sends audit events';
	END IF;
	IF NOT EXISTS (SELECT FROM audit_syslog_sender AS s WHERE s.tenant_id = p_tenant AND s.epoch = p_epoch) THEN
		RETURN;
	END IF;
	FOR of_tenant, at, size IN
		SELECT c.tenant_id, coalesce(s.sent, 0), c.size
		  FROM audit_chain AS c
		  JOIN tenant AS t ON t.tenant_id = p_tenant AND t.id = c.tenant_id AND t.state <> 'deleting'
		  LEFT JOIN audit_syslog AS s ON s.tenant_id = c.tenant_id
		 WHERE c.size > coalesce(s.sent, 0)
		 ORDER BY s.turn_at NULLS FIRST, c.tenant_id
		 LIMIT p_most
	LOOP
		INSERT INTO audit_syslog AS s (tenant_id, epoch)
		VALUES (of_tenant, p_epoch)
		    ON CONFLICT (tenant_id) DO UPDATE SET epoch = excluded.epoch, turn_at = excluded.turn_at;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION audit_syslog_claim IS 'Tenants whose events the sender of that epoch sends next, those first whose turn is longest ago, and from where.';

CREATE FUNCTION audit_syslog_end(p_tenant uuid, p_epoch bigint, p_read boolean, p_error text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sends audit events';
	END IF;
	UPDATE audit_syslog_sender AS s
	   SET until = now(), error = p_error,
	       delivered_at = CASE WHEN p_read THEN now() ELSE s.delivered_at END,
	       failures = CASE WHEN p_read THEN 0 WHEN p_error IS NULL THEN s.failures ELSE s.failures + 1 END,
	       next_at = CASE WHEN p_error IS NULL THEN now()
	                      ELSE now() + least(power(2, least(s.failures, 10)), 60) * interval '1 second' END
	 WHERE s.tenant_id = p_tenant AND s.epoch = p_epoch;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	IF p_read THEN
		UPDATE audit_syslog AS s SET position = s.sent, epoch = 0 WHERE s.epoch = p_epoch;
	ELSE
		UPDATE audit_syslog AS s SET sent = s.position, epoch = 0 WHERE s.epoch = p_epoch;
	END IF;
END
$$;
COMMENT ON FUNCTION audit_syslog_end IS 'The sender''s connection is closed: what was sent was read, or is sent again.';

CREATE FUNCTION audit_syslog_state(p_tenant uuid)
RETURNS TABLE (behind bigint, failures bigint, error text, delivered_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sends audit events';
	END IF;
	SELECT coalesce(sum(c.size - coalesce(s.position, 0)), 0)::bigint INTO behind
	  FROM audit_chain AS c
	  JOIN tenant AS t ON t.tenant_id = p_tenant AND t.id = c.tenant_id AND t.state <> 'deleting'
	  LEFT JOIN audit_syslog AS s ON s.tenant_id = c.tenant_id
	 WHERE c.size > coalesce(s.position, 0);
	RETURN QUERY SELECT behind, s.failures, s.error, s.delivered_at FROM audit_syslog_sender AS s WHERE s.tenant_id = p_tenant;
END
$$;
COMMENT ON FUNCTION audit_syslog_state IS 'How many events the receiver has not read, and how it last went; no row before something was sent.';
REVOKE ALL ON FUNCTION audit_syslog_begin, audit_syslog_claim, audit_syslog_end, audit_syslog_state FROM PUBLIC;
