SELECT register_patch('0010-auth');

CREATE TABLE tenant (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id uuid NOT NULL,
	name text NOT NULL CHECK (name <> '' AND length(name) <= 128),
	state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
	created_at timestamptz NOT NULL DEFAULT now(),
	suspended_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, name)
);
COMMENT ON TABLE tenant IS 'The register of tenants, kept by the platform; each tenant may read its own row.';
COMMENT ON COLUMN tenant.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN tenant.id IS 'The tenant: what every other table calls tenant_id.';
COMMENT ON COLUMN tenant.name IS 'What people call it; unique on the platform.';
COMMENT ON COLUMN tenant.state IS 'active, or suspended: no credential of it works.';
COMMENT ON COLUMN tenant.created_at IS 'When it was made.';
COMMENT ON COLUMN tenant.suspended_at IS 'Since when it is suspended; null while active.';

INSERT INTO tenant (tenant_id, id, name)
VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001', 'platform');

CREATE TABLE account (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id uuid NOT NULL,
	name text NOT NULL DEFAULT '',
	state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
	password_hash text,
	password_set_at timestamptz,
	managed_by_tenant_id uuid,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, managed_by_tenant_id) REFERENCES tenant (tenant_id, id)
);
CREATE INDEX account_managed_by ON account (tenant_id, managed_by_tenant_id)
	WHERE managed_by_tenant_id IS NOT NULL;
COMMENT ON TABLE account IS 'A person. Persons belong to the platform, their memberships to tenants.';
COMMENT ON COLUMN account.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN account.id IS 'The person; the subject of tokens.';
COMMENT ON COLUMN account.name IS 'How the person wants to be called; may be empty.';
COMMENT ON COLUMN account.state IS 'active, or disabled on the whole platform.';
COMMENT ON COLUMN account.password_hash IS 'Argon2id as a PHC string; null while no password is set.';
COMMENT ON COLUMN account.password_set_at IS 'When the password was set; sign-ins from before are over.';
COMMENT ON COLUMN account.managed_by_tenant_id IS 'The tenant that registered the person and may make links for it; null when the platform did. Such a person joins no other tenant unasked.';
COMMENT ON COLUMN account.created_at IS 'When the person was registered.';

CREATE TABLE account_email (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	address text NOT NULL CHECK (address = lower(address) AND length(address) BETWEEN 3 AND 254),
	account_id uuid NOT NULL,
	is_primary boolean NOT NULL DEFAULT true,
	verified_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, address),
	FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX account_email_primary ON account_email (tenant_id, account_id) WHERE is_primary;
CREATE INDEX account_email_account ON account_email (tenant_id, account_id);
COMMENT ON TABLE account_email IS 'The addresses a person signs in with.';
COMMENT ON COLUMN account_email.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN account_email.address IS 'Lower-case ASCII.';
COMMENT ON COLUMN account_email.account_id IS 'Whose.';
COMMENT ON COLUMN account_email.is_primary IS 'The one that is shown.';
COMMENT ON COLUMN account_email.verified_at IS 'When the person proved to read it; null while unproven.';
COMMENT ON COLUMN account_email.created_at IS 'When it was added.';

