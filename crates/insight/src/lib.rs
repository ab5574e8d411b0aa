//! What a model looks like inside: its layers in numbers, why it says what it says, what fewer digits cost, and a run
//! on one page.

pub mod compare;
pub mod diagnostics;
pub mod digits;
pub mod explain;
pub mod number;
pub mod precision;
pub mod report;
