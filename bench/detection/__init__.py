"""How well carousels are told from honest fleets, measured on simulated traffic.

Every figure is of simulations, written by the same people as the detector: no public set of call
records with labelled rotation is known.
"""
