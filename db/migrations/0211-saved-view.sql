SELECT register_patch('0211-saved-view');

-- The filter of a page, as it stands in the address, under a name.
CREATE TABLE saved_view (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	account_id uuid NOT NULL,
	page text NOT NULL CHECK (page <> '' AND octet_length(page) <= 128),
	name text NOT NULL CHECK (name <> '' AND length(name) <= 60),
	query text NOT NULL CHECK (octet_length(query) + octet_length(page) <= 2048),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, account_id, page, name),
	FOREIGN KEY (tenant_id, account_id) REFERENCES membership (tenant_id, account_id) ON DELETE CASCADE
);
COMMENT ON TABLE saved_view IS 'Views of lists that people have kept for themselves.';
COMMENT ON COLUMN saved_view.tenant_id IS 'The tenant whose list it shows.';
COMMENT ON COLUMN saved_view.id IS 'The view; rises with time.';
COMMENT ON COLUMN saved_view.account_id IS 'Whose it is; it goes with the membership.';
COMMENT ON COLUMN saved_view.page IS 'The path of the page.';
COMMENT ON COLUMN saved_view.name IS 'What its owner calls it.';
COMMENT ON COLUMN saved_view.query IS 'The query of the address, without the question mark.';
COMMENT ON COLUMN saved_view.created_at IS 'When it was kept.';
