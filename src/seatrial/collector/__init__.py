"""The readers that are carried to where the kernel is, and the loader that hands them out (docs/collector.md)."""
