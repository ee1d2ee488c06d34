SELECT register_patch('0163-subscription-carry');

-- A change to another interval begins a period, and brought all that it includes anew however much of the last one
-- was used up in a day. What was drawn beyond the part of the time that has passed counts on from now on.
ALTER TABLE subscription_drawn ADD COLUMN earned bigint NOT NULL DEFAULT 0 CHECK (earned >= 0);
COMMENT ON TABLE subscription_drawn IS 'What was drawn of included quantities in a period before a change of plan, or was carried into it: it counts against the next plan''s.';
COMMENT ON COLUMN subscription_drawn.meter IS 'The meter (src/meter/unit.h); -1 for the credit that the plan gives.';
COMMENT ON COLUMN subscription_drawn.units IS 'Units drawn under all plans of the period that have ended, or nano-units; in a period that another interval began also those of the one before, less what those had earned.';
COMMENT ON COLUMN subscription_drawn.earned IS 'What those plans include for the part of the period in which they were in force.';
