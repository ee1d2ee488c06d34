SELECT register_patch('0256-schema-release');

-- Which releases this database has seen, and how old a program may be that still works on it. A release only adds, so that the
-- services of the release before go on while they are replaced; what they used is removed a release later, and `oldest` says so.

CREATE TABLE schema_release (
	tenant_id  uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000001',
	version    text        NOT NULL CHECK (length(version) BETWEEN 1 AND 32),
	oldest     text        NOT NULL CHECK (length(oldest) BETWEEN 1 AND 32),
	applied_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, version),
	CHECK (tenant_id = '00000000-0000-0000-0000-000000000001')
);
COMMENT ON TABLE schema_release IS 'One row for each release whose program has migrated this database.';
COMMENT ON COLUMN schema_release.tenant_id IS 'Always the platform''s own tenant.';
COMMENT ON COLUMN schema_release.version IS 'The program''s version.';
COMMENT ON COLUMN schema_release.oldest IS 'The oldest program that works on the schema of this release.';
COMMENT ON COLUMN schema_release.applied_at IS 'When it was migrated to this release first.';

CREATE FUNCTION schema_release_order(p_version text) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
	SELECT coalesce(substring(p_version FROM '^([0-9]{1,5})')::bigint, 0) * 10000000000
	     + coalesce(substring(p_version FROM '^[0-9]{1,5}[.]([0-9]{1,5})')::bigint, 0) * 100000
	     + coalesce(substring(p_version FROM '^[0-9]{1,5}[.][0-9]{1,5}[.]([0-9]{1,5})')::bigint, 0)
$$;
COMMENT ON FUNCTION schema_release_order IS 'A number by which versions are ordered; what is no version comes first.';
REVOKE ALL ON FUNCTION schema_release_order FROM PUBLIC;

CREATE FUNCTION schema_state(OUT version text, OUT oldest text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
	SELECT (SELECT r.version FROM schema_release AS r
	         WHERE r.tenant_id = '00000000-0000-0000-0000-000000000001'
	         ORDER BY schema_release_order(r.version) DESC LIMIT 1),
	       (SELECT r.oldest FROM schema_release AS r
	         WHERE r.tenant_id = '00000000-0000-0000-0000-000000000001'
	         ORDER BY schema_release_order(r.oldest) DESC LIMIT 1)
$$;
COMMENT ON FUNCTION schema_state IS 'The newest release that this database was migrated to, and the oldest program that it takes.';
REVOKE ALL ON FUNCTION schema_state FROM PUBLIC;
