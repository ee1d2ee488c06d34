SELECT register_patch('0195-agent-chats');

-- Chats: what a person asked one after another, and went back to ask anew. A turn is a response; which follows which is
-- said by the responses themselves, so that a chat is a tree.

CREATE TABLE chat (
	tenant_id  uuid        NOT NULL,
	id         uuid        NOT NULL,
	subject    text        NOT NULL CHECK (length(subject) BETWEEN 1 AND 128),
	title      text        NOT NULL DEFAULT '' CHECK (length(title) <= 200),
	settings   text        NOT NULL DEFAULT '{}' CHECK (octet_length(settings) <= 16384),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX chat_recent ON chat (tenant_id, subject, updated_at, id);
CREATE INDEX chat_updated ON chat (tenant_id, updated_at);
COMMENT ON TABLE chat IS 'A person''s chat: responses that belong together.';
COMMENT ON COLUMN chat.tenant_id IS 'The owner.';
COMMENT ON COLUMN chat.id IS 'chat_ on the wire.';
COMMENT ON COLUMN chat.subject IS 'Whose: the sub of the token that made it. Nobody else sees it.';
COMMENT ON COLUMN chat.title IS 'Its name; empty until the first question gives one.';
COMMENT ON COLUMN chat.settings IS 'What the client keeps with it (model, stores), a JSON object that is not read here.';
COMMENT ON COLUMN chat.created_at IS 'When it was made.';
COMMENT ON COLUMN chat.updated_at IS 'When it was last asked something.';

CREATE TABLE chat_turn (
	tenant_id   uuid NOT NULL,
	chat_id     uuid NOT NULL,
	response_id uuid NOT NULL,
	question    text NOT NULL CHECK (length(question) <= 2000),
	PRIMARY KEY (tenant_id, chat_id, response_id),
	UNIQUE (tenant_id, response_id),
	FOREIGN KEY (tenant_id, chat_id) REFERENCES chat (tenant_id, id) ON DELETE CASCADE,
	FOREIGN KEY (tenant_id, response_id) REFERENCES response (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE chat_turn IS 'A question of a chat and the response to it.';
COMMENT ON COLUMN chat_turn.tenant_id IS 'The owner.';
COMMENT ON COLUMN chat_turn.chat_id IS 'In which chat.';
COMMENT ON COLUMN chat_turn.response_id IS 'The response; the turn goes with it.';
COMMENT ON COLUMN chat_turn.question IS 'The beginning of what was asked, for search.';

ALTER TABLE chat ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat FORCE ROW LEVEL SECURITY;
ALTER TABLE chat_turn ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_turn FORCE ROW LEVEL SECURITY;

CREATE TRIGGER retention_note AFTER INSERT ON chat
	FOR EACH ROW EXECUTE FUNCTION retention_note('agent', 'chat');
