"""Rules before they run: the cells that thresholds cut, and the search for one among them."""
