//! The value: a number that remembers where it came from.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::graph::{Graph, Id, graph};
use crate::op::Op;

/// A number with a gradient, and with the operation and the inputs that made it.
///
/// A `Value` is a small handle: cloning it gives another handle to the same node, and `==` asks
/// whether two handles mean the same node, not whether two numbers are equal. A node lives as long
/// as a handle or a result computed from it. Handles can be sent to and shared between threads.
///
/// ```
/// use gradus_scalar::Value;
///
/// // L = (a·b + c)·f, and how L changes with each of them
/// let a = Value::new(2.0).with_label("a");
/// let b = Value::new(-3.0).with_label("b");
/// let c = Value::new(10.0).with_label("c");
/// let f = Value::new(-2.0).with_label("f");
/// let l = (&a * &b + &c) * &f;
/// assert_eq!(l.data(), -8.0);
///
/// l.backward();
/// assert_eq!([a.grad(), b.grad(), c.grad(), f.grad()], [6.0, -4.0, -2.0, 4.0]);
///
/// // one small step along the gradient raises L
/// for leaf in [&a, &b, &c, &f] {
///     leaf.set_data(leaf.data() + 0.01 * leaf.grad());
/// }
/// l.recompute();
/// assert_eq!(format!("{:.6}", l.data()), "-7.286496");
/// ```
pub struct Value {
    id: Id,
}

impl Value {
    /// A leaf: a number somebody wrote down.
    pub fn new(data: f64) -> Self {
        let mut graph = graph();
        let id = graph.leaf(data);
        Self::refer(&mut graph, id)
    }

    /// The number.
    pub fn data(&self) -> f64 {
        graph().data(self.id)
    }

    /// Sets the number of this node alone; [`recompute`](Self::recompute) carries it on to the
    /// results.
    pub fn set_data(&self, data: f64) {
        graph().set_data(self.id, data);
    }

    /// The gradient gathered so far: how much the root of the last [`backward`](Self::backward)
    /// changes when this number does.
    pub fn grad(&self) -> f64 {
        graph().grad(self.id)
    }

    /// Sets the gradient by hand.
    pub fn set_grad(&self, grad: f64) {
        graph().set_grad(self.id, grad);
    }

    /// The label, empty if there is none.
    pub fn label(&self) -> String {
        graph().label(self.id).to_owned()
    }

    /// Names the value, for drawings and tables; an empty text takes the name away.
    pub fn set_label(&self, label: &str) {
        graph().set_label(self.id, label);
    }

    /// The value itself, named.
    #[must_use]
    pub fn with_label(self, label: &str) -> Self {
        self.set_label(label);
        self
    }

    /// The operation that made this value.
    pub fn op(&self) -> Op {
        graph().op(self.id)
    }

    /// What the operation was applied to, left to right: as many as [`Op::inputs`] says, so `x * x`
    /// has `x` twice.
    pub fn children(&self) -> Vec<Value> {
        let mut graph = graph();
        let inputs = graph.inputs(self.id).to_vec();
        Self::refer_all(&mut graph, inputs)
    }

    /// A number that no other living value has; a freed value's number may be given again.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Every value that this one depends on and this one itself, each once, inputs before results:
    /// the order in which `backward` runs, reversed.
    pub fn topological(&self) -> Vec<Value> {
        let mut graph = graph();
        let order = graph.topological(self.id);
        Self::refer_all(&mut graph, order)
    }

    /// Backpropagation from this value as root: its own gradient becomes 1, and every value under
    /// it receives ∂root/∂value.
    ///
    /// Gradients add up, over several uses of a value and over several calls. That holds for the
    /// results in between, too, as in micrograd: before running `backward` a second time through
    /// the same graph, call [`zero_grad`](Self::zero_grad) on the root.
    ///
    /// ```
    /// use gradus_scalar::Value;
    ///
    /// let (x, y) = (Value::new(2.0), Value::new(3.0));
    /// let z = &x * &x * &y;
    /// z.backward();
    /// assert_eq!((x.grad(), y.grad()), (12.0, 4.0));
    /// ```
    pub fn backward(&self) {
        graph().backward(self.id);
    }

