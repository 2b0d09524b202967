"""Which containers fill which slots of a deployment."""
