"""The fleet: an organisation's numbers together, and what is measured of them.

Every measure takes a `Moment` (the state at a day's close) and gives one value an organisation, as
columns: a close costs a pass over the numbers, not over their calls.
"""
