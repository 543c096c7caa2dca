"""The desk: what is worked out for a visitor, in a process of its own; functions of a question.

Answers are plain values: they go through a pipe to the process that shows them. What takes time is kept by
the process (`culture`), so that a second question about the same culture is answered at once, and the same
answer comes from a process that was never asked before.
"""
