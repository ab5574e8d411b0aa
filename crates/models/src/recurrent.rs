//! Recurrent networks: a state that is carried along a text and changed by every symbol (makemore's forms).
//!
//! What changes the state is a [`Cell`]: [`crate::rnn`], [`crate::gru`], [`crate::lstm`]. Everything around it is here: symbols are looked up in a
//! table, the state starts as a learned vector, and an output layer gives, at every place, one logit for each possible
//! next symbol.

use crate::language::{Form, LanguageModel, Reader, check, rows_at};
use gradus_nn::init::Init;
use gradus_nn::{Embedding, Linear, Module, Param, Part, Parts};
use gradus_tensor::random::Generator;
use gradus_tensor::{Error, Result, Tensor, no_grad, probe};

/// The sizes of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentConfig {
    /// Number of different symbols.
    pub vocabulary: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Length of the state.
    pub hidden: usize,
}

/// What a recurrent network does with its state.
pub trait Cell: Parts + Part + Send + Sync {
    /// A cell for inputs of `input` numbers and states of `hidden`, with PyTorch's initial weights.
    ///
    /// # Errors
    /// When the sizes are impossible.
    fn new(input: usize, hidden: usize, rng: &mut Generator) -> Result<Self>
    where
        Self: Sized;

    /// Its layers by name, each from input and state side by side `[..., C + H]` to as many numbers as the state has.
    fn gates(&self) -> Vec<(&'static str, &Linear)>;

    /// What it remembers at the beginning, the state `[B, H]` first.
    fn begin(&self, start: Tensor) -> Vec<Tensor> {
        vec![start]
    }

    /// One step, as the paper has it: from an input `[B, C]` and what it remembers to what it remembers then.
    ///
    /// # Errors
    /// When the shapes do not fit.
    fn step(&self, x: &Tensor, memory: &[Tensor]) -> Result<Vec<Tensor>>;

    /// All steps in one operation: the states `[T, B, H]` and, where there are any, the gates `[T, B, gates·H]`. From what
    /// the inputs bring to the gates `[T, B, gates·H]`, the weights from state to gates `[H, gates·H]`, and the first
    /// state `[B, H]`.
    ///
    /// # Errors
    /// When the shapes do not fit.
    fn sequence(&self, brought: &Tensor, weight: &Tensor, start: &Tensor) -> Result<(Tensor, Option<Tensor>)>;
}

/// A recurrent network.
#[derive(Module)]
#[module(kind = self.cell.kind().trim_end_matches("Cell"))]
pub struct Recurrent<C: Cell> {
    #[module(skip)]
    config: RecurrentConfig,
    /// The first state, `[1, H]`.
    start: Param,
    embedding: Embedding,
    cell: C,
    output: Linear,
}

impl<C: Cell> Recurrent<C> {
    /// A model with PyTorch's initial weights, drawn from `rng` in the order table, cell, output; the first state is 0.
    ///
    /// # Errors
    /// When the sizes are impossible.
    pub fn new(config: RecurrentConfig, rng: &mut Generator) -> Result<Recurrent<C>> {
        let RecurrentConfig { vocabulary, embedding, hidden } = config;
        Ok(Recurrent {
            start: Param::new(Tensor::zeros(&[1, hidden])),
            embedding: Embedding::new(vocabulary, embedding, Init::Normal(1.0), rng)?,
            cell: C::new(embedding, hidden, rng)?,
            output: Linear::like_pytorch(hidden, vocabulary, true, rng)?,
            config,
        })
    }

    /// The sizes it was made with.
    pub fn config(&self) -> &RecurrentConfig {
        &self.config
    }

    /// What changes the state.
    pub fn cell(&self) -> &C {
        &self.cell
    }

