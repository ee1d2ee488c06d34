#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Helm chart: held against the program's tables, and against a real API server.

usage: run.py [unittest arguments]

Needs what `tools.py` builds; a test whose program is absent says so and is skipped.
"""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lib")]

from test_chart import Chart, Files, Network, Pods, Refused, Settings  # noqa: E402, F401
from test_pod import Started  # noqa: E402, F401
from test_server import Server  # noqa: E402, F401

if __name__ == "__main__":
    unittest.main(verbosity=1)
