SELECT register_patch('0166-vat-confirmation');

-- Reverse charge rests on a number that somebody confirmed: nobody is asked by the platform itself.
ALTER TABLE billing_profile
	ADD COLUMN vat_confirmed_at timestamptz,
	ADD COLUMN vat_confirmed_by text CHECK (length(vat_confirmed_by) BETWEEN 1 AND 200),
	ADD CONSTRAINT billing_profile_confirmed CHECK ((vat_confirmed_at IS NULL) = (vat_confirmed_by IS NULL));
COMMENT ON COLUMN billing_profile.vat_confirmed_at IS 'When the number was confirmed; null: it was not, or it was changed since.';
COMMENT ON COLUMN billing_profile.vat_confirmed_by IS 'Who did, and how, in the operator''s words.';

ALTER TABLE invoice ADD COLUMN tax_note text NOT NULL DEFAULT '' CHECK (length(tax_note) <= 500);
COMMENT ON COLUMN invoice.tax_note IS 'Why tax is charged that the buyer might not expect; empty for nothing.';
