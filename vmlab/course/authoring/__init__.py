"""What an author has: a new lesson's folder, and all that CI would say of it (`vmlab lesson`)."""
