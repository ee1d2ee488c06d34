SELECT register_patch('0167-notice-errors');

-- What a mail server said, with its name and addresses, is the operator's: tenants read a class of failure.
UPDATE notice SET mail_error = 'the mail could not be sent' WHERE mail_error IS NOT NULL AND mail IN ('pending', 'dead');
COMMENT ON COLUMN notice.mail_error IS 'Why it is not sent: a class of failure; the log has what the server said.';
