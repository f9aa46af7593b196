"""What the integration tests stand on: real deployments of the program on a real engine, and a view of that engine."""
