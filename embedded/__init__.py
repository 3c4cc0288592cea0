"""GitHub on this machine: the parts that Pagewright needs, for demos and tests."""
