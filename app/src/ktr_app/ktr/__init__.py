"""Pentaho's .ktr format: its model, its faults and a parser that trusts nothing."""
