"""Access logs counted and left behind: what a web server wrote becomes counts in which nobody can be found."""
