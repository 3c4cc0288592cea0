"""Generator, Evaluator and whoever sends feedback: what they say, and how a build comes of it."""
