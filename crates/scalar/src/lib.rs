//! Automatic differentiation, one number at a time, and the drawn graph
