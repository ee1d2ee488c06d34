SELECT register_patch('0250-policy-form');

-- The policy reads the tenant without a sub-select, as 00-core.sql says why: what makes tables at run time, too.
CREATE OR REPLACE FUNCTION own_vectors_shield(name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own constant text :=
		'(tenant_id = nullif(current_setting(''bulkhead.tenant_id'', true), '''')::uuid)';
BEGIN
	EXECUTE format('ALTER TABLE bulkhead.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
	EXECUTE format('CREATE POLICY tenant_isolation ON bulkhead.%I USING %s WITH CHECK %s', name, own, own);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON bulkhead.%I TO bulkhead_maintenance', name);
	EXECUTE format('COMMENT ON TABLE bulkhead.%I IS %L', name,
		'Vectors of a tenant, or of one store of a tenant, that outgrew sharing.');
END
$$;

CREATE OR REPLACE FUNCTION partition_month_open(parent text, month date, said text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own constant text :=
		'(tenant_id = nullif(current_setting(''bulkhead.tenant_id'', true), '''')::uuid)';
	name constant text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
	first constant uuid := bulkhead.usage_month_id(month);
	next constant uuid := bulkhead.usage_month_id((month + interval '1 month')::date);
BEGIN
	IF to_regclass(format('bulkhead.%I', name)) IS NOT NULL THEN
		RETURN false;
	END IF;
	EXECUTE format('CREATE TABLE bulkhead.%I (LIKE bulkhead.%I INCLUDING ALL)', name, parent);
	EXECUTE format('ALTER TABLE bulkhead.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
	EXECUTE format('CREATE POLICY tenant_isolation ON bulkhead.%I USING %s WITH CHECK %s', name, own, own);
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON bulkhead.%I TO bulkhead_maintenance', name);
	EXECUTE format('COMMENT ON TABLE bulkhead.%I IS %L', name, said);
	EXECUTE format('LOCK TABLE bulkhead.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
	EXECUTE format('WITH moved AS (DELETE FROM bulkhead.%I WHERE id >= $1 AND id < $2 RETURNING *)'
		' INSERT INTO bulkhead.%I SELECT * FROM moved', parent || '_default', name) USING first, next;
	EXECUTE format('ALTER TABLE bulkhead.%I ATTACH PARTITION bulkhead.%I FOR VALUES FROM (%L) TO (%L)', parent, name, first,
		next);
	RETURN true;
END
$$;
