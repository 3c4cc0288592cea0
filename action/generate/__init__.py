"""Everything that asks the model: inputs, prompt, candidate, trial, repair loop, restore, what others bring; and the Generator's task."""
