"""Grading a whole class: what was handed in, checked with private seeds and told in tables.

intake      files and folders that strangers made: whose program is it, and for which exercise?
work        one program checked, in a process of its own (`child`), which `pool` starts and ends
cluster     the same work on the workers of a Dask cluster
journal     what is graded already: an interrupted run goes on
results     scores, late work, missing work; `tables` and `report` write them
"""
