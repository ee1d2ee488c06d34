SELECT register_patch('0171-model-price');

-- A model's price is a version of the price book, whoever sets it. What only the model's row said becomes one, in
-- force since the model was added; where the book says something of the model, that was its price already.
LOCK TABLE model, price, price_unit IN SHARE ROW EXCLUSIVE MODE;

WITH said AS (
	SELECT m.tenant_id, m.name, m.created_at, m.price_in, m.price_out,
	       CASE WHEN m.kind = 'rerank' THEN 'units' ELSE 'output' END AS output_unit,
	       coalesce((SELECT max(p.version) FROM price AS p WHERE p.tenant_id = m.tenant_id AND p.item = m.name), 0) + 1 AS version
	  FROM model AS m
	 WHERE m.price_in IS NOT NULL AND m.price_out IS NOT NULL
	   AND (NOT m.managed OR m.price_in > 0 OR m.price_out > 0)
	   AND NOT EXISTS (SELECT FROM price AS p
		WHERE p.tenant_id = m.tenant_id AND p.item IN (m.name, m.upstream_name) AND p.effective_at <= now())
), added AS (
	INSERT INTO price (tenant_id, item, version, effective_at, source)
	SELECT tenant_id, name, version, created_at, 'model add' FROM said
)
INSERT INTO price_unit (tenant_id, item, version, unit, nanos)
SELECT s.tenant_id, s.name, s.version, u.unit, least(u.nanos, 1000000000000000000)
  FROM said AS s, LATERAL (VALUES ('input', s.price_in), (s.output_unit, s.price_out)) AS u (unit, nanos);

ALTER TABLE model DROP COLUMN price_in, DROP COLUMN price_out, DROP COLUMN price_version;
COMMENT ON COLUMN usage_event.price_version IS 'The version in the price book of what the model costs; 0: none, for it is free or has no price.';
