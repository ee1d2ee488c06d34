SELECT register_patch('0295-vision');

ALTER TABLE model ADD COLUMN vision boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN model.vision IS 'A chat model takes pictures; others are told in words what is in them.';
