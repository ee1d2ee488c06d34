SELECT register_patch('0132-invoice');

-- Who is billed, by the tenant's owner.
CREATE TABLE billing_profile (
	tenant_id  uuid        NOT NULL,
	name       text        NOT NULL CHECK (length(name) <= 200),
	address    text        NOT NULL CHECK (length(address) <= 1000),
	country    text        NOT NULL CHECK (country = '' OR length(country) = 2),
	vat_id     text        NOT NULL CHECK (length(vat_id) <= 20),
	email      text        NOT NULL CHECK (length(email) <= 320),
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE billing_profile IS 'The buyer on a tenant''s invoices.';
COMMENT ON COLUMN billing_profile.tenant_id IS 'Whose.';
COMMENT ON COLUMN billing_profile.name IS 'Company or person.';
COMMENT ON COLUMN billing_profile.address IS 'Lines of the address.';
COMMENT ON COLUMN billing_profile.country IS 'ISO 3166-1 alpha-2; empty: not told, taken as the seller''s.';
COMMENT ON COLUMN billing_profile.vat_id IS 'VAT identification number with its country; empty for none.';
COMMENT ON COLUMN billing_profile.email IS 'Where invoices go.';
COMMENT ON COLUMN billing_profile.changed_at IS 'When it was last set.';

-- The platform's rates are for everybody; a row of the tenant's own comes first.
CREATE TABLE tax_rate (
	tenant_id    uuid    NOT NULL,
	country      text    NOT NULL CHECK (length(country) BETWEEN 1 AND 8),
	effective_on date    NOT NULL,
	name         text    NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
	ppm          bigint  NOT NULL CHECK (ppm BETWEEN 0 AND 1000000),
	inclusive    boolean NOT NULL,
	PRIMARY KEY (tenant_id, country, effective_on)
);
COMMENT ON TABLE tax_rate IS 'What tax a country asks for, from a day on.';
COMMENT ON COLUMN tax_rate.tenant_id IS 'The platform, or the tenant that it is special to.';
COMMENT ON COLUMN tax_rate.country IS 'ISO 3166-1 alpha-2.';
COMMENT ON COLUMN tax_rate.effective_on IS 'The first day on which it holds.';
COMMENT ON COLUMN tax_rate.name IS 'VAT, MwSt., sales tax, …';
COMMENT ON COLUMN tax_rate.ppm IS 'Millionths: 190000 for 19 %.';
COMMENT ON COLUMN tax_rate.inclusive IS 'Whether prices contain it.';

CREATE TABLE invoice (
	tenant_id      uuid        NOT NULL,
	id             uuid        NOT NULL,
	kind           text        NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
	status         text        NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'open', 'paid', 'void', 'uncollectible')),
	number         text,
	year           bigint,
	sequence       bigint,
	of_invoice     uuid,
	currency       text        NOT NULL CHECK (length(currency) = 3),
	starts_on      date,
	ends_on        date,
	minimum        bigint      NOT NULL DEFAULT 0 CHECK (minimum >= 0),
	bills_usage    boolean     NOT NULL DEFAULT true,
	subtotal       bigint      NOT NULL DEFAULT 0,
	usage_nanos    bigint      NOT NULL DEFAULT 0,
	tax_name       text        NOT NULL DEFAULT '',
	tax_ppm        bigint      NOT NULL DEFAULT 0 CHECK (tax_ppm BETWEEN 0 AND 1000000),
	tax_inclusive  boolean     NOT NULL DEFAULT false,
	reverse_charge boolean     NOT NULL DEFAULT false,
	tax            bigint      NOT NULL DEFAULT 0,
	total          bigint      NOT NULL DEFAULT 0,
	carried_in     bigint      NOT NULL DEFAULT 0,
	carried_out    bigint      NOT NULL DEFAULT 0,
	due            bigint      NOT NULL DEFAULT 0,
	paid           bigint      NOT NULL DEFAULT 0,
	credited       bigint      NOT NULL DEFAULT 0,
	seller         jsonb       NOT NULL DEFAULT '{}',
	buyer          jsonb       NOT NULL DEFAULT '{}',
	note           text        NOT NULL DEFAULT '' CHECK (length(note) <= 500),
	created_at     timestamptz NOT NULL DEFAULT now(),
	finalized_at   timestamptz,
	due_at         timestamptz,
	past_due_at    timestamptz,
	ended_at       timestamptz,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, kind, year, sequence),
	CONSTRAINT invoice_numbered CHECK ((number IS NULL) = (status = 'draft')),
	FOREIGN KEY (tenant_id, of_invoice) REFERENCES invoice (tenant_id, id)
);
CREATE INDEX invoice_open ON invoice (tenant_id, due_at) WHERE status = 'open';
COMMENT ON TABLE invoice IS 'Invoices and credit notes. Once it has a number nothing of it changes but how it is paid.';
COMMENT ON COLUMN invoice.tenant_id IS 'Who is billed.';
COMMENT ON COLUMN invoice.id IS 'The invoice.';
COMMENT ON COLUMN invoice.kind IS 'invoice or credit_note: each has a series of numbers of its own.';
COMMENT ON COLUMN invoice.status IS 'draft, open, paid, void or uncollectible.';
COMMENT ON COLUMN invoice.number IS 'PREFIX-YYYY-000001; null while it is a draft.';
COMMENT ON COLUMN invoice.year IS 'The series: the year (UTC) in which it was finalized.';
COMMENT ON COLUMN invoice.sequence IS 'Its place there, from 1, without gaps.';
COMMENT ON COLUMN invoice.of_invoice IS 'Of a credit note: the invoice that it corrects.';
COMMENT ON COLUMN invoice.currency IS 'ISO 4217.';
COMMENT ON COLUMN invoice.starts_on IS 'The first day of its usage: where the last invoice ended.';
COMMENT ON COLUMN invoice.ends_on IS 'The day after the last of its usage; of a draft null for the day on which it is finalized.';
COMMENT ON COLUMN invoice.minimum IS 'Nano-units that it comes to at least, before tax.';
COMMENT ON COLUMN invoice.bills_usage IS 'Whether it bills what was used, or only its own lines.';
COMMENT ON COLUMN invoice.subtotal IS 'The sum of its lines, in nano-units.';
COMMENT ON COLUMN invoice.usage_nanos IS 'What of that was on the account unbilled.';
COMMENT ON COLUMN invoice.tax_name IS 'As in tax_rate.';
COMMENT ON COLUMN invoice.tax_ppm IS 'The rate, in millionths.';
COMMENT ON COLUMN invoice.tax_inclusive IS 'Whether the subtotal contains the tax.';
COMMENT ON COLUMN invoice.reverse_charge IS 'The buyer owes the tax.';
COMMENT ON COLUMN invoice.tax IS 'Nano-units, half a nano-unit away from 0.';
COMMENT ON COLUMN invoice.total IS 'Subtotal, and the tax unless that contains it; of a credit note what is credited.';
COMMENT ON COLUMN invoice.carried_in IS 'What earlier invoices left.';
COMMENT ON COLUMN invoice.carried_out IS 'What this one leaves to the next: total and carried_in less due.';
COMMENT ON COLUMN invoice.due IS 'What is to be paid: whole minor units of the currency, half a unit up; never below 0.';
COMMENT ON COLUMN invoice.paid IS 'What was paid of it.';
COMMENT ON COLUMN invoice.credited IS 'What credit notes took from it.';
COMMENT ON COLUMN invoice.seller IS 'Who sold, as it was then: name, address, country, vat_id.';
COMMENT ON COLUMN invoice.buyer IS 'Who bought, as it was then.';
COMMENT ON COLUMN invoice.note IS 'What is printed below the lines; of a credit note the reason.';
COMMENT ON COLUMN invoice.created_at IS 'When it was begun.';
COMMENT ON COLUMN invoice.finalized_at IS 'When it got its number.';
COMMENT ON COLUMN invoice.due_at IS 'When it has to be paid.';
COMMENT ON COLUMN invoice.past_due_at IS 'When it was found unpaid after that.';
COMMENT ON COLUMN invoice.ended_at IS 'When it was paid, void or given up.';

