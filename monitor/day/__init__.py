"""A day: what is counted of its calls, as frames that are summed by key in any order.

`counting.py` works out once what all of them count; a sheet (`sheet.py`) holds a day's frames together.
"""
