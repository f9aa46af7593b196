"""The `pulumi` that `ktr` puts first on PATH: Pulumi's own, kept from writing this machine's salt into tracked files.

With a passphrase, Pulumi writes a salt into Pulumi.<stack>.yaml. Here a command that reads the configuration gets a
copy of that file beside the state (`--config-file`), and Pulumi takes the salt from the state. Plain settings still
go into the tracked file, secret ones into the copy. Why: docs/adr/0003-salt-outside-tracked-files.md.
"""
