SELECT register_patch('0259-distribution-functions');

-- The queues lie on the coordinator whole, with the jobs themselves: a claim stays one statement, and whoever adds a job
-- writes it where it is claimed.
CREATE OR REPLACE FUNCTION distribution() RETURNS TABLE (name text, place text, step bigint, reason text, breaks text, needs text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
WITH RECURSIVE tables AS (
	SELECT c.oid, c.relname::text AS name
	  FROM pg_class AS c
	  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
	 WHERE c.relnamespace = 'bulkhead'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
), links AS (
	SELECT k.conname::text AS name, k.conrelid AS from_oid, k.confrelid AS to_oid,
	       k.confdeltype IN ('n', 'd') AS sets,
	       -- Both begin with tenant_id: the rows that refer to each other are one tenant's.
	       (SELECT bool_or(a.attname = 'tenant_id' AND b.attname = 'tenant_id')
	          FROM unnest(k.conkey, k.confkey) AS at (own, other)
	          JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = at.own
	          JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = at.other) AS within
	  FROM pg_constraint AS k
	 WHERE k.contype = 'f' AND k.conparentid = 0 AND k.connamespace = 'bulkhead'::regnamespace
), local (oid) AS (
	-- And what their keys lead to: a key from a local table leads to a local one only.
	SELECT polrelid FROM pg_policy WHERE polname = 'workers_take_work'
	 UNION
	SELECT l.to_oid FROM local AS h JOIN links AS l ON l.from_oid = h.oid WHERE l.within
), shared (oid) AS (
	SELECT to_oid FROM links WHERE NOT within
	 UNION
	SELECT polrelid FROM pg_policy WHERE polname = 'platform_rows_read'
	 UNION
	SELECT l.to_oid FROM shared AS s JOIN links AS l ON l.from_oid = s.oid
), placed AS (
	SELECT t.oid, t.name,
	       CASE WHEN t.oid IN (SELECT oid FROM local) THEN 'local'
	            WHEN t.oid IN (SELECT oid FROM shared) THEN 'reference'
	            ELSE 'distributed' END AS place
	  FROM tables AS t
), walk (oid, depth) AS (
	SELECT oid, 0::bigint FROM placed
	 UNION ALL
	SELECT l.from_oid, w.depth + 1 FROM walk AS w JOIN links AS l ON l.to_oid = w.oid AND l.from_oid <> w.oid
	 WHERE w.depth < 100
), broken (oid, said) AS (
	SELECT p.polrelid, format('policy %s has a sub-select', p.polname)
	  FROM pg_policy AS p
	 WHERE concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~ '\mSELECT\M'
	 UNION ALL
	SELECT i.indrelid, format('key %s has no tenant_id', i.indexrelid::regclass)
	  FROM pg_index AS i
	 WHERE (i.indisunique OR i.indisexclusion)
	   AND NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attname = 'tenant_id'
	                      AND a.attnum = ANY (i.indkey::smallint[]))
	 UNION ALL
	SELECT l.from_oid, format('foreign key %s leads from a %s table to a %s one', l.name, a.place, b.place)
	  FROM links AS l JOIN placed AS a ON a.oid = l.from_oid JOIN placed AS b ON b.oid = l.to_oid
	 WHERE NOT CASE a.place WHEN 'distributed' THEN b.place = 'reference' OR (b.place = 'distributed' AND l.within)
	                        ELSE b.place IN ('reference', a.place) END
	 UNION ALL
	SELECT i.inhparent, format('partition %s is divided again', c.relname)
	  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE c.relkind = 'p'
), needed (oid, said) AS (
	SELECT t.tgrelid, format('trigger %s runs on the servers of the rows%s', t.tgname,
	                         CASE WHEN f.prosecdef THEN ' with its owner''s rights' ELSE '' END)
	  FROM pg_trigger AS t JOIN pg_proc AS f ON f.oid = t.tgfoid WHERE NOT t.tgisinternal
	 UNION ALL
	SELECT l.from_oid, format('foreign key %s is left out: it sets columns beside tenant_id', l.name)
	  FROM links AS l WHERE l.sets
)
SELECT p.name, p.place, (SELECT max(depth) FROM walk AS w WHERE w.oid = p.oid),
       CASE p.place WHEN 'local' THEN 'the queues, in which workers claim across tenants'
                    WHEN 'reference' THEN 'rows of the platform that every tenant refers to or reads'
                    ELSE 'one tenant''s rows' END,
       coalesce((SELECT string_agg(b.said, '; ' ORDER BY b.said) FROM broken AS b
                  WHERE b.oid = p.oid AND p.place <> 'local'), ''),
       coalesce((SELECT string_agg(n.said, '; ' ORDER BY n.said) FROM needed AS n
                  WHERE n.oid = p.oid AND p.place <> 'local'), '')
  FROM placed AS p
 ORDER BY p.place = 'distributed', 3, 1
$$;

