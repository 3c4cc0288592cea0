"""GitHub, a model, Pagewright and an evaluation server as one system on this machine."""
