SELECT register_patch('0130-ledger');

-- The ledger: double entry, debits above 0, credits below. What stands is never changed: a correction is a
-- further entry. Nobody deletes from it either; law wants it kept for years, and a tenant makes a few entries a day.

CREATE TABLE ledger_entry (
	tenant_id uuid        NOT NULL,
	id        uuid        NOT NULL,
	kind      text        NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
	reference text        NOT NULL CHECK (length(reference) <= 200),
	at        timestamptz NOT NULL DEFAULT now(),
	memo      text        NOT NULL CHECK (length(memo) <= 500),
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, kind, reference)
);
CREATE INDEX ledger_entry_time ON ledger_entry (tenant_id, at, id);
COMMENT ON TABLE ledger_entry IS 'A business event that moved money: usage, a grant, an invoice, a payment.';
COMMENT ON COLUMN ledger_entry.tenant_id IS 'Whose books.';
COMMENT ON COLUMN ledger_entry.id IS 'Made from kind and reference alone, so that an event is posted once however often it is told.';
COMMENT ON COLUMN ledger_entry.kind IS 'usage, burn, drawn, grant, expiry, void, invoice, payment, credit_note, …';
COMMENT ON COLUMN ledger_entry.reference IS 'The event: an invoice''s, grant''s or payment''s id, or a day and the number of its posting.';
COMMENT ON COLUMN ledger_entry.at IS 'When it was posted.';
COMMENT ON COLUMN ledger_entry.memo IS 'What people are shown.';

CREATE TABLE ledger_line (
	tenant_id uuid   NOT NULL,
	entry_id  uuid   NOT NULL,
	account   text   NOT NULL CHECK (account IN ('receivable', 'unbilled', 'revenue', 'tax_payable', 'cash', 'credit_liability',
		'drawn', 'promotional', 'refund', 'deferred', 'bad_debt', 'breakage', 'carried', 'rounding')),
	nanos     bigint NOT NULL CONSTRAINT ledger_line_balanced CHECK (nanos BETWEEN -9000000000000000000 AND 9000000000000000000),
	currency  text   NOT NULL CHECK (length(currency) = 3),
	PRIMARY KEY (tenant_id, entry_id, account),
	FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger_entry (tenant_id, id)
);
COMMENT ON TABLE ledger_line IS 'What an entry adds to an account. The lines of an entry add up to 0.';
COMMENT ON COLUMN ledger_line.tenant_id IS 'Whose books.';
COMMENT ON COLUMN ledger_line.entry_id IS 'The entry.';
COMMENT ON COLUMN ledger_line.account IS 'receivable: invoiced and not paid. unbilled: used and not invoiced. revenue. tax_payable: tax on invoices. cash: paid in. credit_liability: credits not drawn. drawn: between credits and the acts that draw them, 0 after each posting. promotional: credits given away. refund: given back, or to be given back. deferred: charged in advance. bad_debt: given up. breakage: credits that ended unused. carried: what invoices leave to the next one, less than a minor unit unless below 0. rounding: nothing is ever rounded away, so always 0.';
COMMENT ON COLUMN ledger_line.nanos IS 'Nano-units: a debit above 0, a credit below.';
COMMENT ON COLUMN ledger_line.currency IS 'Of the account, ISO 4217.';

CREATE TABLE ledger_balance (
	tenant_id  uuid        NOT NULL,
	account    text        NOT NULL CHECK (length(account) BETWEEN 1 AND 32),
	nanos      bigint      NOT NULL,
	currency   text        NOT NULL CHECK (length(currency) = 3),
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, account)
) WITH (fillfactor = 50);
COMMENT ON TABLE ledger_balance IS 'The sum of an account''s lines, kept in the transaction that posts. An account has one currency.';
COMMENT ON COLUMN ledger_balance.tenant_id IS 'Whose books.';
COMMENT ON COLUMN ledger_balance.account IS 'As in ledger_line.';
COMMENT ON COLUMN ledger_balance.nanos IS 'Nano-units: debits less credits.';
COMMENT ON COLUMN ledger_balance.currency IS 'ISO 4217.';
COMMENT ON COLUMN ledger_balance.changed_at IS 'When it last changed.';

