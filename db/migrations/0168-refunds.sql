SELECT register_patch('0168-refunds');

-- What has to be paid back of what Stripe collected. Owed to the outbox with the act that makes it due; booked when
-- Stripe says that it was done, and booked back when that turns out to have failed.
CREATE TABLE invoice_refund (
	tenant_id  uuid        NOT NULL,
	id         uuid        NOT NULL,
	kind       text        NOT NULL CHECK (kind IN ('credit_note', 'surplus')),
	invoice_id uuid        NOT NULL,
	note_id    uuid,
	payment    text        NOT NULL CHECK (length(payment) BETWEEN 1 AND 200),
	nanos      bigint      NOT NULL CHECK (nanos > 0),
	currency   text        NOT NULL CHECK (length(currency) = 3),
	status     text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed')),
	theirs     text        CHECK (length(theirs) <= 255),
	created_at timestamptz NOT NULL DEFAULT now(),
	ended_at   timestamptz,
	PRIMARY KEY (tenant_id, id),
	CONSTRAINT invoice_refund_note CHECK ((note_id IS NOT NULL) = (kind = 'credit_note')),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
	FOREIGN KEY (tenant_id, note_id) REFERENCES invoice (tenant_id, id)
);
CREATE INDEX invoice_refund_invoice ON invoice_refund (tenant_id, invoice_id);
CREATE INDEX invoice_refund_note ON invoice_refund (tenant_id, note_id);
CREATE INDEX invoice_refund_pending ON invoice_refund (tenant_id, id) WHERE status = 'pending';
COMMENT ON TABLE invoice_refund IS 'Payments by Stripe, or parts of them, that are paid back there.';
COMMENT ON COLUMN invoice_refund.tenant_id IS 'Who is paid back.';
COMMENT ON COLUMN invoice_refund.id IS 'Made from the credit note, or from the payment that came too much: there is one of each.';
COMMENT ON COLUMN invoice_refund.kind IS 'credit_note: of what an invoice was paid. surplus: a payment of an invoice that was not owed any more.';
COMMENT ON COLUMN invoice_refund.invoice_id IS 'The invoice.';
COMMENT ON COLUMN invoice_refund.note_id IS 'The credit note.';
COMMENT ON COLUMN invoice_refund.payment IS 'The invoice at Stripe by which it was paid, as in invoice_payment.';
COMMENT ON COLUMN invoice_refund.nanos IS 'Nano-units; whole minor units of the currency.';
COMMENT ON COLUMN invoice_refund.currency IS 'ISO 4217.';
COMMENT ON COLUMN invoice_refund.status IS 'pending; succeeded: Stripe paid it back; failed: it did not, and somebody has to.';
COMMENT ON COLUMN invoice_refund.theirs IS 'Stripe''s id of the refund, once it was made.';
COMMENT ON COLUMN invoice_refund.created_at IS 'When it became due.';
COMMENT ON COLUMN invoice_refund.ended_at IS 'When it succeeded or failed.';
