"""Where Faust stands in the way: each way around it has a test that tells when it is no longer needed."""
