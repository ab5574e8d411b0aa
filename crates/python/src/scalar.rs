//! micrograd's `Value`, and the drawn graph.

use std::fmt::Display;

use gradus_scalar::{Trace, Value, nn};
use pyo3::exceptions::{PyTypeError, PyValueError, PyZeroDivisionError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PySet, PyTuple};

/// A number with a gradient, and with the operation and the inputs that made it.
///
/// >>> a, b = Value(2.0), Value(-3.0)
/// >>> c = a * b + 10
/// >>> c.backward()
/// >>> c.data, a.grad, b.grad
/// (4.0, -3.0, 2.0)
///
/// Two values are equal when they are the same node of the graph, not when their numbers are.
#[pyclass(name = "Value", module = "gradus", frozen, subclass, weakref, dict, eq, hash)]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct PyValue(Value);

/// One side of an operator.
pub(crate) enum Operand<'py> {
    Value(Bound<'py, PyValue>),
    Number(f64),
}

impl<'py> FromPyObject<'_, 'py> for Operand<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.cast::<PyValue>() {
            Ok(value) => Ok(Self::Value(value.to_owned())),
            Err(_) => object.extract().map(Self::Number),
        }
    }
}

impl Operand<'_> {
    /// The operand as a node: a number becomes a leaf.
    fn with<R>(&self, f: impl FnOnce(&Value) -> R) -> R {
        match self {
            Self::Value(value) => f(&value.get().0),
            Self::Number(number) => f(&Value::new(*number)),
        }
    }

    fn data(&self) -> f64 {
        match self {
            Self::Value(value) => value.get().0.data(),
            Self::Number(number) => *number,
        }
    }
}

/// Refuses `pow(x, y, z)`, and a power that would be infinite in Python's own words.
fn check_power(base: f64, exponent: f64, modulo: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    if modulo.is_some() {
        return Err(PyTypeError::new_err("pow: a Value has no remainder; leave the third argument out"));
    }
    if base == 0.0 && exponent < 0.0 {
        return Err(PyZeroDivisionError::new_err("0.0 cannot be raised to a negative power"));
    }
    Ok(())
}

fn check_divisor(divisor: f64) -> PyResult<()> {
    if divisor == 0.0 { Err(PyZeroDivisionError::new_err("division by zero")) } else { Ok(()) }
}

#[pymethods]
impl PyValue {
    /// A class made of this one may have an `__init__` of its own, which calls this.
    #[pyo3(signature = (*_arguments, **_keywords))]
    fn __init__(&self, _arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) {}

    #[new]
    #[pyo3(signature = (data, _children = None, _op = "", label = ""))]
    fn new(data: f64, _children: Option<Bound<'_, PyAny>>, _op: &str, label: &str) -> PyResult<Self> {
        if !_op.is_empty() || _children.is_some_and(|children| children.is_truthy().unwrap_or(true)) {
            return Err(PyTypeError::new_err(
                "Value: a value gets its inputs and its operation from +, *, **, tanh and so on, not by hand",
            ));
        }
        let value = Value::new(data);
        if !label.is_empty() {
            value.set_label(label);
        }
        Ok(Self(value))
    }

    /// The number.
    #[getter]
    fn data(&self) -> f64 {
        self.0.data()
    }

    #[setter]
    fn set_data(&self, data: f64) {
        self.0.set_data(data);
    }

    /// The gradient gathered so far: how much the root of the last `backward` changes when this number does.
    #[getter]
    fn grad(&self) -> f64 {
        self.0.grad()
    }

    #[setter]
    fn set_grad(&self, grad: f64) {
        self.0.set_grad(grad);
    }

    /// A name, for drawings and tables.
    #[getter]
    fn label(&self) -> String {
        self.0.label()
    }

    #[setter]
    fn set_label(&self, label: &str) {
        self.0.set_label(label);
    }

    /// The operation that made this value: '+', '*', '**2', 'tanh', …; '' for a number somebody wrote down.
    #[getter]
    fn _op(&self) -> String {
        self.0.op().to_string()
    }