-- What of the meter's sums the ledger has: the next posting adds the difference.
CREATE TABLE ledger_posted (
	tenant_id uuid   NOT NULL,
	kind      text   NOT NULL CHECK (kind IN ('usage', 'burn', 'drawn', 'earned')),
	subject   text   NOT NULL CHECK (length(subject) <= 64),
	number    bigint NOT NULL CHECK (number > 0),
	nanos     bigint NOT NULL,
	covered   bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, kind, subject)
);
COMMENT ON TABLE ledger_posted IS 'How much of a day''s usage, of a credit''s use and of what credits drew besides was posted so far.';
COMMENT ON COLUMN ledger_posted.tenant_id IS 'Whose books.';
COMMENT ON COLUMN ledger_posted.kind IS 'usage: a day. burn: a credit. drawn: what credits drew beyond the acts that they cover. earned: a line charged in advance whose time is over.';
COMMENT ON COLUMN ledger_posted.subject IS 'The day (2026-11-30), the credit''s id, the invoice''s id and the line''s position, or nothing.';
COMMENT ON COLUMN ledger_posted.number IS 'How many postings there were.';
COMMENT ON COLUMN ledger_posted.nanos IS 'Nano-units: the day''s cost, what of the credit is drawn, what was drawn besides, or what the line came to (0 once the invoice is void).';
COMMENT ON COLUMN ledger_posted.covered IS 'Of a day: what of its cost credits covered.';

-- The last lock: whoever writes lines, by whatever way, they balance when the transaction ends.
CREATE FUNCTION ledger_prove() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	IF EXISTS (SELECT FROM bulkhead.ledger_line WHERE tenant_id = NEW.tenant_id AND entry_id = NEW.entry_id
		GROUP BY currency HAVING sum(nanos) <> 0) THEN
		RAISE EXCEPTION USING ERRCODE = 'check_violation', SCHEMA = 'bulkhead', TABLE = 'ledger_line',
			CONSTRAINT = 'ledger_line_balanced', MESSAGE = 'the lines of a ledger entry do not add up to 0';
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger_prove IS 'Refuses a transaction that leaves an entry whose lines do not add up to 0 in each currency.';
REVOKE ALL ON FUNCTION ledger_prove FROM PUBLIC;
CREATE CONSTRAINT TRIGGER ledger_prove AFTER INSERT OR UPDATE ON ledger_line
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_prove();

