//! `+ - * /` and negation, on values and plain numbers from both sides.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::graph::{Graph, Id};
use crate::op::Op;
use crate::value::Value;

// What each operator builds. Subtraction and division are micrograd's compositions.

fn add(graph: &mut Graph, a: Id, b: Id) -> Id {
    graph.binary(Op::Add, a, b)
}

fn mul(graph: &mut Graph, a: Id, b: Id) -> Id {
    graph.binary(Op::Mul, a, b)
}

/// −a = a · −1
fn neg(graph: &mut Graph, a: Id) -> Id {
    let minus_one = graph.leaf(-1.0);
    graph.binary(Op::Mul, a, minus_one)
}

/// a − b = a + (−b)
fn sub(graph: &mut Graph, a: Id, b: Id) -> Id {
    let negated = neg(graph, b);
    graph.binary(Op::Add, a, negated)
}

/// a / b = a · b⁻¹
fn div(graph: &mut Graph, a: Id, b: Id) -> Id {
    let reciprocal = graph.unary(Op::Pow(-1.0), b);
    graph.binary(Op::Mul, a, reciprocal)
}

/// One side of an operator: a value, or a number that becomes a leaf.
trait Operand {
    fn place_in(&self, graph: &mut Graph) -> Id;
}

impl Operand for Value {
    fn place_in(&self, _: &mut Graph) -> Id {
        self.place()
    }
}

impl Operand for &Value {
    fn place_in(&self, _: &mut Graph) -> Id {
        self.place()
    }
}

impl Operand for f64 {
    fn place_in(&self, graph: &mut Graph) -> Id {
        graph.leaf(*self)
    }
}

fn apply<A: Operand, B: Operand>(make: fn(&mut Graph, Id, Id) -> Id, a: &A, b: &B) -> Value {
    Value::build(|graph| {
        let a = a.place_in(graph);
        let b = b.place_in(graph);
        make(graph, a, b)
    })
}

macro_rules! operator {
    ($Trait:ident, $method:ident, $make:ident: $($A:ty, $B:ty;)*) => {$(
        impl $Trait<$B> for $A {
            type Output = Value;
            fn $method(self, other: $B) -> Value {
                apply($make, &self, &other)
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
                *self = apply($make, self, other);
            }
        }
        impl $Assign<Value> for Value {
            fn $assign(&mut self, other: Value) {
                *self = apply($make, self, &other);
            }
        }
        impl $Assign<f64> for Value {
            fn $assign(&mut self, other: f64) {
                *self = apply($make, self, &other);
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
        Value::build(|graph| neg(graph, self.place()))
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
