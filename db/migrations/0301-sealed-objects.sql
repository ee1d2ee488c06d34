SELECT register_patch('0301-sealed-objects');

-- Whatever wrote an object, a pass over those that are not known to be sealed looks at it once, and seals it if it is not.
ALTER TABLE file_object ADD COLUMN sealed boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN file_object.sealed IS 'It was seen to be sealed under a key of its tenant; false: not looked at yet.';
