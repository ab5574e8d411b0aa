//! Where the nodes live: one table for the whole process, behind one lock.
//!
//! A [`Value`](crate::Value) is a number into this table. A node stays while a handle or another
//! node refers to it (the table counts both); when the last reference goes, the node's place is
//! free for the next one, and so on down the graph. The steps over the graph (ordering, backward,
//! freeing) keep their own stack, so a chain of a million nodes is as good as one of three.
//!
//! Why a table and not a reference-counted allocation a node: making, ordering, differentiating and
//! freeing a node then costs tens of nanoseconds instead of hundreds, without `unsafe`. Why one
//! table behind a lock and not one a thread: values may then be sent to other threads and shared,
//! which a Python interpreter (whose collector runs on any thread) and a server need. The lock costs
//! about ten nanoseconds when nobody else holds it; a layer of neurons takes it once. Threads that
//! build graphs at the same time take turns: two are as fast as one, not faster.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::op::Op;

/// A node's place in the table.
pub(crate) type Id = u32;

/// So many free places (12 MB) are kept for the next graph; beyond them, memory goes back to the
/// system.
const KEPT_PLACES: usize = 1 << 18;

/// How far an ordering walk has come with a node.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Unseen,
    Open,
    Done,
}

struct Node {
    data: f64,
    grad: f64,
    op: Op,
    /// The first `op.inputs()` of them count.
    inputs: [Id; 2],
    /// Handles and nodes that refer to this one; 0 where the place is free.
    references: u32,
    mark: Mark,
    labelled: bool,
}

impl Node {
    fn inputs(&self) -> &[Id] {
        &self.inputs[..self.op.inputs()]
    }
}

/// The table of nodes.
pub(crate) struct Graph {
    nodes: Vec<Node>,
    free: Vec<Id>,
    labels: BTreeMap<Id, Box<str>>,
    /// Working space of the walks, kept between them.
    stack: Vec<Id>,
    order: Vec<Id>,
}

static GRAPH: Mutex<Graph> = Mutex::new(Graph::new());

/// The table, locked. No [`Value`](crate::Value) may be cloned or dropped while it is held.
pub(crate) fn graph() -> MutexGuard<'static, Graph> {
    GRAPH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many nodes the whole process holds at the moment: a program that lets go of its graphs sees
/// it fall back.
pub fn living_nodes() -> usize {
    let graph = graph();
    graph.nodes.len() - graph.free.len()
}

impl Graph {
    const fn new() -> Self {
        Self { nodes: Vec::new(), free: Vec::new(), labels: BTreeMap::new(), stack: Vec::new(), order: Vec::new() }
    }

    /// A new leaf, not yet referred to.
    pub(crate) fn leaf(&mut self, data: f64) -> Id {
        self.place(data, Op::Leaf, [0, 0])
    }

    /// The result of an operation on one node, not yet referred to.
    pub(crate) fn unary(&mut self, op: Op, x: Id) -> Id {
        debug_assert_eq!(op.inputs(), 1);
        let data = op.forward(self.data(x), 0.0);
        self.retain(x);
        self.place(data, op, [x, x])
    }

    /// The result of an operation on two nodes, not yet referred to.
    pub(crate) fn binary(&mut self, op: Op, x: Id, y: Id) -> Id {
        debug_assert_eq!(op.inputs(), 2);
        let data = op.forward(self.data(x), self.data(y));
        self.retain(x);
        self.retain(y);
        self.place(data, op, [x, y])
    }

    fn place(&mut self, data: f64, op: Op, inputs: [Id; 2]) -> Id {
        let node = Node { data, grad: 0.0, op, inputs, references: 0, mark: Mark::Unseen, labelled: false };
        match self.free.pop() {
            Some(id) => {
                self.nodes[id as usize] = node;
                id
            }
            None => {
                let id = Id::try_from(self.nodes.len()).expect("a graph has at most 2³² nodes");
                self.nodes.push(node);
                id
            }
        }
    }

    /// One more reference to a node.
    #[inline]
    pub(crate) fn retain(&mut self, id: Id) {
        let references = &mut self.nodes[id as usize].references;
        *references = references.checked_add(1).expect("a node is referred to at most 2³² times");
    }

    /// One reference less; the nodes that nothing refers to any more are freed.
    pub(crate) fn release(&mut self, id: Id) {
        if self.unreferenced(id) {
            self.free_from(id);
        }
    }

    /// Counts one reference less and tells whether it was the last.
    #[inline]
    fn unreferenced(&mut self, id: Id) -> bool {
        let references = &mut self.nodes[id as usize].references;
        *references -= 1;
        *references == 0
    }

    fn free_from(&mut self, id: Id) {
        let free_before = self.free.len();
        let mut stack = std::mem::take(&mut self.stack);
        stack.push(id);
        while let Some(id) = stack.pop() {
            let node = &self.nodes[id as usize];
            let (count, inputs) = (node.op.inputs(), node.inputs);
            if node.labelled {
                self.labels.remove(&id);
            }
            self.free.push(id);
            for &input in &inputs[..count] {
                if self.unreferenced(input) {
                    stack.push(input);
                }
            }
        }
        self.stack = stack;
        if self.free.len() - free_before > KEPT_PLACES {
            self.shrink();
        }
    }

    /// Gives the memory behind the last node in use back to the system.
    fn shrink(&mut self) {
        let used = self.nodes.iter().rposition(|node| node.references > 0);
        let end = used.map_or(0, |last| last + 1);
        self.nodes.truncate(end);
        self.nodes.shrink_to(KEPT_PLACES);
        self.free.retain(|&id| (id as usize) < end);
        self.free.shrink_to(KEPT_PLACES);
        self.stack.shrink_to(KEPT_PLACES);
        self.order.clear();
        self.order.shrink_to(KEPT_PLACES);
    }

