//! `+ - * /` and negation, on values and plain numbers from both sides.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::graph::{Graph, Id};
use crate::op::Op;
use crate::value::Value;

/// One side of an operator: a value, or a number, which becomes a leaf.
///
/// Subtraction and division are micrograd's: a − b = a + (−b) and a / b = a · b⁻¹, where −b and b⁻¹
/// of a plain number are plain numbers, too.
trait Operand {
    fn place_in(&self, graph: &mut Graph) -> Id;
    fn negated_in(&self, graph: &mut Graph) -> Id;
    fn reciprocal_in(&self, graph: &mut Graph) -> Id;
}

impl Operand for Value {
    fn place_in(&self, _: &mut Graph) -> Id {
        self.place()
    }

    /// −b = b · −1
    fn negated_in(&self, graph: &mut Graph) -> Id {
        let minus_one = graph.leaf(-1.0);
        graph.binary(Op::Mul, self.place(), minus_one)
    }

    fn reciprocal_in(&self, graph: &mut Graph) -> Id {
        graph.unary(Op::Pow(-1.0), self.place())
    }
}

impl Operand for &Value {
    fn place_in(&self, graph: &mut Graph) -> Id {
        (**self).place_in(graph)
    }

    fn negated_in(&self, graph: &mut Graph) -> Id {
        (**self).negated_in(graph)
    }

    fn reciprocal_in(&self, graph: &mut Graph) -> Id {
        (**self).reciprocal_in(graph)
    }
}

impl Operand for f64 {
    fn place_in(&self, graph: &mut Graph) -> Id {
        graph.leaf(*self)
    }

    fn negated_in(&self, graph: &mut Graph) -> Id {
        graph.leaf(-self)
    }

    fn reciprocal_in(&self, graph: &mut Graph) -> Id {
        graph.leaf(self.powf(-1.0))
    }
}

fn add(a: &impl Operand, b: &impl Operand) -> Value {
    Value::build(|graph| {
        let (a, b) = (a.place_in(graph), b.place_in(graph));
        graph.binary(Op::Add, a, b)
    })
}

fn sub(a: &impl Operand, b: &impl Operand) -> Value {
    Value::build(|graph| {
        let (a, b) = (a.place_in(graph), b.negated_in(graph));
        graph.binary(Op::Add, a, b)
    })
}

fn mul(a: &impl Operand, b: &impl Operand) -> Value {
    Value::build(|graph| {
        let (a, b) = (a.place_in(graph), b.place_in(graph));
        graph.binary(Op::Mul, a, b)
    })
}

fn div(a: &impl Operand, b: &impl Operand) -> Value {
    Value::build(|graph| {
        let (a, b) = (a.place_in(graph), b.reciprocal_in(graph));
        graph.binary(Op::Mul, a, b)
    })
}

macro_rules! operator {
    ($Trait:ident, $method:ident, $make:ident: $($A:ty, $B:ty;)*) => {$(
        impl $Trait<$B> for $A {
            type Output = Value;
            fn $method(self, other: $B) -> Value {
                $make(&self, &other)
            }
        }
    )*};
    ($($Trait:ident, $method:ident, $Assign:ident, $assign:ident, $make:ident;)*) => {$(
        operator! { $Trait, $method, $make:
            Value, Value; Value, &Value; &Value, Value; &Value, &Value;
            Value, f64; &Value, f64; f64, Value; f64, &Value;
        }
        impl $Assign<&Value> for Value {
            fn $assign(&mut self, other: &Value) {
                *self = $make(self, &other);
            }
        }
        impl $Assign<Value> for Value {
            fn $assign(&mut self, other: Value) {
                *self = $make(self, &other);
            }
        }
        impl $Assign<f64> for Value {
            fn $assign(&mut self, other: f64) {
                *self = $make(self, &other);
            }
        }
    )*};
}

operator! {
    Add, add, AddAssign, add_assign, add;
    Sub, sub, SubAssign, sub_assign, sub;
    Mul, mul, MulAssign, mul_assign, mul;
    Div, div, DivAssign, div_assign, div;
}

impl Neg for &Value {
    type Output = Value;
    fn neg(self) -> Value {
        Value::build(|graph| self.negated_in(graph))
    }
}

impl Neg for Value {
    type Output = Value;
    fn neg(self) -> Value {
        -&self
    }
}

/// The first plus the second plus the third and so on; 0 for none.
impl Sum for Value {
    fn sum<I: Iterator<Item = Value>>(values: I) -> Value {
        values.reduce(|sum, value| sum + value).unwrap_or_else(|| Value::new(0.0))
    }
}

impl<'a> Sum<&'a Value> for Value {
    fn sum<I: Iterator<Item = &'a Value>>(values: I) -> Value {
        values.cloned().sum()
    }
}
