"""Checks that no train takes too long."""

import json
import sys
from pathlib import Path

LIMIT = int("${limit}")
trains = json.loads((Path(__file__).parents[1] / "data" / "trains.json").read_text())
for train in trains:
    print(train["line"], train["minutes"])
sys.exit(any(train["minutes"] > LIMIT for train in trains))
