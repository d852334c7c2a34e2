"""`xlfactor serve`: the real xlwings Server with the catalogue, behind limits, in processes that may be stopped.

The web process moves bytes and shows pages; every call is answered in one of the worker processes, by xlwings Server's
own application (worker.py). So parsing a big request never keeps a page or /health waiting, and a call that takes too
long is ended with its process: a thread could not be.
"""
