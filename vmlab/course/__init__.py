"""Lessons: what they are and where they stand. They drive `vmlab.session` like everybody else."""
