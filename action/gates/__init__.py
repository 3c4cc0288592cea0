"""Pure rules that nothing may pass by: files, workflow files, secrets, private values, addresses."""
