"""State: what a worker keeps of a partition in Faust's table, so that it is exact whatever dies when."""
