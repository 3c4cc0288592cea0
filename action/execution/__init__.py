"""Runs a stranger's command behind a fence."""
