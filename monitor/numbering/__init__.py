"""What numbers are made of: the numbering plan, areas, spellings, and what is remembered of those that are shown.

The way of a number from a switch's spelling to E.164 is `monitor/number.py`.
"""
