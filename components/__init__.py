"""The platform's components: one concept a file, one ComponentResource each."""
