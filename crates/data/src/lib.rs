//! Data sets, splits, vocabularies and tables
