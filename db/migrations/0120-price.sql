SELECT register_patch('0120-price');

-- The price book. Versions are only added: what an act cost can be told for as long as its event is kept.
CREATE TABLE price (
	tenant_id uuid NOT NULL,
	item text NOT NULL CHECK (item <> '' AND length(item) <= 200),
	version bigint NOT NULL CHECK (version > 0),
	effective_at timestamptz NOT NULL,
	source text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, item, version)
);
CREATE INDEX price_effective ON price (tenant_id, item, effective_at DESC, version DESC);
COMMENT ON TABLE price IS 'Versions of prices; in force at a time is the last that took effect until then.';
COMMENT ON COLUMN price.tenant_id IS 'Owner of the item: the platform for what all tenants may use.';
COMMENT ON COLUMN price.item IS 'A model''s name.';
COMMENT ON COLUMN price.version IS 'Counts from 1 for each item; usage events name it.';
COMMENT ON COLUMN price.effective_at IS 'From when on it is in force.';
COMMENT ON COLUMN price.source IS 'Who said so: set, model add, or the name of an imported file.';
COMMENT ON COLUMN price.created_at IS 'When it was written.';

CREATE TABLE price_unit (
	tenant_id uuid NOT NULL,
	item text NOT NULL,
	version bigint NOT NULL,
	unit text NOT NULL CHECK (unit IN ('input', 'input_batch', 'input_above_200k', 'input_above_200k_batch', 'cached', 'cached_batch',
		'cached_above_200k', 'cached_above_200k_batch', 'cache_write', 'cache_write_batch',
		'cache_write_above_200k', 'cache_write_above_200k_batch', 'output', 'output_batch',
		'output_above_200k', 'output_above_200k_batch', 'units', 'units_batch', 'units_above_200k',
		'units_above_200k_batch')),
	nanos bigint NOT NULL CHECK (nanos BETWEEN 0 AND 1000000000000000000),
	PRIMARY KEY (tenant_id, item, version, unit),
	FOREIGN KEY (tenant_id, item, version) REFERENCES price (tenant_id, item, version) ON DELETE CASCADE
);
COMMENT ON TABLE price_unit IS 'The prices of a version, one a unit; a unit that is not here has no price of its own.';
COMMENT ON COLUMN price_unit.tenant_id IS 'Owner of the item.';
COMMENT ON COLUMN price_unit.item IS 'A model''s name.';
COMMENT ON COLUMN price_unit.version IS 'The version.';
COMMENT ON COLUMN price_unit.unit IS 'input, cached, cache_write, output or units; _above_200k for a prompt of more than 200,000 tokens, _batch for batches.';
COMMENT ON COLUMN price_unit.nanos IS 'Nano-units per million.';
