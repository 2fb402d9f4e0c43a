"""Papers: tagged PDF for people to read, print and keep. Pure: data goes in, bytes come out; nothing is stored or sent.

Its door to the other rooms is `zusage.papers.api`, imported as ``papers``.
"""