    /// The set of values that the operation was applied to.
    #[getter]
    fn _prev<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PySet>> {
        PySet::new(slf.py(), inputs(slf)?)
    }

    /// What the operation was applied to, left to right: `x * x` has `x` twice.
    #[getter]
    fn inputs<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(slf.py(), inputs(slf)?)
    }

    /// Backpropagation from this value as root: its own gradient becomes 1, and every value under it receives
    /// its own, added to what is there.
    fn backward(&self, py: Python<'_>) {
        py.detach(|| self.0.backward());
    }

    /// This node's own part of backpropagation: its gradient, times the slope of its operation, is added to its
    /// inputs' gradients.
    fn _backward(&self) {
        self.0.step_backward();
    }

    /// Sets the gradients of this value and of every value under it to zero.
    fn zero_grad(&self, py: Python<'_>) {
        py.detach(|| self.0.zero_grad());
    }

    /// Computes every result under this value, and this value, again from the leaves as they are now.
    fn recompute(&self, py: Python<'_>) {
        py.detach(|| self.0.recompute());
    }

    /// max(self, 0); its slope at 0 is 0.
    fn relu(&self) -> Self {
        Self(self.0.relu())
    }

    /// The hyperbolic tangent.
    fn tanh(&self) -> Self {
        Self(self.0.tanh())
    }

    /// e ** self
    fn exp(&self) -> Self {
        Self(self.0.exp())
    }

    /// The natural logarithm: -inf at 0, nan below.
    fn log(&self) -> Self {
        Self(self.0.ln())
    }

    /// 1 / (1 + exp(-self))
    fn sigmoid(&self) -> Self {
        Self(self.0.sigmoid())
    }

    fn __add__(&self, other: Operand<'_>) -> Self {
        Self(other.with(|other| &self.0 + other))
    }

    // micrograd adds and multiplies from the right as from the left.
    fn __radd__(&self, other: Operand<'_>) -> Self {
        self.__add__(other)
    }

    fn __mul__(&self, other: Operand<'_>) -> Self {
        Self(other.with(|other| &self.0 * other))
    }

    fn __rmul__(&self, other: Operand<'_>) -> Self {
        self.__mul__(other)
    }

    fn __sub__(&self, other: Operand<'_>) -> Self {
        Self(match other {
            Operand::Value(other) => &self.0 - &other.get().0,
            Operand::Number(other) => &self.0 - other,
        })
    }

    fn __rsub__(&self, other: Operand<'_>) -> Self {
        Self(other.with(|other| other - &self.0))
    }

    fn __truediv__(&self, other: Operand<'_>) -> PyResult<Self> {
        check_divisor(other.data())?;
        Ok(Self(match other {
            Operand::Value(other) => &self.0 / &other.get().0,
            Operand::Number(other) => &self.0 / other,
        }))
    }

    fn __rtruediv__(&self, other: Operand<'_>) -> PyResult<Self> {
        check_divisor(self.0.data())?;
        Ok(Self(other.with(|other| other / &self.0)))
    }

    fn __pow__(&self, exponent: Operand<'_>, modulo: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        check_power(self.0.data(), exponent.data(), modulo)?;
        Ok(Self(match exponent {
            Operand::Value(exponent) => self.0.pow(&exponent.get().0),
            Operand::Number(exponent) => self.0.powf(exponent),
        }))
    }

    fn __rpow__(&self, base: Operand<'_>, modulo: Option<Bound<'_, PyAny>>) -> PyResult<Self> {
        check_power(base.data(), self.0.data(), modulo)?;
        Ok(Self(base.with(|base| base.pow(&self.0))))
    }

    fn __neg__(&self) -> Self {
        Self(-&self.0)
    }

    fn __float__(&self) -> f64 {
        self.0.data()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        // Python's own digits: 1e-07 and not 1e-7.
        let number = |x: f64| Ok::<_, PyErr>(x.into_pyobject(py)?.repr()?.to_string());
        // micrograd's is a whole 0 until a backward pass adds to it.
        let grad = if self.0.grad() == 0.0 { "0".to_owned() } else { number(self.0.grad())? };
        Ok(format!("Value(data={}, grad={grad})", number(self.0.data())?))
    }
}

