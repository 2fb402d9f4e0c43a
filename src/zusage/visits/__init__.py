"""Counting visits without keeping visitors: a room of its own, which imports no other and which no other imports.

Only the settings and the addresses join it to the house; nothing in its store can lead to a person.
"""
