SELECT register_patch('0078-answers');

ALTER TABLE model ADD COLUMN excerpts text NOT NULL DEFAULT 'passages'
	CHECK (excerpts IN ('passages', 'sentences'));
COMMENT ON COLUMN model.excerpts IS 'What of a document it is given to answer from: passages, or only the sentences nearest to the question where it is misled by more.';
-- What managed engines have served until now; the set-up says it of each model from here on.
UPDATE model SET excerpts = 'sentences' WHERE managed AND kind = 'chat';

CREATE TABLE response_default (
	tenant_id uuid NOT NULL,
	grounding text CHECK (grounding IN ('strict', 'mark', 'off')),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE response_default IS 'What holds for a tenant''s responses where the request does not say.';
COMMENT ON COLUMN response_default.tenant_id IS 'The owner.';
COMMENT ON COLUMN response_default.grounding IS 'strict: only sentences that a passage states are sent; mark: they are cited; off: neither. NULL: strict for the managed engine, else mark.';
ALTER TABLE response_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE response_default FORCE ROW LEVEL SECURITY;
