"""The page: a local one in the browser, on which a file becomes calls that can be looked at and changed.

`mounting` puts it on the server's application. A visit (`visit`) is one browser tab: its files, its questions
and the clerk (`clerk`), a process of its own that answers them by the functions of `desk`. Views show plain
values and compute nothing.
"""
