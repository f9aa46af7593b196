"""Tests of the `ktr` command's pure parts."""
