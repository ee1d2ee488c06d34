SELECT register_patch('0187-outbox-mail');

-- Mail that auth writes to people. What holds a one-time link is sealed, and forgotten once it was sent.
CREATE TABLE outbox_mail (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('invitation', 'reset')),
	about uuid NOT NULL,
	recipient text NOT NULL,
	subject text NOT NULL,
	link_sealed bytea,
	body_sealed bytea,
	state text NOT NULL CHECK (state IN ('pending', 'sent', 'dead', 'local')),
	error text,
	attempts bigint NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_mail_created ON outbox_mail (tenant_id, created_at);
CREATE INDEX outbox_mail_about ON outbox_mail (tenant_id, about);
COMMENT ON TABLE outbox_mail IS 'Mail to people about a tenant: invitations and links to reset a password.';
COMMENT ON COLUMN outbox_mail.tenant_id IS 'The tenant it is about.';
COMMENT ON COLUMN outbox_mail.id IS 'Rises with time; also the left side of its Message-ID.';
COMMENT ON COLUMN outbox_mail.kind IS 'invitation or reset.';
COMMENT ON COLUMN outbox_mail.about IS 'The invitation or the one-time link.';
COMMENT ON COLUMN outbox_mail.recipient IS 'To whom.';
COMMENT ON COLUMN outbox_mail.subject IS 'Its subject line.';
COMMENT ON COLUMN outbox_mail.link_sealed IS 'Its link, sealed; null once it was sent or given up.';
COMMENT ON COLUMN outbox_mail.body_sealed IS 'Its text, sealed; null once it was sent or given up.';
COMMENT ON COLUMN outbox_mail.state IS 'pending; sent: the mail server took it; dead: its link does not work any more; local: no mail server was set, the operator hands the link over.';
COMMENT ON COLUMN outbox_mail.error IS 'Why it was last not taken.';
COMMENT ON COLUMN outbox_mail.attempts IS 'How often it was tried.';
COMMENT ON COLUMN outbox_mail.created_at IS 'When it was written.';
COMMENT ON COLUMN outbox_mail.expires_at IS 'When its link stops working: until then it is tried.';

CREATE TRIGGER retention_note AFTER INSERT ON outbox_mail
	FOR EACH ROW EXECUTE FUNCTION retention_note('auth', 'outbox_mail');

-- How many links a person was sent lately.
CREATE INDEX one_time_link_made ON one_time_link (tenant_id, account_id, purpose, created_at);
COMMENT ON COLUMN one_time_link.purpose IS 'What it does: password sets the password; reset does the same and was sent to the person''s own address.';
