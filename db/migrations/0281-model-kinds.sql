SELECT register_patch('0281-model-kinds');

-- What a model may be for, besides text: the services that ask it come with the program.
ALTER TABLE model DROP CONSTRAINT model_kind_check,
	ADD CONSTRAINT model_kind_check
		CHECK (kind IN ('chat', 'embedding', 'rerank', 'image', 'speech', 'transcription', 'moderation'));
ALTER TABLE model_default DROP CONSTRAINT model_default_kind_check,
	ADD CONSTRAINT model_default_kind_check
		CHECK (kind IN ('chat', 'embedding', 'rerank', 'image', 'speech', 'transcription', 'moderation'));
COMMENT ON COLUMN model.kind IS 'chat, embedding, rerank, image, speech, transcription or moderation.';
COMMENT ON COLUMN model_default.kind IS 'chat, embedding, rerank, image, speech, transcription or moderation.';