    #[inline]
    pub(crate) fn data(&self, id: Id) -> f64 {
        self.nodes[id as usize].data
    }

    pub(crate) fn set_data(&mut self, id: Id, data: f64) {
        self.nodes[id as usize].data = data;
    }

    pub(crate) fn grad(&self, id: Id) -> f64 {
        self.nodes[id as usize].grad
    }

    pub(crate) fn set_grad(&mut self, id: Id, grad: f64) {
        self.nodes[id as usize].grad = grad;
    }

    pub(crate) fn op(&self, id: Id) -> Op {
        self.nodes[id as usize].op
    }

    pub(crate) fn inputs(&self, id: Id) -> &[Id] {
        self.nodes[id as usize].inputs()
    }

    pub(crate) fn label(&self, id: Id) -> &str {
        self.labels.get(&id).map_or("", |label| label)
    }

    pub(crate) fn set_label(&mut self, id: Id, label: &str) {
        let labelled = !label.is_empty();
        self.nodes[id as usize].labelled = labelled;
        if labelled {
            self.labels.insert(id, label.into());
        } else {
            self.labels.remove(&id);
        }
    }

    /// Every node that `root` depends on and `root` itself, each once, inputs before results: the
    /// order in which a depth-first walk that takes the left input first leaves the nodes.
    pub(crate) fn topological(&mut self, root: Id) -> Vec<Id> {
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        self.stack.push(root);
        while let Some(&id) = self.stack.last() {
            let node = &mut self.nodes[id as usize];
            match node.mark {
                Mark::Unseen => {
                    node.mark = Mark::Open;
                    let (count, inputs) = (node.op.inputs(), node.inputs);
                    for &input in inputs[..count].iter().rev() {
                        if self.nodes[input as usize].mark == Mark::Unseen {
                            self.stack.push(input);
                        }
                    }
                }
                Mark::Open => {
                    node.mark = Mark::Done;
                    order.push(id);
                    self.stack.pop();
                }
                // Reached along two ways, and done by the other.
                Mark::Done => {
                    self.stack.pop();
                }
            }
        }
        for &id in &order {
            self.nodes[id as usize].mark = Mark::Unseen;
        }
        order
    }

    /// Hands a finished order's memory back for the next walk.
    fn recycle(&mut self, order: Vec<Id>) {
        self.order = order;
    }

    /// ∂root/∂node for every node under `root`, added to the gradients already there.
    pub(crate) fn backward(&mut self, root: Id) {
        let order = self.topological(root);
        self.set_grad(root, 1.0);
        for &id in order.iter().rev() {
            self.step_backward(id);
        }
        self.recycle(order);
    }

    /// One node's part of [`backward`](Self::backward).
    #[inline]
    pub(crate) fn step_backward(&mut self, id: Id) {
        let node = &self.nodes[id as usize];
        let (op, [x, y], out, g) = (node.op, node.inputs, node.data, node.grad);
        let inputs = op.inputs();
        if inputs == 0 {
            return;
        }
        let (gx, gy) = op.backward(self.data(x), self.data(y), out, g);
        self.nodes[x as usize].grad += gx;
        if inputs == 2 {
            self.nodes[y as usize].grad += gy;
        }
    }

    /// Sets the gradient of every node under `root` to zero.
    pub(crate) fn zero_grad(&mut self, root: Id) {
        let order = self.topological(root);
        for &id in &order {
            self.set_grad(id, 0.0);
        }
        self.recycle(order);
    }

    /// Computes every result under `root` again from the leaves as they are now.
    pub(crate) fn recompute(&mut self, root: Id) {
        let order = self.topological(root);
        for &id in &order {
            let node = &self.nodes[id as usize];
            let (op, [x, y]) = (node.op, node.inputs);
            if op != Op::Leaf {
                let data = op.forward(self.data(x), self.data(y));
                self.set_data(id, data);
            }
        }
        self.recycle(order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `length` additions one after the other, the last one referred to from outside.
    fn chain(graph: &mut Graph, length: usize) -> Id {
        let mut id = graph.leaf(1.0);
        for _ in 0..length {
            let one = graph.leaf(1.0);
            id = graph.binary(Op::Add, id, one);
        }
        graph.retain(id);
        id
    }

    #[test]
    fn places_are_used_again() {
        let mut graph = Graph::new();
        for _ in 0..10 {
            let root = chain(&mut graph, 100);
            graph.set_label(root, "root");
            graph.backward(root);
            graph.release(root);
            assert_eq!((graph.nodes.len(), graph.free.len()), (201, 201));
            assert!(graph.labels.is_empty());
        }
    }

    #[test]
    fn a_node_in_use_stays() {
        let mut graph = Graph::new();
        let root = chain(&mut graph, 3);
        let before = graph.inputs(root)[0];
        graph.retain(before);
        graph.release(root);
        assert_eq!(graph.free.len(), 2);
        assert_eq!(graph.data(before), 3.0);
        assert_eq!(graph.topological(before).len(), 5);
        graph.release(before);
        assert_eq!(graph.free.len(), graph.nodes.len());
    }

    #[test]
    fn the_memory_of_a_large_graph_goes_back() {
        let mut graph = Graph::new();
        let kept = chain(&mut graph, 10);
        let large = chain(&mut graph, 2 * KEPT_PLACES);
        graph.backward(large);
        graph.release(large);
        assert_eq!((graph.nodes.len(), graph.free.len()), (21, 0));
        assert!(graph.nodes.capacity() <= KEPT_PLACES);
        assert!(graph.stack.capacity() <= KEPT_PLACES && graph.order.capacity() <= KEPT_PLACES);
        assert_eq!(graph.data(kept), 11.0);
    }
}
