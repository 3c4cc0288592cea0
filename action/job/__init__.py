"""What every step shares: settings, the opened request, hand-over files, outputs, job summaries in Markdown."""
