SELECT register_patch('0260-invited');

COMMENT ON COLUMN account.managed_by_tenant_id IS 'The tenant that registered the person under an earlier version and may know the password; null for everybody else. Such a person joins no other tenant before the password was reset by mail.';
