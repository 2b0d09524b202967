"""From the bytes that a reader brought to the values of a snapshot: pure functions, the same for every vehicle."""
