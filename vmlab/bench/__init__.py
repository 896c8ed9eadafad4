"""How fast the engines are here, beside each other and beside other emulators.

    for row in vmlab.bench.rows(["sieve"], rounds=3):
        print(row)

It is a generator without threads or output of its own, so that a page can run it in its worker.
"""

from vmlab.bench.measure import Row, engines_here, rows
from vmlab.bench.peers import Absent, Peer, peers_here

__all__ = ["Absent", "Peer", "Row", "engines_here", "peers_here", "rows"]
