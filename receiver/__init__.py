"""The door: takes tasks, hands them to GitHub, and says how builds are doing. It keeps no state and imports no box."""
