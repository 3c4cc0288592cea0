"""What asks the model, or takes its place: inputs, prompt, candidate, trial, repair loop, restore, upload."""