-- Where each function runs. A function with its owner's rights that acts for one tenant is handed to the server of that
-- tenant's rows whole: one round trip, and nobody signs in there but the service that calls it. What is of several tenants,
-- or makes tables, runs on the coordinator, and the owner signs in on the others. Read off the catalogue, as the tables.
CREATE FUNCTION distribution_functions() RETURNS TABLE (name text, place text, tenant text, reason text, breaks text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
WITH functions AS (
	SELECT p.oid, p.prosecdef, p.prosrc, p.prorettype = 'trigger'::regtype AS of_trigger,
	       CASE WHEN p.proargnames[1] IN ('p_tenant', 'tenant') AND p.proargtypes[0] = 'uuid'::regtype THEN p.proargnames[1] END AS tenant
	  FROM pg_proc AS p
	 WHERE p.pronamespace = 'bulkhead'::regnamespace AND p.prokind = 'f'
), placed AS (
	SELECT f.*, CASE WHEN f.of_trigger THEN 'rows'
	                 WHEN NOT f.prosecdef THEN 'everywhere'
	                 -- Of the platform, of several tenants, or making tables.
	                 WHEN f.tenant IS NULL OR f.prosrc ~ '00000000-0000-0000-0000-000000000001|\m(audit_check|instances_alive|EXECUTE)\M' THEN 'coordinator'
	                 ELSE 'tenant' END AS place
	  FROM functions AS f
)
SELECT p.oid::regprocedure::text, p.place, p.tenant,
       CASE p.place WHEN 'rows' THEN 'a trigger, fired where the row is'
                    WHEN 'everywhere' THEN 'with the caller''s rights, wherever it is called'
                    WHEN 'tenant' THEN 'with the owner''s rights, on the server of the tenant''s rows'
                    ELSE 'with the owner''s rights, of several tenants or of the platform' END,
       -- The queues are on the coordinator only.
       CASE WHEN p.place IN ('rows', 'tenant') AND p.prosrc ~* '\m(FROM|JOIN|INTO|UPDATE)\s+(bulkhead\.)?(job|job_ready|job_tenant)\M'
            THEN 'it reads or writes a queue, which is not on the server of the rows' ELSE '' END
  FROM placed AS p
 ORDER BY 2, 1
$$;
COMMENT ON FUNCTION distribution_functions() IS 'Where each function runs under Citus (tenant: on the server of that argument''s rows; rows: on the row''s; coordinator; everywhere), why, and what would not work there.';
REVOKE ALL ON FUNCTION distribution_functions() FROM PUBLIC;

CREATE OR REPLACE FUNCTION distribution_commands() RETURNS TABLE (number bigint, command text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
WITH places AS MATERIALIZED (
	SELECT format('bulkhead.%I', d.name)::regclass AS oid, d.*, row_number() OVER (ORDER BY d.place = 'distributed', d.step, d.name) AS at
	  FROM bulkhead.distribution() AS d
	 WHERE d.place <> 'local'
), first AS (
	SELECT oid FROM places WHERE place = 'distributed' ORDER BY at LIMIT 1
), keys AS (
	SELECT k.oid, k.conname, k.conrelid::regclass AS of_table, pg_get_constraintdef(k.oid) AS definition,
	       k.confdeltype IN ('n', 'd') AS sets
	  FROM pg_constraint AS k
	  JOIN places AS a ON a.oid = k.conrelid AND a.place = 'distributed'
	  JOIN places AS b ON b.oid = k.confrelid
	 WHERE k.contype = 'f' AND k.conparentid = 0 AND (b.place = 'reference' OR k.confdeltype IN ('n', 'd'))
), commands AS (
	SELECT 1 AS phase, row_number() OVER (ORDER BY oid) AS at, format('ALTER TABLE %s DROP CONSTRAINT %I', of_table, conname) AS command
	  FROM keys
	 UNION ALL
	SELECT 2, at, CASE place WHEN 'reference' THEN format('SELECT create_reference_table(%L)', p.oid::text)
	              ELSE format('SELECT create_distributed_table(%L, ''tenant_id'', colocate_with => %L)', p.oid::text,
	                          CASE WHEN p.oid = f.oid THEN 'none' ELSE f.oid::text END) END
	              || format(' WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = %L::regclass'
	                     ' AND (partmethod = ''h'' OR repmodel = ''t''))', p.oid::text)
	  FROM places AS p, first AS f
	 UNION ALL
	SELECT 3, row_number() OVER (ORDER BY oid), format('ALTER TABLE %s ADD CONSTRAINT %I %s', of_table, conname, definition)
	  FROM keys WHERE NOT sets
	 UNION ALL
	SELECT 4, row_number() OVER (ORDER BY d.name), CASE d.place
	       WHEN 'tenant' THEN format('SELECT create_distributed_function(%L, %L, colocate_with => %L, force_delegation => true)',
	                                 d.name, d.tenant, (SELECT oid::text FROM first))
	       ELSE format('SELECT create_distributed_function(%L)', d.name) END
	  FROM bulkhead.distribution_functions() AS d
	 WHERE d.place <> 'coordinator'
	 UNION ALL
	-- A function that is made on another server may be called by everybody there until this is said again.
	SELECT 5, row_number() OVER (ORDER BY d.name), format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', d.name)
	  FROM bulkhead.distribution_functions() AS d
	  JOIN pg_proc AS p ON p.oid = d.name::regprocedure
	 WHERE d.place <> 'coordinator' AND p.proacl IS NOT NULL
	   AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) AS g WHERE g.grantee = 0)
)
SELECT row_number() OVER (ORDER BY phase, at), command FROM commands ORDER BY 1
$$;
