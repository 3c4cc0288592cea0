"""Writes how many trains and stops there are."""

import json
from pathlib import Path

data = Path(__file__).parents[1] / "data"
trains = json.loads((data / "trains.json").read_text())
counted = {"trains": len(trains), "stops": sum(train["stops"] for train in trains)}
(data / "stops.json").write_text(json.dumps(counted))
