"""Charlevoix: democracies defend themselves together against foreign interference."""
