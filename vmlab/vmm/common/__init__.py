"""What every monitor is built on: the exits it gets, the virtual machine it sees, the run loop."""
