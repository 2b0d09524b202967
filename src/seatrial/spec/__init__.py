"""What should be: the deployment file, as values."""
