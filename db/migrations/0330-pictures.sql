SELECT register_patch('0330-pictures');

-- Pictures that a tenant keeps: those that were made for it, and those that it had analysed and wanted to keep. Each is a
-- file, and goes with it.
CREATE TABLE picture (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	change bigint NOT NULL,
	file_id uuid NOT NULL,
	has_file boolean NOT NULL,
	source text NOT NULL CHECK (source IN ('generated', 'analysed')),
	format text NOT NULL CHECK (format IN ('png', 'jpeg', 'webp', 'gif')),
	width bigint NOT NULL,
	height bigint NOT NULL,
	bytes bigint NOT NULL,
	prompt text,
	model text,
	seed bigint,
	quality text,
	alt text CHECK (octet_length(alt) <= 8192),
	words text CHECK (octet_length(words) <= 65536),
	hashes bytea CHECK (octet_length(hashes) = 56),
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, file_id),
	UNIQUE (tenant_id, change),
	FOREIGN KEY (tenant_id, file_id) REFERENCES file (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE picture IS 'A picture that a tenant keeps, with what it is found by.';
COMMENT ON COLUMN picture.tenant_id IS 'The owner.';
COMMENT ON COLUMN picture.id IS 'img_ and 32 hex digits on the wire.';
COMMENT ON COLUMN picture.change IS 'The tenant''s picture_change when its hashes were written: whoever has read as far reads on behind it.';
COMMENT ON COLUMN picture.file_id IS 'The file that holds it.';
COMMENT ON COLUMN picture.has_file IS 'The file was written for it, and is deleted with it; else it was the tenant''s before.';
COMMENT ON COLUMN picture.source IS 'generated: for POST /v1/images/generations or /edits; analysed: for POST /v1/images/analyses.';
COMMENT ON COLUMN picture.format IS 'Of the file.';
COMMENT ON COLUMN picture.width IS 'Pixels, as it is seen.';
COMMENT ON COLUMN picture.height IS 'Pixels, as it is seen.';
COMMENT ON COLUMN picture.bytes IS 'Of the file.';
COMMENT ON COLUMN picture.prompt IS 'What it was made of; null: it was not made here.';
COMMENT ON COLUMN picture.model IS 'The model that made it.';
COMMENT ON COLUMN picture.seed IS 'The seed, where there was one.';
COMMENT ON COLUMN picture.quality IS 'The quality that it was asked for with.';
COMMENT ON COLUMN picture.alt IS 'What it shows, as a person has described it.';
COMMENT ON COLUMN picture.words IS 'The text in it, as it was recognized; null: it was not looked for.';
COMMENT ON COLUMN picture.hashes IS 'The hashes of docs/pictures.md, each big-endian; null: too little is in it to be told from others.';
COMMENT ON COLUMN picture.created_at IS 'When it was kept.';
COMMENT ON COLUMN picture.expires_at IS 'When its file expires, as that says; null: never.';

-- An index of words over all tenants would be read behind row security only; this one begins with the tenant.
CREATE TABLE picture_term (
	tenant_id uuid NOT NULL,
	term bigint NOT NULL,
	picture_id uuid NOT NULL,
	PRIMARY KEY (tenant_id, term, picture_id),
	FOREIGN KEY (tenant_id, picture_id) REFERENCES picture (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX picture_term_picture ON picture_term (tenant_id, picture_id);
COMMENT ON TABLE picture_term IS 'By which words a picture is found.';
COMMENT ON COLUMN picture_term.tenant_id IS 'The owner.';
COMMENT ON COLUMN picture_term.term IS 'A hash of the tenant''s id and a word of the prompt, the alt text or the text in the picture.';
COMMENT ON COLUMN picture_term.picture_id IS 'The picture.';

CREATE TABLE picture_change (
	tenant_id uuid NOT NULL,
	changes bigint NOT NULL,
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE picture_change IS 'Counts what is written of a tenant''s pictures, one transaction after the other, so that a reader who knows a number misses nothing below it.';
COMMENT ON COLUMN picture_change.tenant_id IS 'Whose.';
COMMENT ON COLUMN picture_change.changes IS 'The number of the last.';

ALTER TABLE picture ENABLE ROW LEVEL SECURITY;
ALTER TABLE picture FORCE ROW LEVEL SECURITY;
ALTER TABLE picture_term ENABLE ROW LEVEL SECURITY;
ALTER TABLE picture_term FORCE ROW LEVEL SECURITY;
ALTER TABLE picture_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE picture_change FORCE ROW LEVEL SECURITY;
