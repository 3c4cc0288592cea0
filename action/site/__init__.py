"""What one commit of a target repository consists of, and the bundle that carries it between jobs."""
