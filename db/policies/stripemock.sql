-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in stripemock's tables.

GRANT SELECT, INSERT, UPDATE (seq, objects) ON stripemock_account TO bulkhead_stripemock;
GRANT SELECT, INSERT, UPDATE, DELETE ON stripemock_object, stripemock_delivery TO bulkhead_stripemock;
GRANT SELECT, INSERT, DELETE ON stripemock_event TO bulkhead_stripemock;
GRANT SELECT, INSERT, DELETE ON stripemock_meter_event, stripemock_answer TO bulkhead_stripemock;
GRANT UPDATE (is_cancelled) ON stripemock_meter_event TO bulkhead_stripemock;
GRANT UPDATE (status, body) ON stripemock_answer TO bulkhead_stripemock;
