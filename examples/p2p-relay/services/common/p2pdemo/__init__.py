"""What the services of the demo share: their log, their registration in ZooKeeper, their control socket."""
