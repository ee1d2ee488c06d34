SELECT register_patch('0220-instance');

-- Who is there: one row a process of a service, on whichever machine. What a process holds in the database names its
-- row; once that has not been seen for a while, others settle what it held.

CREATE TABLE instance (
	tenant_id  uuid        NOT NULL,
	id         uuid        NOT NULL,
	service    text        NOT NULL CHECK (length(service) BETWEEN 1 AND 64),
	name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
	started_at timestamptz NOT NULL DEFAULT now(),
	seen_at    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE instance IS 'Running processes of services. Each says every few seconds that it is there; rows that were not seen for a day are removed.';
COMMENT ON COLUMN instance.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN instance.id IS 'One start of one process: never used again.';
COMMENT ON COLUMN instance.service IS 'Its service.';
COMMENT ON COLUMN instance.name IS 'Its machine and its process, for people.';
COMMENT ON COLUMN instance.started_at IS 'When it was first seen.';
COMMENT ON COLUMN instance.seen_at IS 'When it was last seen, by the database''s clock.';
CREATE INDEX instance_by_service ON instance (tenant_id, service, seen_at);

-- The caller's role says of which service it is: none can keep another's processes alive, or bury them.
CREATE FUNCTION instance_beat(p_id uuid, p_name text, p_dead_ms bigint, OUT live bigint, OUT gap_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	platform constant uuid := '00000000-0000-0000-0000-000000000001';
	mine constant text := regexp_replace(session_user::text, '^bulkhead_', '');
BEGIN
	SELECT (extract(epoch FROM now() - i.seen_at) * 1000)::bigint INTO gap_ms
	  FROM instance AS i WHERE i.tenant_id = platform AND i.id = p_id;
	gap_ms := coalesce(gap_ms, -1);
	INSERT INTO instance AS i (tenant_id, id, service, name) VALUES (platform, p_id, mine, left(p_name, 128))
	    ON CONFLICT (tenant_id, id) DO UPDATE SET seen_at = now() WHERE i.service = mine;
	DELETE FROM instance AS i
	 WHERE i.tenant_id = platform AND i.service = mine AND i.seen_at < now() - interval '1 day';
	SELECT count(*) INTO live FROM instance AS i
	 WHERE i.tenant_id = platform AND i.service = mine AND i.seen_at > now() - p_dead_ms * interval '1 millisecond';
END
$$;
COMMENT ON FUNCTION instance_beat IS 'Says that a process is there; how many of its service are, and the time since it last said so (-1: never).';
REVOKE ALL ON FUNCTION instance_beat FROM PUBLIC;

CREATE FUNCTION instance_is_dead(p_id uuid, p_dead_ms bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = bulkhead, pg_temp
AS $$
	SELECT p_id IS NOT NULL AND p_dead_ms IS NOT NULL AND NOT EXISTS (
		SELECT FROM instance AS i
		 WHERE i.tenant_id = '00000000-0000-0000-0000-000000000001' AND i.id = p_id
		   AND i.seen_at > now() - p_dead_ms * interval '1 millisecond')
$$;
COMMENT ON FUNCTION instance_is_dead IS 'Whether a process has not been seen for so long; false for nobody.';
REVOKE ALL ON FUNCTION instance_is_dead FROM PUBLIC;
