//! The course: what the lectures print, printed again ([`reproduce`]), the backward pass by hand ([`ninja`]), and what
//! random numbers and initialisations do, measured ([`fundamentals`]).

pub mod fundamentals;
pub mod ninja;
pub mod reproduce;
