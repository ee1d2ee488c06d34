SELECT register_patch('0185-account-profile');

-- What people choose for themselves; the console and mails follow it.
ALTER TABLE account
	ADD COLUMN locale text NOT NULL DEFAULT 'en' CHECK (locale IN ('en', 'de')),
	ADD COLUMN theme text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
	ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC' CHECK (time_zone ~ '^[A-Za-z0-9_+/-]{1,64}$'),
	ADD COLUMN shortcuts boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN account.locale IS 'Language of mails and of the console: en or de.';
COMMENT ON COLUMN account.theme IS 'How the console looks: system (as the browser says), light or dark.';
COMMENT ON COLUMN account.time_zone IS 'Name of the time zone in which the console shows times, as in the IANA database.';
COMMENT ON COLUMN account.shortcuts IS 'Whether single keys are shortcuts in the console.';
