//! `gradus` alone: what to run first, on one screen.

use std::io::Write;

use crate::failure::Outcome;

/// Prints the welcome.
pub(crate) fn print() -> Outcome {
    Ok(std::io::stdout().write_all(WELCOME.as_bytes())?)
}

const WELCOME: &str = "\
gradus: neural networks from one neuron to a GPT, with every number in sight

First steps
  gradus train mlp                    train a small network on given names; it ends with new names
  gradus sample mlp-1                 more names from the run it recorded
  gradus report mlp-1                 the run on one page, to open in a browser
  gradus train lenet                  digits told apart; then gradus explain lenet-1 0 says why
  gradus serve --open                 the laboratory: watch a network learn, and change its numbers

Further
  gradus recipes                      what can be trained, one recipe a course step
  gradus train lenet                  tell handwritten digits apart; it ends with pictures
  gradus explain lenet-1 drawn.png    why it takes a digit, or one that you drew, for what it says
  gradus train mlp --data FILE        your own list, one word or name a line
  gradus train mlp --set model.hidden=300 --steps 200000
  gradus inspect mlp-1                every parameter and activation in numbers, and what to change
  gradus compare mlp-1 mlp-2          runs side by side: where they differ, what came of it
  gradus eval mlp-1 --split test      loss, perplexity and accuracy on names it never saw
  gradus graph 'L = tanh(a*b + c)' a=2 b=-3 c=10      one neuron, drawn with its gradients
  gradus reproduce                    the course's printed figures beside your own

gradus --help lists every command; gradus COMMAND --help explains one.
Runs are kept in .gradus/ here; --home DIR or GRADUS_HOME put them elsewhere.
";
