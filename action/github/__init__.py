"""Everything that is said to GitHub, over REST or git, and what its answers mean. No policy, no files of ours."""
