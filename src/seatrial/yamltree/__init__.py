"""YAML files as trees of texts that know where they stand, read in one way for deployment and compose files."""
