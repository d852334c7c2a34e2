"""Cells, labelled tables and arrays: the only package that parses cells and dates, aligns and reindexes."""
