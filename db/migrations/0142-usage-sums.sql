SELECT register_patch('0142-usage-sums');

-- Sums over usage_day by bucket and group; a filter that is null lets everything pass. A function for the sake of one
-- setting: the best plan depends on the tenant and the filters, and one that is kept for all of them reads a month of
-- a large tenant row by row through the index, several times slower.
CREATE FUNCTION usage_day_sums(p_tenant uuid, p_from date, p_to date, by_team boolean, by_user boolean, by_key boolean,
	by_model boolean, by_batch boolean, by_line boolean, p_kind text, p_teams uuid[], p_users uuid[], p_keys uuid[],
	p_models text[], p_batch boolean, p_most bigint)
RETURNS TABLE (day date, team_id uuid, user_id uuid, key_id uuid, model text, kind text, batch boolean, calls bigint,
	input_tokens bigint, cached_tokens bigint, cache_write_tokens bigint, output_tokens bigint, units bigint,
	cost_nanos bigint)
LANGUAGE plpgsql STABLE SET search_path = bulkhead, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT u.day, CASE WHEN by_team THEN u.team_id END, CASE WHEN by_user THEN u.user_id END,
	       CASE WHEN by_key THEN u.key_id END, CASE WHEN by_model OR by_line THEN u.model END,
	       CASE WHEN by_line THEN u.kind END, CASE WHEN by_batch THEN u.batch END, meter_sum(0, sum(u.calls)),
	       meter_sum(0, sum(u.input_tokens)), meter_sum(0, sum(u.cached_tokens)),
	       meter_sum(0, sum(u.cache_write_tokens)), meter_sum(0, sum(u.output_tokens)), meter_sum(0, sum(u.units)),
	       meter_sum(0, sum(u.cost_nanos))
	  FROM usage_day AS u
	 WHERE u.tenant_id = p_tenant AND u.day >= p_from AND u.day < p_to
	   AND (p_kind IS NULL OR u.kind = p_kind)
	   AND (p_teams IS NULL OR u.team_id = ANY (p_teams))
	   AND (p_users IS NULL OR u.user_id = ANY (p_users))
	   AND (p_keys IS NULL OR u.key_id = ANY (p_keys))
	   AND (p_models IS NULL OR u.model = ANY (p_models))
	   AND (p_batch IS NULL OR u.batch = p_batch)
	 GROUP BY 1, 2, 3, 4, 5, 6, 7
	 ORDER BY 1, 2, 3, 4, 5, 6, 7
	 LIMIT p_most;
END
$$;
COMMENT ON FUNCTION usage_day_sums IS 'Sums of what was used by day and group.';
