"""Decisions from values and time. Pure: no Django, no clock, no network, no files.

What people type goes in, what the system keeps comes out, or `problems.Problem` with a code that the web room
has words for.
"""
