# SPDX-License-Identifier: Apache-2.0
"""Fills the books of an instance as its services do: through the functions that settle and reserve."""
import uuid

NOBODY = "00000000-0000-0000-0000-000000000000"
KINDS = ["", "chat", "embedding", "rerank", "image", "speech", "transcription", "search", "page", "storage", "training", "run", "moderation"]


def new_id():
    """A UUID of version 7 of now, as acts have it."""
    import os
    import time
    ms = int(time.time() * 1000)
    value = (ms << 80) | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xf << 76) | 7 << 76
    value = value & ~(3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))


class Books:
    """Of one tenant of an instance."""

    def __init__(self, instance, tenant_id):
        self.instance = instance
        self.tenant = tenant_id
        # Partitions are the metering services' to make; a test that runs before them has one for all.
        if not instance.psql("SELECT 1 FROM pg_inherits WHERE inhparent = 'bulkhead.usage_event'::regclass LIMIT 1"):
            instance.psql("SET ROLE bulkhead_owner; CREATE TABLE bulkhead.usage_event_rest PARTITION OF bulkhead.usage_event "
                          "DEFAULT; ALTER TABLE bulkhead.usage_event_rest ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")

    def call(self, statement):
        """A statement in the tenant's context."""
        rows = self.instance.psql(
            f"SELECT set_config('bulkhead.tenant_id', '{self.tenant}', false) IS NULL; {statement}")
        return rows[1:]

    def settle(self, kind="chat", model="m", input=0, cached=0, written=0, output=0, units=0, price=0, key=NOBODY, user=NOBODY,
               team=NOBODY, batch=False, request=None, id=None, known=True):
        """One act; `price` is what a unit of everything costs, in nano-units. Its id."""
        id = id or new_id()
        quantities = [input - cached - written, cached, written, output, units]
        cost = price * sum(quantities)
        one = lambda *values: ", ".join(f"ARRAY['{value}']" for value in values)  # noqa: E731
        number = lambda *values: ", ".join(f"ARRAY[{int(value)}]::bigint[]" for value in values)  # noqa: E731
        uuids = ", ".join(f"ARRAY['{value}']::uuid[]" for value in (id, NOBODY, NOBODY, key, user, key, team))
        self.call(
            f"SELECT bulkhead.meter_settle('{self.tenant}', {uuids}, {one(request or 'f' * 32, kind, model, 'someone', '', 'ok')}, "
            f"{one('reported')}, {number(KINDS.index(kind), 1700000000000, 1700000001000, 0, batch, input, cached, written)}, "
            f"{number(output, units, known, 1, 0, cost)}, ARRAY[{', '.join([str(price * 1000000)] * 5)}]::bigint[], NULL, NULL)")
        return id

    def limit(self, owner, kind, day=None, month=None, total=None):
        values = ", ".join(f"true, {'NULL' if value is None else value}" for value in (day, month, total))
        self.call(f"SELECT bulkhead.meter_limit('{self.tenant}', '{owner}', '{kind}', {values}, NULL)")

    def move_days(self, days):
        """What was used so far was used that many days ago."""
        self.call(f"UPDATE bulkhead.usage_day SET day = day - {days} WHERE tenant_id = '{self.tenant}'; "
                  f"UPDATE bulkhead.usage_event SET arrived_at = arrived_at - interval '{days} days' "
                  f"WHERE tenant_id = '{self.tenant}'")

    def fund(self, amount, priority=1):
        """A credit of so many nano-units; its id."""
        id = str(uuid.uuid4())
        self.call(f"SELECT bulkhead.meter_fund('{self.tenant}', '{id}', -1, -1, {priority}, 'infinity', now(), {amount})")
        return id

    def prepaid(self):
        self.call(f"SELECT bulkhead.meter_prepaid('{self.tenant}', true, NULL)")

    def funds(self):
        """What is left of all credits, what is owed, what of that was repaid."""
        ((remains, owed, repaid),) = self.call(
            "SELECT (SELECT coalesce(sum(r), 0) FROM unnest(remains) AS r), owed, repaid FROM bulkhead.meter_funds "
            f"WHERE tenant_id = '{self.tenant}'")
        return int(remains), int(owed), int(repaid)

    def sums(self):
        """Cost and what credits covered of it: by day, by act, and the cost by owner; the three agree."""
        ((cost, covered),) = self.call(
            f"SELECT sum(cost_nanos), sum(covered_nanos) FROM bulkhead.usage_day WHERE tenant_id = '{self.tenant}'")
        (events,) = self.call(
            f"SELECT sum(cost_nanos), sum(covered_nanos) FROM bulkhead.usage_event WHERE tenant_id = '{self.tenant}'")
        ((spent, days),) = self.call(
            f"SELECT total_spent, (SELECT sum(spent) FROM bulkhead.meter_day WHERE tenant_id = '{self.tenant}' "
            f"AND owner_id = '{self.tenant}') FROM bulkhead.meter_owner WHERE tenant_id = '{self.tenant}' AND id = '{self.tenant}'")
        assert (cost, covered) == tuple(events) and cost == spent == days, (cost, covered, events, spent, days)
        return int(cost), int(covered)
