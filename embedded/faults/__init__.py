"""Faults on demand: what the embedded GitHub, Pages, the model and the evaluation server do wrong when told to."""
