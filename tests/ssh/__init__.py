"""Real OpenSSH servers: a bastion, and hosts that only it can reach."""
