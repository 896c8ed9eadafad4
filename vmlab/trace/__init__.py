"""Records of runs: the file that holds one. (Events are `core.events`; the player is a session.)"""
