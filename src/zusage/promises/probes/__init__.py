"""The probes, a file for each section of the notice."""
