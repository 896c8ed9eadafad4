"""Records of runs: batches of raw events, recordings and snapshots as files, timelines for
Perfetto. (Events are `core.events`; what plays a file is a session.)
"""
