"""The notice, its versions, and two of them side by side."""
