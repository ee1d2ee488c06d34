-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in multimodal's tables.

-- What was asked for is not changed: only the columns of its course are granted.
GRANT SELECT, INSERT, DELETE ON image_job TO bulkhead_multimodal;
GRANT UPDATE (status, cancel_asked_at, completed_at, model, test_backend, error_code, error_message, error_param)
	ON image_job TO bulkhead_multimodal;
GRANT SELECT, INSERT, DELETE ON image_input, image, image_event TO bulkhead_multimodal;
-- What a picture is stays; what is known of it, and what it is found by, may be added.
GRANT SELECT, INSERT, DELETE ON picture TO bulkhead_multimodal;
GRANT UPDATE (change, alt, words, hashes) ON picture TO bulkhead_multimodal;
GRANT SELECT, INSERT, DELETE ON picture_term TO bulkhead_multimodal;
GRANT SELECT, INSERT, UPDATE (changes), DELETE ON picture_change TO bulkhead_multimodal;
