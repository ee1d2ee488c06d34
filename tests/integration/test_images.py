# SPDX-License-Identifier: Apache-2.0
"""The Images API."""
import unittest

import openai

from base import PlatformTest, main


class Variations(PlatformTest):
    def test_they_are_not_offered(self):
        with self.assertRaises(openai.NotFoundError) as told:
            self.acme().client().images.create_variation(image=("cat.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100000, "image/png"))
        self.assertIn("/v1/images/edits", told.exception.message)
        self.refused(self.acme().call("POST", "/v1/images/variations"), 404, "not_found", None)


if __name__ == "__main__":
    main()
