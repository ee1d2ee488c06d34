SELECT register_patch('0320-adapters');

-- Adapters of the platform's own chat model, each of one tenant. The file is kept by rag; what an engine holds of it is a
-- copy, which is made again when it is asked for.
CREATE TABLE model_adapter (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	name text NOT NULL CHECK (octet_length(name) <= 200),
	base text NOT NULL CHECK (octet_length(base) <= 200),
	base_sha256 bytea NOT NULL CHECK (octet_length(base_sha256) IN (0, 32)),
	file_id uuid NOT NULL,
	sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
	bytes bigint NOT NULL CHECK (bytes > 0),
	license text NOT NULL CHECK (octet_length(license) <= 200),
	state text NOT NULL CHECK (state IN ('loading', 'ready', 'failed')),
	error text,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, name)
);
COMMENT ON TABLE model_adapter IS 'An adapter of the platform''s chat model, which only its tenant can name.';
COMMENT ON COLUMN model_adapter.tenant_id IS 'The owner.';
COMMENT ON COLUMN model_adapter.id IS 'Names its copy beside the engine.';
COMMENT ON COLUMN model_adapter.name IS 'The model''s id on the wire: ft: and what the trainer made of it.';
COMMENT ON COLUMN model_adapter.base IS 'The platform''s model that it was trained on, by its name in the catalogue.';
COMMENT ON COLUMN model_adapter.base_sha256 IS 'Of the base''s file; empty: the trainer did not know it.';
COMMENT ON COLUMN model_adapter.file_id IS 'The tenant''s file that holds it.';
COMMENT ON COLUMN model_adapter.sha256 IS 'Of that file.';
COMMENT ON COLUMN model_adapter.bytes IS 'Of that file.';
COMMENT ON COLUMN model_adapter.license IS 'The base''s, which holds for it too.';
COMMENT ON COLUMN model_adapter.state IS 'loading: no engine has answered with it yet; ready: one has; failed: it never will.';
COMMENT ON COLUMN model_adapter.error IS 'Why it failed, for its owner.';
COMMENT ON COLUMN model_adapter.created_at IS 'When it was registered.';

ALTER TABLE model_adapter ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_adapter FORCE ROW LEVEL SECURITY;
