SELECT register_patch('0251-distribution');

-- Where each table lies when Citus spreads the rows over several servers, read off the catalogue, so that a new table has its
-- place at once. Works without Citus; docs/database.md has the rules and where they come from.
CREATE FUNCTION distribution() RETURNS TABLE (name text, place text, step bigint, reason text, breaks text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
WITH RECURSIVE tables AS (
	SELECT c.oid, c.relname::text AS name
	  FROM pg_class AS c
	  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
	 WHERE c.relnamespace = 'bulkhead'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
), links AS (
	SELECT k.conname::text AS name, k.conrelid AS from_oid, k.confrelid AS to_oid,
	       -- Both begin with tenant_id: the rows that refer to each other are one tenant's.
	       (SELECT bool_or(a.attname = 'tenant_id' AND b.attname = 'tenant_id')
	          FROM unnest(k.conkey, k.confkey) AS at (own, other)
	          JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = at.own
	          JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = at.other) AS within
	  FROM pg_constraint AS k
	 WHERE k.contype = 'f' AND k.conparentid = 0 AND k.connamespace = 'bulkhead'::regnamespace
), local AS (
	SELECT DISTINCT polrelid AS oid FROM pg_policy WHERE polname = 'workers_take_work'
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
	 UNION ALL
	SELECT t.tgrelid, format('trigger %s runs with its owner''s rights', t.tgname)
	  FROM pg_trigger AS t JOIN pg_proc AS f ON f.oid = t.tgfoid WHERE NOT t.tgisinternal AND f.prosecdef
)
SELECT p.name, p.place, (SELECT max(depth) FROM walk AS w WHERE w.oid = p.oid),
       CASE p.place WHEN 'local' THEN 'workers claim in it across tenants'
                    WHEN 'reference' THEN 'rows of the platform that every tenant refers to or reads'
                    ELSE 'one tenant''s rows' END,
       coalesce((SELECT string_agg(b.said, '; ' ORDER BY b.said) FROM broken AS b
                  WHERE b.oid = p.oid AND p.place <> 'local'), '')
  FROM placed AS p
 ORDER BY p.place = 'distributed', 3, 1
$$;
COMMENT ON FUNCTION distribution() IS 'Where each table lies under Citus (local, reference, or distributed by tenant_id), in which step it is put there, why, and what of it Citus would refuse.';
REVOKE ALL ON FUNCTION distribution() FROM PUBLIC;