    /// Runs this node's own part of backpropagation: its gradient, times the slope of its
    /// operation, is added to its inputs' gradients.
    ///
    /// ```
    /// use gradus_scalar::Value;
    ///
    /// // a neuron, backwards by hand
    /// let (x1, x2) = (Value::new(2.0), Value::new(0.0));
    /// let (w1, w2) = (Value::new(-3.0), Value::new(1.0));
    /// let b = Value::new(6.881_373_587_019_543);
    /// let x1w1 = &x1 * &w1;
    /// let x2w2 = &x2 * &w2;
    /// let sum = &x1w1 + &x2w2;
    /// let n = &sum + &b;
    /// let o = n.tanh();
    ///
    /// o.set_grad(1.0);
    /// for node in [&o, &n, &b, &sum, &x2w2, &x1w1] {
    ///     node.step_backward();
    /// }
    /// let rounded = |v: &Value| (v.grad() * 1e9).round() / 1e9;
    /// assert_eq!([&x1, &w1, &x2, &w2].map(rounded), [-1.5, 1.0, 0.5, 0.0]);
    /// ```
    pub fn step_backward(&self) {
        graph().step_backward(self.id);
    }

    /// Sets the gradient of this value and of every value under it to zero.
    pub fn zero_grad(&self) {
        graph().zero_grad(self.id);
    }

    /// Computes every result under this value, and this value, again from the leaves as they are
    /// now. Gradients stay as they are.
    pub fn recompute(&self) {
        graph().recompute(self.id);
    }

    /// `self ** exponent` with a plain number as exponent.
    #[must_use]
    pub fn powf(&self, exponent: f64) -> Value {
        self.unary(Op::Pow(exponent))
    }

    /// `self ** exponent` where the exponent has a gradient, too. A negative base has no real
    /// logarithm, so the gradient of its exponent is NaN.
    #[must_use]
    pub fn pow(&self, exponent: &Value) -> Value {
        self.binary(Op::Power, exponent)
    }

    /// `e ** self`
    #[must_use]
    pub fn exp(&self) -> Value {
        self.unary(Op::Exp)
    }

    /// The natural logarithm: −∞ at 0, NaN below.
    #[must_use]
    pub fn ln(&self) -> Value {
        self.unary(Op::Ln)
    }

    /// The hyperbolic tangent.
    #[must_use]
    pub fn tanh(&self) -> Value {
        self.unary(Op::Tanh)
    }

    /// `1 / (1 + exp(-self))`
    #[must_use]
    pub fn sigmoid(&self) -> Value {
        self.unary(Op::Sigmoid)
    }

    /// `max(self, 0)`; its slope at 0 is 0.
    #[must_use]
    pub fn relu(&self) -> Value {
        self.unary(Op::Relu)
    }

    /// A new handle to a node.
    pub(crate) fn refer(graph: &mut Graph, id: Id) -> Self {
        graph.retain(id);
        Self { id }
    }

    /// New handles to nodes.
    pub(crate) fn refer_all(graph: &mut Graph, ids: Vec<Id>) -> Vec<Self> {
        ids.into_iter().map(|id| Self::refer(graph, id)).collect()
    }

    /// The node's place in the table.
    pub(crate) fn place(&self) -> Id {
        self.id
    }

    pub(crate) fn unary(&self, op: Op) -> Value {
        let mut graph = graph();
        let id = graph.unary(op, self.id);
        Self::refer(&mut graph, id)
    }

    pub(crate) fn binary(&self, op: Op, other: &Value) -> Value {
        let mut graph = graph();
        let id = graph.binary(op, self.id, other.id);
        Self::refer(&mut graph, id)
    }

    /// A result built of several nodes, made under one lock.
    pub(crate) fn build(make: impl FnOnce(&mut Graph) -> Id) -> Value {
        let mut graph = graph();
        let id = make(&mut graph);
        Self::refer(&mut graph, id)
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self::refer(&mut graph(), self.id)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        graph().release(self.id);
    }
}

/// Two handles are equal when they mean the same node.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl From<f64> for Value {
    fn from(data: f64) -> Self {
        Self::new(data)
    }
}

/// `Value(data=-4.0, grad=0.0)`, as micrograd prints it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value(data={:?}, grad={:?})", self.data(), self.grad())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
