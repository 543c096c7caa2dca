"""The atlas: figures of what a time course looks like, a family a module; statistics are in `exploration`."""
