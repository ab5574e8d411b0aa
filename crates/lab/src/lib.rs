//! Recipes, the training loop, recorded runs and checkpoints.

pub mod recipe;
