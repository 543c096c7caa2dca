"""Parquet, Feather and tables of pyarrow, in and out."""