CREATE TABLE invoice_line (
	tenant_id     uuid    NOT NULL,
	invoice_id    uuid    NOT NULL,
	position      bigint  NOT NULL CHECK (position > 0),
	kind          text    NOT NULL CHECK (kind IN ('base', 'proration', 'manual', 'usage', 'credits', 'adjustment', 'minimum',
		'credit_note')),
	description   text    NOT NULL CHECK (length(description) <= 500),
	starts_at     timestamptz,
	ends_at       timestamptz,
	act           text    NOT NULL DEFAULT '' CHECK (length(act) <= 32),
	model         text    NOT NULL DEFAULT '',
	batch         boolean NOT NULL DEFAULT false,
	price_version bigint  NOT NULL DEFAULT 0,
	rate_version  bigint  NOT NULL DEFAULT 0,
	calls         bigint  NOT NULL DEFAULT 0,
	quantities    jsonb   NOT NULL DEFAULT '[]',
	nanos         bigint  NOT NULL,
	PRIMARY KEY (tenant_id, invoice_id, position),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE invoice_line IS 'The lines of invoices and credit notes.';
COMMENT ON COLUMN invoice_line.tenant_id IS 'Who is billed.';
COMMENT ON COLUMN invoice_line.invoice_id IS 'The invoice.';
COMMENT ON COLUMN invoice_line.position IS 'Its place, from 1.';
COMMENT ON COLUMN invoice_line.kind IS 'base: a plan''s price. proration: what a change of plan gives back. manual. usage: acts of one kind, model and price. credits: what of the usage credits covered. adjustment: what changed of days that were billed before. minimum. credit_note.';
COMMENT ON COLUMN invoice_line.description IS 'What people read.';
COMMENT ON COLUMN invoice_line.starts_at IS 'The time it is for.';
COMMENT ON COLUMN invoice_line.ends_at IS 'The end of that time.';
COMMENT ON COLUMN invoice_line.act IS 'Of usage: chat, embedding, …';
COMMENT ON COLUMN invoice_line.model IS 'Of usage: the model''s name at the time; empty for none.';
COMMENT ON COLUMN invoice_line.batch IS 'Of usage: whether the acts had the price of a batch.';
COMMENT ON COLUMN invoice_line.price_version IS 'Of usage: the version of the model''s price.';
COMMENT ON COLUMN invoice_line.rate_version IS 'Of usage: the version of the plan''s rates where they took its place; 0: none did. Of a plan''s price: the plan''s version.';
COMMENT ON COLUMN invoice_line.calls IS 'Of usage: acts.';
COMMENT ON COLUMN invoice_line.quantities IS 'Of usage, for each meter: meter, quantity, included, unit_price (null where it is not known any more).';
COMMENT ON COLUMN invoice_line.nanos IS 'Nano-units, signed.';

CREATE TABLE invoice_payment (
	tenant_id  uuid        NOT NULL,
	id         uuid        NOT NULL,
	invoice_id uuid        NOT NULL,
	reference  text        NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
	nanos      bigint      NOT NULL CHECK (nanos > 0),
	paid_at    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, reference),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
);
COMMENT ON TABLE invoice_payment IS 'What was paid.';
COMMENT ON COLUMN invoice_payment.tenant_id IS 'Who paid.';
COMMENT ON COLUMN invoice_payment.id IS 'The payment.';
COMMENT ON COLUMN invoice_payment.invoice_id IS 'The invoice.';
COMMENT ON COLUMN invoice_payment.reference IS 'The bank''s, the payment provider''s or one''s own: the same one is taken once.';
COMMENT ON COLUMN invoice_payment.nanos IS 'Nano-units.';
COMMENT ON COLUMN invoice_payment.paid_at IS 'When it was noted.';

