"""One module a figure; each draws Results as a matplotlib figure."""
