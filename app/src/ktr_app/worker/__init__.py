"""`ktr-app worker`: runs what is due, one worker at a time."""
