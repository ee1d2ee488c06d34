SELECT register_patch('0080-rag-ocr');

ALTER TABLE document
	ADD COLUMN ocr_pages bigint NOT NULL DEFAULT 0,
	ADD COLUMN ocr_confidence bigint NOT NULL DEFAULT 0,
	ADD COLUMN ocr_low_pages text NOT NULL DEFAULT '',
	ADD COLUMN ocr_unread_pages text NOT NULL DEFAULT '';
COMMENT ON COLUMN document.ocr_pages IS 'How many pages were pictures whose text was recognized.';
COMMENT ON COLUMN document.ocr_confidence IS 'Their mean confidence by characters, in percent.';
COMMENT ON COLUMN document.ocr_low_pages IS 'Which of them have a low confidence, as in "3, 7-9".';
COMMENT ON COLUMN document.ocr_unread_pages IS 'Pages whose text could not be recognized in the time allowed.';
