SELECT register_patch('0296-moderation-policy');

ALTER TABLE tenant_setting
	ADD COLUMN moderation_input text NOT NULL DEFAULT 'off',
	ADD COLUMN moderation_output text NOT NULL DEFAULT 'off',
	ADD CONSTRAINT tenant_setting_moderation_check
		CHECK (moderation_input IN ('off', 'flag', 'refuse') AND moderation_output IN ('off', 'flag', 'refuse'));
COMMENT ON COLUMN tenant_setting.moderation_input IS 'What is done about harmful content that a chat model is sent: off, flag or refuse.';
COMMENT ON COLUMN tenant_setting.moderation_output IS 'The same of what a chat model answers.';
