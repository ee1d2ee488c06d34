SELECT register_patch('0241-audit-stream');

-- Where a tenant's audit events are sent as they are indexed: a signed webhook, from a position of its chain on.
CREATE TABLE audit_stream (
	tenant_id uuid NOT NULL,
	url text NOT NULL CHECK (length(url) <= 2000),
	secret_sealed bytea NOT NULL,
	previous_sealed bytea,
	previous_until timestamptz,
	position bigint NOT NULL CHECK (position >= 0),
	epoch bigint NOT NULL DEFAULT 0,
	attempts bigint NOT NULL DEFAULT 0,
	error text,
	next_at timestamptz NOT NULL DEFAULT now(),
	delivered_at timestamptz,
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE audit_stream IS 'Webhooks that receive a tenant''s audit events.';
COMMENT ON COLUMN audit_stream.tenant_id IS 'Whose.';
COMMENT ON COLUMN audit_stream.url IS 'The webhook''s address.';
COMMENT ON COLUMN audit_stream.secret_sealed IS 'What signs, sealed.';
COMMENT ON COLUMN audit_stream.previous_sealed IS 'What signed before and still does until previous_until; null for none.';
COMMENT ON COLUMN audit_stream.previous_until IS 'Until when both sign.';
COMMENT ON COLUMN audit_stream.position IS 'The next to be sent: all before it was taken by the receiver.';
COMMENT ON COLUMN audit_stream.epoch IS 'Counts who sends, and changes: what a sender notes after another has begun counts for nothing.';
COMMENT ON COLUMN audit_stream.attempts IS 'How often in a row it was not taken.';
COMMENT ON COLUMN audit_stream.error IS 'Why it was last not taken; null where it was.';
COMMENT ON COLUMN audit_stream.next_at IS 'Not sent before; while somebody sends, when another may.';
COMMENT ON COLUMN audit_stream.delivered_at IS 'When something was last taken.';
COMMENT ON COLUMN audit_stream.changed_at IS 'When the address was last set.';

-- The one that waits longest; it is the caller's for a minute. None waits for one that another sends.
CREATE FUNCTION audit_stream_claim(p_tenant uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	claimed uuid;
BEGIN
	PERFORM meter_check(p_tenant);
	IF p_tenant <> '00000000-0000-0000-0000-000000000001' THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the platform sends audit events';
	END IF;
	UPDATE audit_stream AS s
	   SET epoch = s.epoch + 1, next_at = now() + interval '60 seconds'
	 WHERE s.tenant_id = (SELECT d.tenant_id
		FROM audit_stream AS d
		JOIN audit_chain AS c ON c.tenant_id = d.tenant_id AND c.size > d.position
		JOIN tenant AS t ON t.tenant_id = p_tenant AND t.id = d.tenant_id AND t.state = 'active'
	       WHERE d.next_at <= now()
	       ORDER BY d.next_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
	RETURNING s.tenant_id INTO claimed;
	RETURN claimed;
END
$$;
COMMENT ON FUNCTION audit_stream_claim IS 'Takes a tenant whose events are to be sent now; null for none.';
REVOKE ALL ON FUNCTION audit_stream_claim FROM PUBLIC;
