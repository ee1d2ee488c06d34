-- SPDX-License-Identifier: Apache-2.0
SELECT register_patch('9000-hello');

CREATE TABLE greeting (
	tenant_id uuid NOT NULL,
	id        uuid NOT NULL,
	name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	text      text,
	PRIMARY KEY (tenant_id, id)
);
COMMENT ON TABLE greeting IS 'Greetings that were asked for.';
COMMENT ON COLUMN greeting.tenant_id IS 'Who asked.';
COMMENT ON COLUMN greeting.id IS 'The greeting.';
COMMENT ON COLUMN greeting.name IS 'Who is greeted.';
COMMENT ON COLUMN greeting.text IS 'What is said; NULL: the job has not been done yet.';
