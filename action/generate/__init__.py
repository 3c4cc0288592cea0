"""Everything that asks the model: inputs, prompt, candidate, trial, repair loop, restore; and the Generator's task."""
