"""One file a migration; each must leave the previous version of the application working."""