-- Taken and raised in the transaction that finalizes: what is rolled back leaves no gap.
CREATE TABLE invoice_series (
	tenant_id uuid   NOT NULL,
	kind      text   NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
	year      bigint NOT NULL,
	last      bigint NOT NULL CHECK (last > 0),
	PRIMARY KEY (tenant_id, kind, year)
);
COMMENT ON TABLE invoice_series IS 'The last number of each series.';
COMMENT ON COLUMN invoice_series.tenant_id IS 'Who is billed.';
COMMENT ON COLUMN invoice_series.kind IS 'invoice or credit_note.';
COMMENT ON COLUMN invoice_series.year IS 'The year (UTC).';
COMMENT ON COLUMN invoice_series.last IS 'The last number that was given.';

CREATE TABLE billing_dunning (
	tenant_id  uuid        NOT NULL,
	state      text        NOT NULL CHECK (state IN ('active', 'past_due', 'suspended')),
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE billing_dunning IS 'Whether a tenant pays its invoices.';
COMMENT ON COLUMN billing_dunning.tenant_id IS 'Whose.';
COMMENT ON COLUMN billing_dunning.state IS 'active, past_due, or suspended after the days that a setting names.';
COMMENT ON COLUMN billing_dunning.changed_at IS 'Since when.';

CREATE FUNCTION invoice_guard() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	-- What may change once it has a number.
	loose constant text[] := '{status,paid,credited,past_due_at,ended_at}';
BEGIN
	IF TG_OP = 'INSERT' THEN
		IF NEW.number IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'check_violation', SCHEMA = 'bulkhead', TABLE = 'invoice',
				CONSTRAINT = 'invoice_numbered', MESSAGE = 'an invoice begins as a draft';
		END IF;
		RETURN NEW;
	END IF;
	IF TG_OP = 'DELETE' THEN
		IF OLD.number IS NOT NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'an invoice with a number is never deleted';
		END IF;
		RETURN OLD;
	END IF;
	IF OLD.number IS NULL THEN
		RETURN NEW;
	END IF;
	IF to_jsonb(OLD) - loose <> to_jsonb(NEW) - loose THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'an invoice with a number does not change';
	END IF;
	IF OLD.status <> NEW.status AND NOT (OLD.status = 'open' AND NEW.status IN ('paid', 'void', 'uncollectible')
		OR OLD.status = 'uncollectible' AND NEW.status = 'paid') THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('an invoice that is %s does not become %s', OLD.status, NEW.status);
	END IF;
	IF NEW.paid < OLD.paid OR NEW.credited < OLD.credited THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'what was paid or credited does not become less';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION invoice_guard IS 'Keeps invoices as they were when they got their number.';
REVOKE ALL ON FUNCTION invoice_guard FROM PUBLIC;
CREATE TRIGGER invoice_guard BEFORE INSERT OR UPDATE OR DELETE ON invoice
	FOR EACH ROW EXECUTE FUNCTION invoice_guard();

CREATE FUNCTION invoice_line_guard() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
	line constant bulkhead.invoice_line := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
	IF EXISTS (SELECT FROM bulkhead.invoice WHERE tenant_id = line.tenant_id AND id = line.invoice_id AND number IS NOT NULL) THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'an invoice with a number does not change';
	END IF;
	RETURN line;
END
$$;
COMMENT ON FUNCTION invoice_line_guard IS 'Keeps the lines of invoices as they were when those got their number.';
REVOKE ALL ON FUNCTION invoice_line_guard FROM PUBLIC;
CREATE TRIGGER invoice_line_guard BEFORE INSERT OR UPDATE OR DELETE ON invoice_line
	FOR EACH ROW EXECUTE FUNCTION invoice_line_guard();

CREATE FUNCTION invoice_series_guard() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND NEW.last = OLD.last THEN
		RETURN NEW;
	END IF;
	IF NEW.last <> (CASE WHEN TG_OP = 'INSERT' THEN 1 ELSE OLD.last + 1 END) THEN
		RAISE EXCEPTION USING ERRCODE = 'check_violation', SCHEMA = 'bulkhead', TABLE = 'invoice_series',
			CONSTRAINT = 'invoice_series_last_check', MESSAGE = 'numbers are given one by one, from 1';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION invoice_series_guard IS 'Numbers follow one another.';
REVOKE ALL ON FUNCTION invoice_series_guard FROM PUBLIC;
CREATE TRIGGER invoice_series_guard BEFORE INSERT OR UPDATE ON invoice_series
	FOR EACH ROW EXECUTE FUNCTION invoice_series_guard();
