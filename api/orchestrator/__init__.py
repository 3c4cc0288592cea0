"""The names that clients of an orchestrator know, mapped onto what there is; docs/clients.md says how."""
