"""The comparison: what each technique counts for the same small operations of the same guest."""
