"""The Python end of the page: runs inside the site's worker and nowhere else."""