    fn start(&self, batch: usize) -> Result<Tensor> {
        self.start.value().expand(&[batch, self.config.hidden])
    }
}

/// The states `[T, B, H]` of `cell` as it reads symbols `[B, T]`, beginning with the state `start [B, H]`. A probe sees the
/// symbols' vectors, the gates, and the states as `[B, T, H]`.
pub(crate) fn states<C: Cell>(cell: &C, embedding: &Embedding, symbols: &Tensor, start: &Tensor) -> Result<Tensor> {
    let gates = cell.gates();
    let weights = Joined::new(&gates, embedding.weight.value().shape()[1])?;
    // Time first: what a step needs lies together.
    let brought = brought(embedding, &symbols.t()?, &weights.of_input, weights.bias.as_ref())?; // [T, B, gates·H]
    let (h, values) = cell.sequence(&brought, &weights.of_state, start)?; // [T, B, H]
    if let Some(values) = values {
        probe::scope("cell", || show(&gates, &values))?;
    }
    h.transpose(0, 1)?.tap("hidden").transpose(0, 1)
}

/// What symbols `[T, B]` bring to the gates, x·W + b with their vectors x: `[T, B, gates·H]`. The products are made once for
/// each entry of the table where it has fewer than there are symbols.
fn brought(embedding: &Embedding, symbols: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let vectors_are_wanted = probe::scope("embedding", || probe::wants("out"));
    let table = embedding.weight.value();
    if vectors_are_wanted || symbols.numel() < table.shape()[0] {
        embedding.named("embedding", symbols)?.linear(weight, bias)
    } else {
        table.linear(weight, bias)?.embedding(symbols)
    }
}

impl<C: Cell> Module for Recurrent<C> {
    /// Logits `[B, T, vocabulary]` for symbols `[B, T]` (`i64`).
    fn forward(&self, symbols: &Tensor) -> Result<Tensor> {
        let &[batch, _] = symbols.shape() else {
            return Err(Error::new("recurrent", format!("symbols {:?} must be [batch, time]", symbols.shape())));
        };
        let h = states(&self.cell, &self.embedding, symbols, &self.start(batch)?)?; // [T, B, H]
        self.output.named("output", &h)?.transpose(0, 1) // [B, T, vocabulary]
    }
}

impl<C: Cell> LanguageModel for Recurrent<C> {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn form(&self) -> Form {
        Form::Sequences { longest: None }
    }

    fn remembering(&self, texts: usize) -> Option<Box<dyn Reader + '_>> {
        let memory = self.cell.begin(no_grad(|| self.start(texts)).ok()?);
        Some(Box::new(Remembering { model: self, memory }))
    }
}

/// Reads by carrying the state on.
struct Remembering<'a, C: Cell> {
    model: &'a Recurrent<C>,
    /// Of every text: `[texts, H]` each.
    memory: Vec<Tensor>,
}

impl<C: Cell> Reader for Remembering<'_, C> {
    fn read(&mut self, symbols: &[i64]) -> Result<Tensor> {
        check(symbols, self.memory[0].shape()[0])?;
        no_grad(|| {
            let x = self.model.embedding.forward(&Tensor::from_slice(symbols, &[symbols.len()])?)?;
            self.memory = self.model.cell.step(&x, &self.memory)?;
            self.model.output.forward(&self.memory[0])
        })
    }

    fn keep(&mut self, places: &[usize]) -> Result<()> {
        for memory in &mut self.memory {
            *memory = rows_at(memory, places)?;
        }
        Ok(())
    }
}

/// The weights of all gates, as one product needs them.
struct Joined {
    /// `[C, gates·H]`
    of_input: Tensor,
    /// `[H, gates·H]`
    of_state: Tensor,
    /// `[gates·H]`
    bias: Option<Tensor>,
}

impl Joined {
    fn new(gates: &[(&'static str, &Linear)], input: usize) -> Result<Joined> {
        let weight = side_by_side(gates.iter().map(|(_, gate)| gate.weight.value()).collect(), 1)?; // [C + H, gates·H]
        let hidden = weight.shape()[0].saturating_sub(input);
        let biases: Vec<Tensor> = gates.iter().filter_map(|(_, gate)| Some(gate.bias.as_ref()?.value())).collect();
        Ok(Joined {
            of_input: weight.narrow(0, 0, input)?,
            of_state: weight.narrow(0, input, hidden)?,
            bias: if biases.is_empty() { None } else { Some(side_by_side(biases, 0)?) },
        })
    }
}

fn side_by_side(mut parts: Vec<Tensor>, dim: isize) -> Result<Tensor> {
    if parts.len() == 1 { Ok(parts.remove(0)) } else { Tensor::cat(&parts.iter().collect::<Vec<_>>(), dim) }
}

/// Shows the gates' values `[T, B, gates·H]` to a probe, each under its name as `[B, T, H]`. To look at: what a probe puts
/// in their place changes nothing.
fn show(gates: &[(&'static str, &Linear)], values: &Tensor) -> Result<()> {
    let hidden = values.shape()[2] / gates.len();
    for (i, (name, _)) in gates.iter().enumerate() {
        if probe::wants(name) {
            let _ = values.narrow(2, i * hidden, hidden)?.transpose(0, 1)?.tap(name);
        }
    }
    Ok(())
}
