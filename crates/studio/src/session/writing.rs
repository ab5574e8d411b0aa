//! Texts under a letter graph's bias, which depends on what was written so far.

use gradus_models::language::{Extent, write};
use gradus_tensor::random::{Generator, Scheme};
use gradus_train::generate::{Sample, Sampling};

use crate::letters::Bias;
use crate::refusal::{Answer, Refusal};
use crate::session::ActiveSession;
use crate::session::reading::Generate;

impl ActiveSession {
    /// As [`ActiveSession::generate`], with a bias on the logits; the draws are those of a session without one.
    pub(crate) fn generate_biased(
        &self,
        asked: &Generate,
        sampling: &Sampling,
        bias: &Bias,
        random: &Generator,
    ) -> Answer<Vec<Sample>> {
        sampling.check()?;
        let prompt = self.encode(&asked.prompt)?;
        let mark = self.mark();
        let extent = Extent { length: sampling.length.max(prompt.len()), start: mark, end: mark };
        let mut shared = random.clone();
        let mut samples = Vec::with_capacity(asked.count);
        for number in 0..asked.count {
            let mut own = (random.scheme() == Scheme::Gradus).then(|| random.stream(&format!("sample {number}")));
            let random = own.as_mut().unwrap_or(&mut shared);
            let mut text = prompt.clone();
            let choose = |_: usize, logits: &[f32]| -> Answer<i64> {
                let added = bias.after(&text, logits.len());
                let biased: Vec<f32> = logits.iter().zip(added).map(|(logit, added)| logit + added).collect();
                let mut token = [0];
                random.fill_multinomial(&sampling.probabilities(&biased), true, &mut token)?;
                text.extend(token);
                Ok(token[0])
            };
            let written = write::<Refusal>(self.session().language_model()?, &prompt, 1, extent, choose)?;
            let written = written.concat();
            let text = self.session().corpus().tokenizer()?.decode(&written)?;
            let known = self.session().corpus().is_known(&text);
            samples.push(Sample { known, text, ended: written.len() < extent.length });
        }
        Ok(samples)
    }
}
