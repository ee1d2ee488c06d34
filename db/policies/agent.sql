-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in agent's tables.

-- Events and items are never changed, only added, and removed with their response; events before it. What a run was asked
-- to do is not changed either: only the columns of its course are granted.
GRANT SELECT, INSERT, DELETE ON response TO bulkhead_agent;
GRANT UPDATE (journal_gone, status, completed_at, error_code, error_message, incomplete_reason, input_tokens,
	cached_tokens, output_tokens, reasoning_tokens, refusal_code, refusal_wait_ms) ON response TO bulkhead_agent;
GRANT SELECT, INSERT ON response_item, response_event TO bulkhead_agent;
GRANT DELETE ON response_event TO bulkhead_agent;
GRANT SELECT, INSERT, UPDATE, DELETE ON response_change TO bulkhead_agent;
GRANT SELECT, INSERT, UPDATE ON response_default TO bulkhead_agent;
-- Items go with their response, and the default stays; only the deletion of a tenant removes them by themselves.
GRANT DELETE ON response_item, response_default TO bulkhead_agent;
GRANT SELECT, INSERT, DELETE ON chat TO bulkhead_agent;
GRANT UPDATE (title, settings, updated_at) ON chat TO bulkhead_agent;
GRANT SELECT, INSERT, DELETE ON chat_turn TO bulkhead_agent;
