"""AnnData in h5ad files and in memory, in and out."""
