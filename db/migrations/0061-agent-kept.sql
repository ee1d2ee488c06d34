SELECT register_patch('0061-agent-kept');

-- What a tenant's responses keep, and how many of them have not ended, as a sum of changes (as
-- storage_change does it for files): adding one locks nothing.
CREATE TABLE response_change (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	bytes bigint NOT NULL,
	unfinished bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE response_change IS 'Changes of what a tenant''s responses keep; their sum is the present state.';
COMMENT ON COLUMN response_change.tenant_id IS 'The owner.';
COMMENT ON COLUMN response_change.id IS 'Tells changes apart; they have no order.';
COMMENT ON COLUMN response_change.bytes IS 'Bytes more or less: of responses, their items and their journals, with what each row costs besides.';
COMMENT ON COLUMN response_change.unfinished IS 'Responses more or less that have not ended.';
ALTER TABLE response_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE response_change FORCE ROW LEVEL SECURITY;

ALTER TABLE response ADD COLUMN journal_bytes bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN response.journal_bytes IS 'Of its events: those it was accepted with, and from its end on all.';

-- Until the triggers are there nobody may change what is counted.
LOCK TABLE response, response_item IN SHARE ROW EXCLUSIVE MODE;

UPDATE response AS r
   SET journal_bytes = e.bytes
  FROM (SELECT tenant_id, response_id, sum(96 + octet_length(data)) AS bytes
          FROM response_event GROUP BY tenant_id, response_id) AS e
 WHERE e.tenant_id = r.tenant_id AND e.response_id = r.id;

INSERT INTO response_change (tenant_id, bytes, unfinished)
SELECT tenant_id, sum(bytes), sum(unfinished)
  FROM (SELECT tenant_id, 512 + octet_length(echo) + CASE WHEN journal_gone THEN 0 ELSE journal_bytes END AS bytes,
               (status IN ('queued', 'in_progress'))::int AS unfinished
          FROM response
        UNION ALL
        SELECT tenant_id, 160 + octet_length(item), 0 FROM response_item) AS kept
 GROUP BY tenant_id;

CREATE FUNCTION response_counted(r response) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = bulkhead
RETURN 512 + octet_length(r.echo) + CASE WHEN r.journal_gone THEN 0 ELSE r.journal_bytes END;
COMMENT ON FUNCTION response_counted(response) IS 'Bytes of a response without its items.';

CREATE FUNCTION count_responses() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
DECLARE
	more bigint := 0;
	unfinished_more bigint := 0;
	owner uuid;
BEGIN
	IF TG_OP <> 'DELETE' THEN
		owner := NEW.tenant_id;
		more := response_counted(NEW);
		unfinished_more := (NEW.status IN ('queued', 'in_progress'))::int;
	END IF;
	IF TG_OP <> 'INSERT' THEN
		owner := OLD.tenant_id;
		more := more - response_counted(OLD);
		unfinished_more := unfinished_more - (OLD.status IN ('queued', 'in_progress'))::int;
	END IF;
	INSERT INTO response_change (tenant_id, bytes, unfinished) VALUES (owner, more, unfinished_more);
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_responses() IS 'Notes what a response adds to what its tenant keeps, or takes away.';

-- A run commits many times: its events are added up once, with the last of them.
CREATE FUNCTION count_journal() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
BEGIN
	NEW.journal_bytes := (SELECT coalesce(sum(96 + octet_length(data)), 0)
	                        FROM response_event
	                       WHERE tenant_id = NEW.tenant_id AND response_id = NEW.id);
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION count_journal() IS 'Adds up the events of a response that ends.';

CREATE FUNCTION count_items() RETURNS trigger
LANGUAGE plpgsql SET search_path = bulkhead
AS $$
BEGIN
	INSERT INTO response_change (tenant_id, bytes, unfinished)
	SELECT tenant_id, CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END * sum(160 + octet_length(item)), 0
	  FROM rows
	 GROUP BY tenant_id;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_items() IS 'Notes what a statement''s items add to what a tenant keeps, or take away.';

CREATE TRIGGER count_ended BEFORE UPDATE ON response
	FOR EACH ROW WHEN (OLD.completed_at IS NULL AND NEW.completed_at IS NOT NULL) EXECUTE FUNCTION count_journal();
CREATE TRIGGER count_inserted AFTER INSERT ON response
	FOR EACH ROW EXECUTE FUNCTION count_responses();
CREATE TRIGGER count_updated AFTER UPDATE ON response
	FOR EACH ROW WHEN (OLD.completed_at IS DISTINCT FROM NEW.completed_at OR OLD.journal_gone <> NEW.journal_gone)
	EXECUTE FUNCTION count_responses();
CREATE TRIGGER count_deleted AFTER DELETE ON response
	FOR EACH ROW EXECUTE FUNCTION count_responses();
CREATE TRIGGER count_inserted AFTER INSERT ON response_item REFERENCING NEW TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_items();
CREATE TRIGGER count_deleted AFTER DELETE ON response_item REFERENCING OLD TABLE AS rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_items();
