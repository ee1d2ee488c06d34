-- SPDX-License-Identifier: Apache-2.0
-- Who may do what in hello's tables.

GRANT SELECT, INSERT, UPDATE (text), DELETE ON greeting TO bulkhead_hello;
