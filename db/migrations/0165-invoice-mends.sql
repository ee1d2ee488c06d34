SELECT register_patch('0165-invoice-mends');

-- Whose numbers are whose. An end of the tenant's id is short to read and long enough most of the time; where
-- two tenants have the same one, the second gets a longer one. The row is kept when the tenant is deleted, as its
-- invoices are.
CREATE TABLE invoice_prefix (
	tenant_id uuid NOT NULL CHECK (tenant_id = '00000000-0000-0000-0000-000000000001'),
	part      text NOT NULL CHECK (length(part) BETWEEN 8 AND 32),
	owner_id  uuid NOT NULL,
	PRIMARY KEY (tenant_id, part),
	UNIQUE (tenant_id, owner_id)
);
COMMENT ON TABLE invoice_prefix IS 'The part of a tenant in the numbers of its invoices and credit notes: no two tenants have the same.';
COMMENT ON COLUMN invoice_prefix.tenant_id IS 'The platform: numbers are one seller''s.';
COMMENT ON COLUMN invoice_prefix.part IS 'The end of the tenant''s id in hexadecimal digits: 8 of them, and more where those were taken.';
COMMENT ON COLUMN invoice_prefix.owner_id IS 'The tenant that is billed.';

-- Numbers that were given keep their series: the tenant that was first has the short part.
INSERT INTO invoice_prefix (tenant_id, part, owner_id)
SELECT DISTINCT ON (part) '00000000-0000-0000-0000-000000000001'::uuid, part, tenant_id
  FROM (SELECT tenant_id, upper(right(replace(tenant_id::text, '-', ''), 8)) AS part, min(finalized_at) AS since
          FROM invoice WHERE number IS NOT NULL GROUP BY tenant_id) AS used
 ORDER BY part, since, tenant_id;

-- Never more is credited than was due, whoever writes it.
ALTER TABLE invoice ADD CONSTRAINT invoice_credited CHECK (credited BETWEEN 0 AND greatest(due, 0));

COMMENT ON COLUMN invoice.of_invoice IS 'Of a credit note: the invoice that it corrects. Of an invoice: the void one whose lines it bills again.';
