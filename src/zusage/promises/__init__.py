"""Promises prove themselves: probes look at the running system, and say what they found.

What enforces a promise, and which probes look, the policy declares (`promises.toml`).
"""