-- The only way in. Lines of 0 are left out, and an entry without lines is none. False: it was posted before, by
-- the same lines; with others it is an error, for its id is made from what it is about.
CREATE FUNCTION ledger_post(p_tenant uuid, p_id uuid, p_kind text, p_reference text, p_memo text, p_currency text,
	p_accounts text[], p_nanos bigint[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	n bigint;
	moved bigint;
BEGIN
	IF p_tenant IS DISTINCT FROM nullif(current_setting('bulkhead.tenant_id', true), '')::uuid OR p_tenant IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'not the tenant of the context';
	END IF;
	IF (SELECT coalesce(sum(nanos), 0) FROM unnest(p_nanos) AS nanos) <> 0 OR cardinality(p_accounts) <> cardinality(p_nanos) THEN
		RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'the lines of a ledger entry do not add up to 0';
	END IF;
	SELECT count(*) INTO n FROM (SELECT FROM unnest(p_accounts, p_nanos) AS line (account, nanos)
		GROUP BY account HAVING sum(nanos) <> 0) AS line;
	IF n = 0 THEN
		RETURN false;
	END IF;
	INSERT INTO bulkhead.ledger_entry (tenant_id, id, kind, reference, memo)
	VALUES (p_tenant, p_id, p_kind, p_reference, p_memo)
	    ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		IF EXISTS (SELECT account, nanos, currency FROM bulkhead.ledger_line WHERE tenant_id = p_tenant AND entry_id = p_id
			EXCEPT SELECT account, sum(nanos), p_currency FROM unnest(p_accounts, p_nanos) AS line (account, nanos) GROUP BY account)
			OR n <> (SELECT count(*) FROM bulkhead.ledger_line WHERE tenant_id = p_tenant AND entry_id = p_id) THEN
			RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = format('%s %s was posted with other lines', p_kind, p_reference);
		END IF;
		RETURN false;
	END IF;
	INSERT INTO bulkhead.ledger_line (tenant_id, entry_id, account, nanos, currency)
	SELECT p_tenant, p_id, account, sum(nanos), p_currency
	  FROM unnest(p_accounts, p_nanos) AS line (account, nanos)
	 GROUP BY account HAVING sum(nanos) <> 0;
	-- In one order, so that two postings wait for each other and do not lock each other out.
	INSERT INTO bulkhead.ledger_balance AS b (tenant_id, account, nanos, currency)
	SELECT p_tenant, account, sum(nanos), p_currency
	  FROM unnest(p_accounts, p_nanos) AS line (account, nanos)
	 GROUP BY account HAVING sum(nanos) <> 0
	 ORDER BY account
	    ON CONFLICT (tenant_id, account) DO UPDATE SET nanos = b.nanos + excluded.nanos, changed_at = now()
	 WHERE b.currency = excluded.currency;
	GET DIAGNOSTICS moved = ROW_COUNT;
	IF moved <> n THEN
		RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = 'an account has one currency';
	END IF;
	RETURN true;
END
$$;
COMMENT ON FUNCTION ledger_post IS 'Posts an entry and moves the kept balances, once; whether it was new.';
REVOKE ALL ON FUNCTION ledger_post FROM PUBLIC;

-- Jobs that the meter's rows ask for. One of a kind waits for a tenant at a time.
CREATE FUNCTION ledger_job(p_tenant uuid, p_kind text, p_due timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	job constant uuid := gen_random_uuid();
BEGIN
	INSERT INTO bulkhead.job_tenant (tenant_id, queue) VALUES (p_tenant, 'billing') ON CONFLICT DO NOTHING;
	INSERT INTO bulkhead.job (tenant_id, id, queue, kind, subject, payload)
	VALUES (p_tenant, job, 'billing', p_kind, p_tenant, '{}')
	    ON CONFLICT (tenant_id, queue, kind, subject) WHERE state IN ('waiting', 'running') DO NOTHING;
	IF FOUND THEN
		INSERT INTO bulkhead.job_ready (tenant_id, job_id, queue, due_at, background)
		VALUES (p_tenant, job, 'billing', p_due, true);
	END IF;
END
$$;
COMMENT ON FUNCTION ledger_job IS 'Adds a job of the queue billing for a tenant, unless one of its kind waits.';
REVOKE ALL ON FUNCTION ledger_job FROM PUBLIC;

-- Whoever has books has a job that posts, ends credits, reminds and proves, every night. It is added here with the
-- first of them, whichever service makes it, and adds itself again.
CREATE FUNCTION ledger_begin() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM bulkhead.ledger_job(NEW.tenant_id, 'nightly',
		(date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day 10 minutes' + random() * interval '1 hour') AT TIME ZONE 'UTC');
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger_begin IS 'Adds the nightly job of a tenant that now has books.';
REVOKE ALL ON FUNCTION ledger_begin FROM PUBLIC;
CREATE TRIGGER ledger_begin AFTER INSERT ON meter_owner
	FOR EACH ROW WHEN (NEW.kind = 'tenant') EXECUTE FUNCTION ledger_begin();

DO $begin$
BEGIN
	PERFORM ledger_job(tenant_id, 'nightly', now()) FROM meter_owner WHERE kind = 'tenant';
END
$begin$;
