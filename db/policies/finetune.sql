-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in finetune's tables.

-- What was asked for is not changed: only the columns of its course are granted.
GRANT SELECT, INSERT, DELETE ON fine_tuning_job TO bulkhead_finetune;
GRANT UPDATE (status, stage, begun_at, paused_at, finished_at, estimated_finish_at, steps_done, steps, trained_tokens,
	checked, evaluation, engine, fine_tuned_model, result_file_id, published, error_code, error_message, error_param)
	ON fine_tuning_job TO bulkhead_finetune;
GRANT SELECT, INSERT, DELETE ON fine_tuning_event, fine_tuning_permission TO bulkhead_finetune;
GRANT SELECT, INSERT, UPDATE, DELETE ON fine_tuning_checkpoint TO bulkhead_finetune;
