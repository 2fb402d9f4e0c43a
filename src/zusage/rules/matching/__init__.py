"""Which file a message belongs to: names and addresses made comparable, agreement weighed, and a guard after the score.

Pure, like all rules: whoever looks for candidates opens them elsewhere and hands them in (`decide.File`).
"""
