SELECT register_patch('0341-image-input-bytes');

ALTER TABLE image_input ADD COLUMN bytes bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN image_input.bytes IS 'Of the file: what its job needs on disk. 0: not known, from before this was kept.';
