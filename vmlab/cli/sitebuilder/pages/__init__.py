"""Pages that are only text: documents, the gallery, and what the site is made of."""
