SELECT register_patch('0180-tenant-setting');

CREATE TABLE tenant_setting (
	tenant_id uuid NOT NULL,
	mfa_required boolean NOT NULL DEFAULT false,
	session_idle_s bigint CHECK (session_idle_s BETWEEN 300 AND 2592000),
	session_max_s bigint CHECK (session_max_s BETWEEN 300 AND 31536000),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE tenant_setting IS 'What a tenant has decided about how its people sign in to the console; no row says what the platform says.';
COMMENT ON COLUMN tenant_setting.tenant_id IS 'The tenant.';
COMMENT ON COLUMN tenant_setting.mfa_required IS 'Whether a console session needs a second factor for anything but setting one up.';
COMMENT ON COLUMN tenant_setting.session_idle_s IS 'Seconds without a request after which a console session ends; null, or longer than the platform''s: the platform''s.';
COMMENT ON COLUMN tenant_setting.session_max_s IS 'Seconds after which a console session ends however busy it is; null, or longer than the platform''s: the platform''s.';
COMMENT ON COLUMN tenant_setting.updated_at IS 'When it was last changed.';
