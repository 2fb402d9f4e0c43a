"""The checks, by what they look at. Each yields findings and raises nothing."""
