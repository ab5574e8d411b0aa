//! The floor under the engine: memory, threads, vector mathematics and matrix products
