from vmlab.lab import *
