"""The verbs of the registers: each writes what it changes, and its history, in one transaction."""
