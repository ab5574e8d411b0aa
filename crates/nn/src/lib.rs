//! Layers, initialisation, losses, optimisers and schedules
