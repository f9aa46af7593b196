"""The `ktr` command: everything around the Pulumi program that a person or CI asks of the platform."""