CREATE TABLE account_directory (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	account_id uuid NOT NULL,
	member_tenant_id uuid NOT NULL,
	PRIMARY KEY (tenant_id, account_id, member_tenant_id),
	FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, member_tenant_id) REFERENCES tenant (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX account_directory_tenant ON account_directory (tenant_id, member_tenant_id);
COMMENT ON TABLE account_directory IS 'Where a person has a membership, so that sign-in can find it before the tenant is known.';
COMMENT ON COLUMN account_directory.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN account_directory.account_id IS 'The person.';
COMMENT ON COLUMN account_directory.member_tenant_id IS 'A tenant with a membership of this person.';

CREATE TABLE membership (
	tenant_id uuid NOT NULL,
	account_id uuid NOT NULL,
	account_tenant_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000001',
	role text NOT NULL CHECK (role IN ('superuser', 'owner', 'admin', 'member', 'viewer')),
	state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, account_id),
	CHECK (account_tenant_id IN (tenant_id, '00000000-0000-0000-0000-000000000001')),
	CHECK (role <> 'superuser' OR tenant_id = '00000000-0000-0000-0000-000000000001'),
	FOREIGN KEY (account_tenant_id, account_id) REFERENCES account (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX membership_account ON membership (account_tenant_id, account_id);
COMMENT ON TABLE membership IS 'A person''s place in a tenant.';
COMMENT ON COLUMN membership.tenant_id IS 'The tenant.';
COMMENT ON COLUMN membership.account_id IS 'The person.';
COMMENT ON COLUMN membership.account_tenant_id IS 'Owner of the account: the platform.';
COMMENT ON COLUMN membership.role IS 'superuser (platform only), owner, admin, member or viewer.';
COMMENT ON COLUMN membership.state IS 'active, or disabled: neither signs in nor lets keys work.';
COMMENT ON COLUMN membership.created_at IS 'When the person joined.';

CREATE TABLE api_key (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	name text NOT NULL DEFAULT '' CHECK (length(name) <= 128),
	hash bytea NOT NULL CHECK (length(hash) = 32),
	prefix text NOT NULL,
	scopes text NOT NULL,
	owner_account_id uuid,
	requests_per_minute bigint NOT NULL DEFAULT 0 CHECK (requests_per_minute >= 0),
	concurrency bigint NOT NULL DEFAULT 0 CHECK (concurrency >= 0),
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz,
	revoked_at timestamptz,
	last_used_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, owner_account_id) REFERENCES membership (tenant_id, account_id) ON DELETE CASCADE
);
CREATE INDEX api_key_owner ON api_key (tenant_id, owner_account_id) WHERE owner_account_id IS NOT NULL;
COMMENT ON TABLE api_key IS 'API keys; of the key itself only its hash is kept.';
COMMENT ON COLUMN api_key.tenant_id IS 'The tenant it opens.';
COMMENT ON COLUMN api_key.id IS 'The row the key names.';
COMMENT ON COLUMN api_key.name IS 'What its maker called it.';
COMMENT ON COLUMN api_key.hash IS 'SHA-256 of the key''s text.';
COMMENT ON COLUMN api_key.prefix IS 'What may be shown of it.';
COMMENT ON COLUMN api_key.scopes IS 'What it may do, divided by blanks; never more than its owner''s role.';
COMMENT ON COLUMN api_key.owner_account_id IS 'The member it acts for; null when it is the tenant''s own.';
COMMENT ON COLUMN api_key.requests_per_minute IS 'Limit of this key; 0 for none.';
COMMENT ON COLUMN api_key.concurrency IS 'Most requests of this key at once; 0 for no limit.';
COMMENT ON COLUMN api_key.created_by IS 'Subject of the token that made it.';
COMMENT ON COLUMN api_key.created_at IS 'When it was made.';
COMMENT ON COLUMN api_key.expires_at IS 'When it stops working; null for never.';
COMMENT ON COLUMN api_key.revoked_at IS 'When it was revoked; null while it works.';
COMMENT ON COLUMN api_key.last_used_at IS 'About when it was last exchanged, to the minute.';

CREATE TABLE session (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	account_id uuid NOT NULL,
	method text NOT NULL,
	client text NOT NULL DEFAULT '' CHECK (length(client) <= 256),
	created_at timestamptz NOT NULL DEFAULT now(),
	last_used_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, account_id) REFERENCES membership (tenant_id, account_id) ON DELETE CASCADE
);
CREATE INDEX session_account ON session (tenant_id, account_id);
COMMENT ON TABLE session IS 'A sign-in; also the family of its refresh tokens.';
COMMENT ON COLUMN session.tenant_id IS 'The tenant signed in to.';
COMMENT ON COLUMN session.id IS 'The sid of its tokens.';
COMMENT ON COLUMN session.account_id IS 'Who signed in.';
COMMENT ON COLUMN session.method IS 'How: password.';
COMMENT ON COLUMN session.client IS 'What the client called itself.';
COMMENT ON COLUMN session.created_at IS 'When.';
COMMENT ON COLUMN session.last_used_at IS 'When its refresh token was last used.';
COMMENT ON COLUMN session.expires_at IS 'When it ends however busy it is.';
COMMENT ON COLUMN session.revoked_at IS 'When it was ended: signed out, revoked, or a refresh token was used twice.';

CREATE TABLE refresh_token (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	session_id uuid NOT NULL,
	hash bytea NOT NULL CHECK (length(hash) = 32),
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	consumed_at timestamptz,
	successor_id uuid,
	successor_sealed bytea,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, session_id) REFERENCES session (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX refresh_token_session ON refresh_token (tenant_id, session_id);
COMMENT ON TABLE refresh_token IS 'Refresh tokens: each is used once and has one successor.';
COMMENT ON COLUMN refresh_token.tenant_id IS 'The tenant.';
COMMENT ON COLUMN refresh_token.id IS 'The row the token names.';
COMMENT ON COLUMN refresh_token.session_id IS 'Its family.';
COMMENT ON COLUMN refresh_token.hash IS 'SHA-256 of the token''s text.';
COMMENT ON COLUMN refresh_token.created_at IS 'When it was given out.';
COMMENT ON COLUMN refresh_token.expires_at IS 'Until when it may be used.';
COMMENT ON COLUMN refresh_token.consumed_at IS 'When it was used; null while it waits.';
COMMENT ON COLUMN refresh_token.successor_id IS 'The token given for it.';
COMMENT ON COLUMN refresh_token.successor_sealed IS 'That token''s text, sealed, for a client whose answer got lost; kept for the newest pair only.';

CREATE TABLE one_time_link (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	account_id uuid NOT NULL,
	purpose text NOT NULL CHECK (purpose <> ''),
	hash bytea NOT NULL CHECK (length(hash) = 32),
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	used_at timestamptz,
	voided_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, account_id) REFERENCES membership (tenant_id, account_id) ON DELETE CASCADE
);
CREATE INDEX one_time_link_account ON one_time_link (tenant_id, account_id);
COMMENT ON TABLE one_time_link IS 'Links that work once.';
COMMENT ON COLUMN one_time_link.tenant_id IS 'The tenant whose member it is for.';
COMMENT ON COLUMN one_time_link.id IS 'The row the link names.';
COMMENT ON COLUMN one_time_link.account_id IS 'For whom.';
COMMENT ON COLUMN one_time_link.purpose IS 'What it does: password sets the password.';
COMMENT ON COLUMN one_time_link.hash IS 'SHA-256 of the link''s token.';
COMMENT ON COLUMN one_time_link.created_by IS 'Subject of the token that made it.';
COMMENT ON COLUMN one_time_link.created_at IS 'When it was made.';
COMMENT ON COLUMN one_time_link.expires_at IS 'Until when it works.';
COMMENT ON COLUMN one_time_link.used_at IS 'When it was used; null while it waits.';
COMMENT ON COLUMN one_time_link.voided_at IS 'When a newer link took its place.';

