"""Programs that measure what no public exporter does. They need Python alone, and run as they lie here."""
