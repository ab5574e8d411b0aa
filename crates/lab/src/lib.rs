//! Recipes, the training loop, recorded runs and checkpoints
