SELECT register_patch('0063-retention-usage');

-- A tenant's budget row is made with its first usage row, and so are the rows that find what to remove.
DROP TRIGGER retention_note ON budget;
CREATE TRIGGER retention_note AFTER INSERT ON budget
	FOR EACH ROW EXECUTE FUNCTION retention_note('model', 'usage', 'total', 'quarantine');

INSERT INTO retention (tenant_id, queue, kind, oldest_at)
SELECT tenant_id, 'model', kind, timestamptz '-infinity'
  FROM budget, unnest(ARRAY['total', 'quarantine']) AS kind
    ON CONFLICT DO NOTHING;
