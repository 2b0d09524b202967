"""What tests of a user's own ride on: the slots they run for, what was read of them, and commands in them."""
