# SPDX-License-Identifier: Apache-2.0
"""The data of released versions, which scripts/schema_fixture.py keeps and tests/integration/test_fixtures.py migrates."""
import os

from instance import MOCK_EMBED, REAL_EMBED, ROOT

FOLDER = os.path.join(ROOT, "tests/fixtures/schema")
NAME = "Northwind Demo"
QUESTION = "batteries"
SELLER = {"billing_seller_name": "Bulkhead Hosting GmbH", "billing_seller_address": "Am Deich 1 / 20457 Hamburg",
          "billing_seller_country": "DE"}

# Tables whose rows nothing removes or adds while the platform only starts.
COUNTED = ("api_key", "chat", "chat_turn", "chunk", "file", "invoice", "invoice_line", "ledger_entry", "ledger_line", "membership",
           "posting", "response", "response_item", "team", "usage_day", "usage_event", "vector_store", "vector_store_file")


def add_embedding(platform):
    """The platform's embedding model, answered by the scripted upstream."""
    platform.cli("model", "add", REAL_EMBED, "--url", platform.mock.url + "/v1", "--upstream-model", MOCK_EMBED, "--kind",
                 "embedding", "--context", "256", "--dimensions", "384", "--no-probe", "--price-in", "0")
