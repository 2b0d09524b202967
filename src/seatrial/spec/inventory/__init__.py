"""The hosts of a deployment: named in its file, or rows of a table."""
