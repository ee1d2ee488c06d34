SELECT register_patch('0162-fund-room');

-- A period could not begin for a tenant that had as many credits as it can have funds. Credits are 64 at most, which
-- billing sees to; what plans include and give comes beside them and always finds room: 32 quantities, a credit of
-- this period and of the last, and a top-up that was asked for before.
ALTER TABLE meter_funds DROP CONSTRAINT meter_funds_ids_check, ADD CONSTRAINT meter_funds_ids_check CHECK (cardinality(ids) <= 128);

-- Adds a fund, or adds p_amount to one that is there (its sort and end become the new ones). Money: p_meter -1.
-- New money repays what is owed. False: the row is full, which what billing gives does not come to.
CREATE OR REPLACE FUNCTION meter_fund(p_tenant uuid, p_fund uuid, p_meter bigint, p_kinds bigint, p_priority bigint,
	p_ends timestamptz, p_given timestamptz, p_amount bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = bulkhead, pg_temp
AS $$
DECLARE
	mine meter_owner := meter_lock(p_tenant);
	at int;
	take bigint;
	funds meter_funds;
BEGIN
	IF p_amount < 0 OR p_amount > 1000000000000000000 THEN
		RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range', MESSAGE = 'the amount of a fund is out of range';
	END IF;
	INSERT INTO meter_funds (tenant_id) VALUES (p_tenant) ON CONFLICT DO NOTHING;
	SELECT * INTO funds FROM meter_funds WHERE tenant_id = p_tenant;
	at := array_position(funds.ids, p_fund);
	IF at IS NULL AND cardinality(funds.ids) > 127 THEN
		RETURN false;
	END IF;
	IF at IS NULL THEN
		at := cardinality(funds.ids) + 1;
		funds.ids[at] := p_fund;
		funds.meters[at] := p_meter;
		funds.kinds[at] := p_kinds;
		funds.given[at] := p_given;
		funds.amounts[at] := 0;
		funds.remains[at] := 0;
		funds.held[at] := 0;
	END IF;
	funds.priorities[at] := p_priority;
	funds.ends[at] := p_ends;
	funds.amounts[at] := funds.amounts[at] + p_amount;
	take := CASE WHEN p_meter < 0 AND p_kinds = -1 AND p_ends > now() THEN least(funds.owed, p_amount) ELSE 0 END;
	funds.remains[at] := funds.remains[at] + p_amount - take;
	UPDATE meter_funds AS m
	   SET ids = s.ids, meters = s.meters, kinds = s.kinds, priorities = s.priorities, ends = s.ends, given = s.given,
	       amounts = s.amounts, remains = s.remains, held = s.held,
	       owed = funds.owed - take, repaid = funds.repaid + take
	  FROM (SELECT array_agg(id ORDER BY p, e, g, id) AS ids, array_agg(m ORDER BY p, e, g, id) AS meters,
	               array_agg(k ORDER BY p, e, g, id) AS kinds, array_agg(p ORDER BY p, e, g, id) AS priorities,
	               array_agg(e ORDER BY p, e, g, id) AS ends, array_agg(g ORDER BY p, e, g, id) AS given,
	               array_agg(a ORDER BY p, e, g, id) AS amounts, array_agg(r ORDER BY p, e, g, id) AS remains,
	               array_agg(h ORDER BY p, e, g, id) AS held
	          FROM unnest(funds.ids, funds.meters, funds.kinds, funds.priorities, funds.ends, funds.given, funds.amounts,
	                 funds.remains, funds.held) AS f (id, m, k, p, e, g, a, r, h)) AS s
	 WHERE m.tenant_id = p_tenant;
	UPDATE meter_owner SET has_funds = true WHERE tenant_id = p_tenant AND id = p_tenant AND NOT has_funds;
	RETURN true;
END
$$;
