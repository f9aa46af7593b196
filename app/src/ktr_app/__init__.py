"""KTR: import, inspect and run Pentaho transformations."""