/// The inputs of a value, each the same Python object as long as somebody holds it: code that tells values apart by
/// `id`, as micrograd's own drawing does, needs that. Only what was asked for here is kept track of, weakly.
fn inputs<'py>(value: &Bound<'py, PyValue>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    static KNOWN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = value.py();
    let known = KNOWN
        .get_or_try_init(py, || {
            Ok::<_, PyErr>(py.import("weakref")?.getattr("WeakValueDictionary")?.call0()?.unbind())
        })?
        .bind(py);
    known.call_method1("setdefault", (value.get().0.id(), value))?;
    let children = value.get().0.children();
    let object = |child: Value| known.call_method1("setdefault", (child.id(), Bound::new(py, PyValue(child))?));
    children.into_iter().map(object).collect()
}

/// `bias + w₀x₀ + w₁x₁ + …` of values or numbers, and `max(…, 0)` of it where `relu` is true: a neuron in one call.
#[pyfunction]
pub(crate) fn neuron(
    weights: Vec<Operand<'_>>,
    inputs: &Bound<'_, PyAny>,
    bias: Operand<'_>,
    relu: bool,
) -> PyResult<PyValue> {
    let inputs: Vec<Operand<'_>> = inputs.try_iter()?.map(|input| input?.extract()).collect::<PyResult<_>>()?;
    // Numbers become leaves that live until the sum refers to them.
    let leaves: Vec<Option<Value>> = weights.iter().chain(&inputs).chain([&bias]).map(Operand::leaf).collect();
    let nodes: Vec<&Value> =
        weights.iter().chain(&inputs).chain([&bias]).zip(&leaves).map(|(operand, leaf)| operand.node(leaf)).collect();
    let (weights, rest) = nodes.split_at(weights.len());
    let (inputs, bias) = rest.split_at(inputs.len());
    let sum = nn::weighted_sum(weights, inputs, bias[0]).map_err(value_error)?;
    Ok(PyValue(if relu { sum.relu() } else { sum }))
}

impl Operand<'_> {
    fn leaf(&self) -> Option<Value> {
        match self {
            Self::Value(_) => None,
            Self::Number(number) => Some(Value::new(*number)),
        }
    }

    fn node<'a>(&'a self, leaf: &'a Option<Value>) -> &'a Value {
        match (self, leaf) {
            (_, Some(leaf)) => leaf,
            (Self::Value(value), None) => &value.get().0,
            (Self::Number(_), None) => unreachable!("every number has its leaf"),
        }
    }
}

fn value_error(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// A drawn graph. A notebook shows it; `save` writes it to a file.
#[pyclass(module = "gradus", frozen)]
pub(crate) struct Drawing(Trace);

/// Draws the graph under `root`: its numbers as they are now.
#[pyfunction]
pub(crate) fn draw(py: Python<'_>, root: &PyValue) -> Drawing {
    Drawing(py.detach(|| Trace::of(&root.0)))
}

#[pymethods]
impl Drawing {
    /// The picture as SVG.
    fn svg(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.0.to_svg()).map_err(value_error)
    }

    /// The picture as PNG, `scale` pixels to a point.
    #[pyo3(signature = (scale = 2.0))]
    fn png(&self, py: Python<'_>, scale: f32) -> PyResult<Vec<u8>> {
        if !(scale > 0.0 && scale <= 16.0) {
            return Err(value_error(format!("png: a scale of {scale} is not possible; choose one above 0, up to 16")));
        }
        py.detach(|| self.0.to_png(scale)).map_err(value_error)
    }

    /// The graph in Graphviz's DOT language.
    #[getter]
    fn source(&self) -> String {
        self.0.to_dot()
    }

    /// Label, operation, value and gradient of every value, one a line.
    fn table(&self) -> String {
        self.0.table()
    }

    fn _repr_svg_(&self, py: Python<'_>) -> PyResult<String> {
        self.svg(py)
    }

    fn __repr__(&self) -> String {
        format!("<drawing of {} values>", self.0.nodes().len())
    }
}
