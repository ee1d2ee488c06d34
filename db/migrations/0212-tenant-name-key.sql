SELECT register_patch('0212-tenant-name-key');

-- Two tenants whose names look alike would be taken for one another. Auth writes the key with the name; that of tenants
-- that are there already comes as near to it as SQL does, and where two of them look alike both stay.
ALTER TABLE tenant ADD COLUMN name_key text;
UPDATE tenant AS t SET name_key = k.key
  FROM (SELECT id, lower(normalize(name, NFKC)) || CASE WHEN row_number() OVER (
               PARTITION BY lower(normalize(name, NFKC)) ORDER BY created_at, id) > 1 THEN ' ' || id ELSE '' END AS key
          FROM tenant) AS k
 WHERE t.tenant_id = '00000000-0000-0000-0000-000000000001' AND t.id = k.id;
ALTER TABLE tenant ALTER COLUMN name_key SET NOT NULL;
ALTER TABLE tenant ADD CONSTRAINT tenant_name_key UNIQUE (tenant_id, name_key);
COMMENT ON COLUMN tenant.name_key IS 'What is the same for names that look alike: without case, width, marks that are not seen, and letters of another script that look like Latin ones.';
