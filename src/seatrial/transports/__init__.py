"""Reaching the world: the only code that does I/O, beside the collector that it carries."""
