"""The figures, one kind of figure per file."""
