"""Who may come in: accounts, sessions in Redis, the sign-in pages and the guard before all others."""