CREATE TABLE signing_key (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	id uuid NOT NULL,
	algorithm text NOT NULL CHECK (algorithm IN ('ES256', 'RS256', 'EdDSA')),
	state text NOT NULL CHECK (state IN ('standby', 'in_use', 'previously_used', 'revoked')),
	private_sealed bytea,
	public_jwk text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	state_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX signing_key_in_use ON signing_key (tenant_id, algorithm) WHERE state = 'in_use';
COMMENT ON TABLE signing_key IS 'Keys that sign access tokens: standby, in_use, previously_used, revoked.';
COMMENT ON COLUMN signing_key.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN signing_key.id IS 'The kid of tokens.';
COMMENT ON COLUMN signing_key.algorithm IS 'The one algorithm it is for.';
COMMENT ON COLUMN signing_key.state IS 'standby: published, not used; in_use; previously_used: verifies what is left; revoked: verifies nothing.';
COMMENT ON COLUMN signing_key.private_sealed IS 'PKCS#8, sealed with auth''s key; null once it signs no more.';
COMMENT ON COLUMN signing_key.public_jwk IS 'The published part.';
COMMENT ON COLUMN signing_key.created_at IS 'When it was made.';
COMMENT ON COLUMN signing_key.state_at IS 'When it came into its state.';

CREATE TABLE revocation_counter (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	last_seq bigint NOT NULL,
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE revocation_counter IS 'One row; its lock puts revocations into the order of their commits.';
COMMENT ON COLUMN revocation_counter.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN revocation_counter.last_seq IS 'The newest sequence; the ver of tokens made now.';
INSERT INTO revocation_counter (tenant_id, last_seq) VALUES ('00000000-0000-0000-0000-000000000001', 0);

CREATE TABLE revocation (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	seq bigint NOT NULL,
	kind text NOT NULL CHECK (kind IN ('tenant', 'credential', 'subject')),
	target_tenant_id uuid,
	target_id uuid,
	created_at timestamptz NOT NULL DEFAULT now(),
	pushed_at timestamptz,
	PRIMARY KEY (tenant_id, seq),
	CHECK ((kind = 'tenant') = (target_id IS NULL)),
	CHECK (kind = 'subject' OR target_tenant_id IS NOT NULL)
);
CREATE INDEX revocation_unpushed ON revocation (tenant_id, seq) WHERE pushed_at IS NULL;
COMMENT ON TABLE revocation IS 'The revocation log: every service reads it on; tokens with a lower ver that carry the id are dead.';
COMMENT ON COLUMN revocation.tenant_id IS 'Always the platform.';
COMMENT ON COLUMN revocation.seq IS 'Rises in the order of commits.';
COMMENT ON COLUMN revocation.kind IS 'tenant, credential (API key or session) or subject (a person).';
COMMENT ON COLUMN revocation.target_tenant_id IS 'The tenant; null for a person in all tenants.';
COMMENT ON COLUMN revocation.target_id IS 'The credential or person; null for a whole tenant.';
COMMENT ON COLUMN revocation.created_at IS 'When; rows older than any token are removed.';
COMMENT ON COLUMN revocation.pushed_at IS 'When the gateway was told; null until then.';

CREATE TABLE request_limit (
	tenant_id uuid NOT NULL,
	requests_per_minute bigint NOT NULL DEFAULT 0 CHECK (requests_per_minute >= 0),
	concurrency bigint NOT NULL DEFAULT 0 CHECK (concurrency >= 0),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE request_limit IS 'Limits of a tenant''s requests, enforced by the gateway; those of a key are in its row.';
COMMENT ON COLUMN request_limit.tenant_id IS 'The tenant.';
COMMENT ON COLUMN request_limit.requests_per_minute IS 'Requests a minute; 0 for no limit.';
COMMENT ON COLUMN request_limit.concurrency IS 'Most requests at once; 0 for no limit.';
COMMENT ON COLUMN request_limit.updated_at IS 'When it was last set.';
