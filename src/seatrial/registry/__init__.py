"""What the instances of a deployment registered about themselves."""
