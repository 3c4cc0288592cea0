"""GitHub Actions on localhost: events become runs, and the real act runs their workflows."""
