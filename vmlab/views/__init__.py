"""Pure views: a snapshot goes in, frozen rows come out, and a text twin made from the same rows.

A view knows nothing of Panel, of a browser or of a terminal. The screens draw its rows, graders
and the command line print its text, and both say the same thing because there is one source.
"""
