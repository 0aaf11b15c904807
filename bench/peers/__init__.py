"""The core of the job written for other engines, and measured beside the live path in the same run.

Every peer reads canonical JSON CDRs from a topic, parses and checks them, re-keys them by organisation through
a second topic, and keeps per (organisation, presented number) calls, answered, first and last use in a state that
outlives it. Each is told what to do by `PEER_*` in its environment and speaks as `tell.py` does.
"""
