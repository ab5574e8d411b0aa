//! One file a model, each reading like its paper
