"""Doubtful ballots of device polls: found by what they have in common, reviewed, decided in the open.

Nothing here refuses a ballot. Ballots that look like the work of one hand are held (待核查), told to
everybody as entries of the ledger, and count unless people exclude them.
"""

# What a ballot's sending looked like, one bit each; the names are those of `voting/brakes.py`.
SIGNALS = {
    "no_script": 1,
    "no_work": 2,
    "fast": 4,
    "honeypot": 8,
    "over_address": 16,
    "over_network": 32,
    "burst": 64,
}
# The names under which groups of held ballots are made public; nothing finer ever is.
BURST, ADDRESS, NETWORK, ALIKE, PROGRAM = "burst", "address", "network", "alike", "program"
RULES = (BURST, ADDRESS, NETWORK, ALIKE, PROGRAM)
