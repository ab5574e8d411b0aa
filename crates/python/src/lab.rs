//! The laboratory: recipes, recorded runs, sampling, diagnostics, and a run's model opened up.
//!
//! What the laboratory tells goes over as JSON, which it has already; `python/gradus/lab.py` makes objects of it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gradus_exchange as exchange;
use gradus_exchange::import::Request;
use gradus_insight::diagnostics::{self, Notes};
use gradus_insight::explain::{self, Classifier, Reading};
use gradus_recipe::{BUILTIN, Override, Recipe, Source};
use gradus_tensor::{Probe, Tensor, probe};
use gradus_train::corpus::Split;
use gradus_train::generate::{Sampling, sample_generator};
use gradus_train::run::{ActiveRun, Ending, Flow, Progress};
use gradus_train::store::{Facts, Store, Writer};
use gradus_train::{Error, Session};
use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::compute::{compute_untracked, to_python};
use crate::tensor::PyTensor;
use crate::tensor::arguments::TensorArg;

/// A laboratory's error in its own text: a `ValueError` where what was asked for does not fit, else a `RuntimeError`.
fn refused(error: Error) -> PyErr {
    match error {
        Error::Tensor(error) => to_python(error),
        Error::Recipe(_) | Error::Request(_) | Error::Data(_) | Error::Random(_) => {
            PyValueError::new_err(error.to_string())
        }
        other => PyRuntimeError::new_err(other.to_string()),
    }
}

fn json(value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|e| PyRuntimeError::new_err(e.to_string()))
}

fn store(home: &Path) -> PyResult<Store> {
    let none = || {
        PyValueError::new_err(format!("there are no runs in {} yet; gradus.train(\"mlp\") makes one", home.display()))
    };
    Ok(Store::existing(home).map_err(refused)?.ok_or_else(none)?.telling(warn))
}

/// What the store had to mend is a warning.
fn warn(line: &str) {
    let text = std::ffi::CString::new(line.replace('\0', "")).unwrap_or_default();
    Python::attach(|py| {
        let category = py.get_type::<pyo3::exceptions::PyUserWarning>();
        // A warning that is made an error has nowhere to go from here.
        let _ = PyErr::warn(py, &category, &text, 1);
    });
}

/// The built-in recipes: name, and the recipe in TOML with every default written out.
#[pyfunction]
pub(crate) fn lab_recipes() -> PyResult<Vec<(&'static str, String)>> {
    let written = |name| Recipe::builtin(name).map(|recipe| recipe.to_toml()).map_err(|e| refused(e.into()));
    BUILTIN.iter().map(|recipe| Ok((recipe.name, written(recipe.name)?))).collect()
}

/// Trains a recipe into a recorded run. `progress(step, steps, loss, steps_per_second)` is called now and then.
#[pyfunction]
pub(crate) fn lab_train(
    py: Python<'_>,
    home: PathBuf,
    recipe: &str,
    changes: Vec<(String, String)>,
    name: Option<&str>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let changes =
        changes.iter().map(|(key, value)| Override::parse(&format!("{key}={value}"))).collect::<Result<Vec<_>, _>>();
    let recipe = changes.and_then(|changes| Source::find(recipe)?.read(&changes)).map_err(|e| refused(e.into()))?;
    py.detach(|| {
        let session = Session::new(recipe).map_err(refused)?;
        session.doubts().iter().for_each(|doubt| warn(doubt));
        let facts = Facts { parameters: session.model().parameter_count(), data_checksum: session.corpus().checksum() };
        let writer = Store::open(&home).and_then(|store| store.create(name, session.recipe(), &facts));
        let until = session.recipe().training.steps as u64;
        carry_out(session, writer.map_err(refused)?, until, progress)
    })
}

/// Goes on with a run, up to step `until`.
#[pyfunction]
pub(crate) fn lab_resume(
    py: Python<'_>,
    home: PathBuf,
    run: &str,
    until: Option<u64>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let store = store(&home)?;
    py.detach(move || {
        let resumed = gradus_train::resume(store, run, None, until).map_err(refused)?;
        carry_out(resumed.session, resumed.run, resumed.until, progress)
    })
}

/// Trains, and stops in good order where Python is interrupted or `progress` raises.
fn carry_out(session: Session, writer: Writer, until: u64, progress: Option<Py<PyAny>>) -> PyResult<String> {
    let mut raised = None;
    let mut watch = |now: &Progress| {
        let told = Python::attach(|py| {
            py.check_signals()?;
            let numbers = (now.step, now.steps, now.loss, now.steps_per_second);
            progress.as_ref().map_or(Ok(()), |progress| progress.call1(py, numbers).map(drop))
        });
        match told {
            Ok(()) => Flow::Continue,
            Err(error) => {
                raised = Some(error);
                Flow::Stop
            }
        }
    };
    let mut run = ActiveRun::new(session, writer, until, Box::new(Notes)).map_err(refused)?;
    let ended = run.to_end(&mut watch).map_err(refused)?;
    match (ended, raised) {
        (_, Some(error)) => Err(error),
        (Ending::Finished(summary) | Ending::StoppedEarly(summary), None) => json(&summary),
        (Ending::Stopped, None) => Err(PyRuntimeError::new_err("training was stopped")),
        (Ending::Diverged(why), None) => {
            let saved = run.checkpoints().last().copied().unwrap_or(0);
            let name = run.writer().run().name();
            Err(PyRuntimeError::new_err(format!("{why}; run {name} keeps its checkpoint at step {saved}")))
        }
    }
}

/// The lines of a data set that is a list: a built-in name or a file.
#[pyfunction]
pub(crate) fn lab_lines(source: &str) -> PyResult<Vec<String>> {
    let lines = gradus_data::Source::find(source).and_then(|source| gradus_data::Lines::open(&source));
    Ok(lines.map_err(|e| refused(e.into()))?.items().iter().map(|line| line.to_string()).collect())
}

/// The recorded runs, the oldest first.
#[pyfunction]
pub(crate) fn lab_runs(py: Python<'_>, home: PathBuf) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let Some(store) = Store::existing(&home).map_err(refused)? else { return Ok(Vec::new()) };
    store.runs().map_err(refused)?.iter().map(|run| about(py, run)).collect()
}

/// One recorded run.
#[pyfunction]
pub(crate) fn lab_run<'py>(py: Python<'py>, home: PathBuf, run: &str) -> PyResult<Bound<'py, PyDict>> {
    about(py, &store(&home)?.run(run).map_err(refused)?)
}

fn about<'py>(py: Python<'py>, run: &gradus_train::store::Run) -> PyResult<Bound<'py, PyDict>> {
    let about = PyDict::new(py);
    about.set_item("name", run.name())?;
    about.set_item("recipe", run.recipe_name())?;
    about.set_item("model", run.model())?;
    about.set_item("data", run.data())?;
    about.set_item("parameters", run.parameters())?;
    about.set_item("step", run.step())?;
    about.set_item("steps", run.steps())?;
    about.set_item("seconds", run.seconds())?;
    about.set_item("status", run.status())?;
    about.set_item("why", run.ended().map(|ended| ended.why.as_str()))?;
    about.set_item("tags", run.tags())?;
    about.set_item("note", run.note())?;
    Ok(about)
}

/// Removes a run.
#[pyfunction]
pub(crate) fn lab_delete(py: Python<'_>, home: PathBuf, run: &str) -> PyResult<()> {
    let store = store(&home)?;
    py.detach(|| store.delete(run)).map_err(refused)
}

/// Gives a run another name.
#[pyfunction]
pub(crate) fn lab_rename(home: PathBuf, run: &str, name: &str) -> PyResult<()> {
    store(&home)?.rename(run, name).map_err(refused)
}

/// Puts just these words on a run.
#[pyfunction]
pub(crate) fn lab_tag(home: PathBuf, run: &str, tags: Vec<String>) -> PyResult<()> {
    let store = store(&home)?;
    let there = store.run(run).map_err(refused)?.tags().to_vec();
    let gone: Vec<String> = there.into_iter().filter(|tag| !tags.contains(tag)).collect();
    store.tag(run, &tags, &gone).map(drop).map_err(refused)
}

/// Notes a text of a run.
#[pyfunction]
pub(crate) fn lab_note(home: PathBuf, run: &str, text: &str) -> PyResult<()> {
    store(&home)?.annotate(run, text).map(drop).map_err(refused)
}

/// Steps and values.
type Series = (Vec<u64>, Vec<f64>);

/// What a run recorded: of every series its steps and values.
#[pyfunction]
pub(crate) fn lab_history(home: PathBuf, run: &str) -> PyResult<HashMap<String, Series>> {
    let store = store(&home)?;
    let run = store.run(run).map_err(refused)?;
    let names = store.last_metrics(&run).map_err(refused)?;
    names
        .into_iter()
        .map(|(name, _)| Ok((name.clone(), store.metric(&run, &name).map_err(refused)?.into_iter().unzip())))
        .collect()
}

/// Writes a run for other programs: `to` is safetensors, pytorch or tensorboard.
#[pyfunction]
pub(crate) fn lab_export(
    py: Python<'_>,
    home: PathBuf,
    run: &str,
    to: &str,
    path: PathBuf,
    step: Option<u64>,
) -> PyResult<()> {
    let store = store(&home)?;
    py.detach(move || {
        let run = store.run(run)?;
        match to {
            "safetensors" => {
                let session = Session::of_run_without_data(&run, step)?;
                gradus_train::store::write(&path, &exchange::safetensors::parameters(&session)?)
            }
            "pytorch" => exchange::write_folder(&path, &exchange::pytorch::files(&Session::of_run(&run, step)?)?),
            "tensorboard" => {
                let events = exchange::tensorboard::events(&store, &run)?;
                exchange::write_folder(&path, &[(&exchange::tensorboard::file_name(&run), events)])
            }
            other => Err(Error::Request(format!(
                "there is no export to {other:?}; it is safetensors, pytorch or tensorboard"
            ))),
        }
    })
    .map_err(refused)
}

/// Takes a GPT-2 model from elsewhere in as a run, whose name is returned.
#[pyfunction]
pub(crate) fn lab_import(
    py: Python<'_>,
    home: PathBuf,
    file: PathBuf,
    name: Option<String>,
    heads: Option<usize>,
    data: Option<String>,
) -> PyResult<String> {
    let request = Request { file, name, heads, data };
    py.detach(|| exchange::import::import(&request)?.record(Store::open(&home)?)).map_err(refused)
}

/// A run's model, opened up: asked, sampled, measured, looked into, changed.
#[pyclass(module = "gradus", frozen)]
pub(crate) struct RunModel(Mutex<Session>);

impl RunModel {
    fn lock(&self) -> MutexGuard<'_, Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl RunModel {
    #[new]
    fn new(py: Python<'_>, home: PathBuf, run: &str, step: Option<u64>, with_data: bool) -> PyResult<Self> {
        let store = store(&home)?;
        let session = py.detach(move || {
            let run = store.run(run)?;
            if with_data { Session::of_run(&run, step) } else { Session::of_run_without_data(&run, step) }
        });
        session.map(|session| RunModel(Mutex::new(session))).map_err(refused)
    }

    /// How many steps it has been trained.
    fn step(&self) -> u64 {
        self.lock().step()
    }

    /// What the model is made of, as a tree with names, shapes and numbers of parameters.
    fn summary(&self) -> String {
        gradus_nn::Summary::of(self.lock().model()).to_string()
    }

    /// The tokens of a text.
    fn encode(&self, text: &str) -> PyResult<Vec<i64>> {
        self.lock().corpus().tokenizer().and_then(|tokenizer| Ok(tokenizer.encode(text)?)).map_err(refused)
    }

    /// The text of tokens.
    fn decode(&self, tokens: Vec<i64>) -> PyResult<String> {
        self.lock().corpus().tokenizer().and_then(|tokenizer| Ok(tokenizer.decode(&tokens)?)).map_err(refused)
    }

    /// The logits for tokens, with the named activations on the way: `changes` has a function for each that is to be
    /// replaced; of the others those that are `wanted` (all, where it is None) are kept.
    fn forward(
        &self,
        py: Python<'_>,
        tokens: TensorArg,
        wanted: Option<Vec<String>>,
        changes: HashMap<String, Py<PyAny>>,
    ) -> PyResult<(PyTensor, Vec<(String, PyTensor)>)> {
        let session = self.lock();
        let listener = Listener { wanted, changes, seen: Vec::new(), raised: None, met: RefCell::default() };
        // The functions are called with the interpreter attached, so it is not given up here.
        let model = session.model();
        let (listener, logits) = probe::with(listener, || compute_untracked(py, 0, || model.forward(&tokens.0)));
        if let Some(error) = listener.raised {
            return Err(error);
        }
        let logits = logits?;
        let met = listener.met.into_inner();
        let asked = listener.changes.keys().chain(listener.wanted.iter().flatten());
        if let Some(name) = asked.into_iter().find(|name| !met.contains(*name)) {
            return Err(PyKeyError::new_err(format!(
                "this model has no activation `{name}`; did you mean `{}`? It has {}",
                gradus_recipe::nearest(name, met.iter().cloned()),
                met.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            )));
        }
        Ok((PyTensor::new(logits), listener.seen.into_iter().map(|(name, t)| (name, PyTensor::new(t))).collect()))
    }

    /// The parameters by name, as they are now.
    fn parameters(&self) -> Vec<(String, PyTensor)> {
        let session = self.lock();
        let places = session.parameters().iter().chain(session.buffers());
        places.map(|(name, param)| (name.clone(), PyTensor::new(param.value().detach()))).collect()
    }

    /// Puts other numbers in the place of a parameter.
    fn set_parameter(&self, name: &str, value: TensorArg) -> PyResult<()> {
        let session = self.lock();
        let mut places = session.parameters().iter().chain(session.buffers());
        let Some((_, param)) = places.find(|(own, _)| own == name) else {
            return Err(PyKeyError::new_err(format!("there is no parameter {name}")));
        };
        let (old, new) = (param.value(), value.0);
        if old.shape() != new.shape() {
            let text = format!("{name} has the shape {:?}, and {:?} was given", old.shape(), new.shape());
            return Err(PyValueError::new_err(text));
        }
        // A copy: it may be another library's memory.
        param.set(Tensor::from_array(new.to_dtype(old.dtype()).array().copied()));
        Ok(())
    }

    /// Texts that the model writes, as JSON.
    fn sample(
        &self,
        py: Python<'_>,
        n: usize,
        prompt: &str,
        temperature: f64,
        top_k: Option<usize>,
        top_p: Option<f64>,
        length: usize,
        seed: u64,
    ) -> PyResult<String> {
        let sampling = Sampling { temperature, top_k, top_p, length, ..Sampling::default() };
        sampling.check().map_err(refused)?;
        let samples = py.detach(|| {
            let session = self.lock();
            let random = sample_generator(gradus_train::build::scheme(session.recipe().training.rng), seed);
            session.generate(n, prompt, &sampling, &random)
        });
        json(&samples.map_err(refused)?)
    }

    /// How well it predicts a split, or other data, as JSON.
    fn evaluate(&self, py: Python<'_>, split: &str, data: Option<&str>) -> PyResult<String> {
        let part = part(split)?;
        let evaluation = py.detach(|| {
            let session = self.lock();
            match data {
                None => session.evaluate(part),
                Some(data) => session.evaluate_on(&*session.corpus().examples_of(data)?, data),
            }
        });
        json(&evaluation.map_err(refused)?)
    }

    /// Parameters and activations in numbers, as JSON.
    fn inspect(&self, py: Python<'_>) -> PyResult<String> {
        json(&py.detach(|| diagnostics::look(&mut self.lock())).map_err(refused)?)
    }

    /// Whether it is shown numbers (measurements, points, pictures) and not tokens.
    fn takes_numbers(&self) -> bool {
        self.lock().corpus().features().is_ok()
    }

    /// What the outputs stand for, of a model that tells classes or values.
    fn classes(&self) -> PyResult<Vec<String>> {
        Ok(self.lock().corpus().outputs().map_err(refused)?.names.clone())
    }

    /// The probability of each class, or the values, `[N, outputs]`, for examples `[N, …]` as they were measured.
    fn predict(&self, py: Python<'_>, examples: TensorArg) -> PyResult<PyTensor> {
        let told = py.detach(|| {
            let session = self.lock();
            let (classifier, features) = (Classifier::of(&session)?, session.corpus().features()?);
            let shape = examples.0.shape();
            let numbers: usize = shape.iter().skip(1).product();
            if shape.len() < 2 || numbers != features.width() {
                let wanted = &features.shape;
                return Err(Error::Request(format!(
                    "predict: the model takes examples [N, {wanted:?}], and these have the shape {shape:?}"
                )));
            }
            let rows = examples.0.to_vec::<f32>();
            let rows = rows.chunks_exact(numbers.max(1)).map(|row| features.seen(row.to_vec()));
            let rows: Vec<f32> = rows.collect::<Result<Vec<_>, _>>()?.concat();
            classifier.probabilities(&rows)
        });
        table(&told.map_err(refused)?)
    }

    /// The probability of each list that words may stand in, `[N, lists]`.
    fn predict_words(&self, py: Python<'_>, words: Vec<String>) -> PyResult<PyTensor> {
        let told = py.detach(|| {
            let session = self.lock();
            let (tokenizer, outputs) = (session.corpus().tokenizer()?, session.corpus().outputs()?);
            let encoded = words.iter().map(|word| tokenizer.encode(word)).collect::<Result<Vec<_>, _>>()?;
            let longest = encoded.iter().map(Vec::len).chain([session.corpus().block_size()]).max().unwrap_or(0);
            let rows = encoded.into_iter().flat_map(|mut tokens| {
                tokens.resize(longest, 0);
                tokens
            });
            let tokens = Tensor::from_slice(&rows.collect::<Vec<_>>(), &[words.len(), longest])?;
            let logits = gradus_tensor::no_grad(|| session.model().forward(&tokens))?.to_vec::<f64>();
            let rows = logits.chunks_exact(outputs.names.len().max(1));
            Ok(rows.map(|row| Reading::Softmax.probabilities(row)).collect::<Vec<_>>())
        });
        table(&told.map_err(refused)?)
    }

    /// Which class is taken for which in a split: as JSON, and as a picture.
    fn confusion(&self, py: Python<'_>, split: &str) -> PyResult<(String, RunPicture)> {
        let part = part(split)?;
        let found = py.detach(|| {
            let session = self.lock();
            explain::confusion(&session, session.corpus().examples(part))
        });
        let found = found.map_err(refused)?;
        let found = found.ok_or_else(|| {
            PyValueError::new_err(format!("confusion: the model tells no classes, or the {split} split is empty"))
        })?;
        let picture = found.picture(&format!("Which is taken for which in the {split} split"));
        Ok((json(&found)?, RunPicture(picture)))
    }

    /// What there is to see of the model at this step, each picture with its name.
    fn pictures(&self, py: Python<'_>) -> PyResult<Vec<(String, RunPicture)>> {
        let pictures = py.detach(|| {
            let mut session = self.lock();
            let seen = diagnostics::look(&mut session)?;
            let (map, pairs) = (diagnostics::embedding_map(&session), diagnostics::bigrams(&session));
            let mut pictures = diagnostics::pictures::all(&seen, map.as_ref(), pairs.as_ref());
            pictures.extend(explain::pictures(&session)?);
            Ok(pictures)
        });
        let named = |(name, picture)| (name, RunPicture(picture));
        Ok(pictures.map_err(refused)?.into_iter().map(named).collect())
    }

    /// Why a classifier says what it says of an example: as JSON, and in pictures.
    fn explain(
        &self,
        py: Python<'_>,
        example: &str,
        class_name: Option<&str>,
        split: &str,
    ) -> PyResult<(String, Vec<(String, RunPicture)>)> {
        let part = part(split)?;
        let explained = py.detach(|| {
            let session = self.lock();
            let example = explain::Example::find(&session, Some(example), part)?;
            explain::explain(&session, &example, explain::Question { class: class_name, ..Default::default() })
        });
        let (explanation, pictures) = explained.map_err(refused)?;
        let pictures = pictures.into_iter().map(|(name, picture)| (name, RunPicture(picture)));
        Ok((json(&explanation)?, pictures.collect()))
    }
}

/// Rows of numbers as a tensor.
fn table(rows: &[Vec<f64>]) -> PyResult<PyTensor> {
    let width = rows.first().map_or(0, Vec::len);
    let made = Tensor::from_slice(&rows.concat(), &[rows.len(), width]).map_err(to_python)?;
    Ok(PyTensor::new(made.to_dtype(gradus_tensor::DType::F32)))
}

fn part(word: &str) -> PyResult<Split> {
    match word {
        "train" => Ok(Split::Train),
        "dev" => Ok(Split::Dev),
        "test" => Ok(Split::Test),
        other => Err(PyValueError::new_err(format!("there is no split {other:?}; it is train, dev or test"))),
    }
}

/// A picture of a run or its model.
#[pyclass(module = "gradus", frozen)]
pub(crate) struct RunPicture(gradus_plot::Picture);

#[pymethods]
impl RunPicture {
    /// The picture as SVG.
    fn svg(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.to_svg())
    }

    /// The picture as PNG, `scale` pixels to a point.
    #[pyo3(signature = (scale = 2.0))]
    fn png(&self, py: Python<'_>, scale: f32) -> PyResult<Vec<u8>> {
        py.detach(|| self.0.to_png(scale)).map_err(|e| PyValueError::new_err(e.to_string()))
    }
}

/// Keeps named values, and lets Python's functions replace some.
struct Listener {
    wanted: Option<Vec<String>>,
    changes: HashMap<String, Py<PyAny>>,
    seen: Vec<(String, Tensor)>,
    raised: Option<PyErr>,
    /// Every name that was come by.
    met: RefCell<BTreeSet<String>>,
}

impl Probe for Listener {
    fn wants(&self, name: &str) -> bool {
        if !self.met.borrow().contains(name) {
            self.met.borrow_mut().insert(name.to_owned());
        }
        self.changes.contains_key(name)
            || self.wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|own| own == name))
    }

    fn value(&mut self, name: &str, value: &Tensor) -> Option<Tensor> {
        let mut kept = value.clone();
        let mut changed = None;
        if let Some(change) = self.changes.get(name).filter(|_| self.raised.is_none()) {
            let made = Python::attach(|py| {
                let made = change.call1(py, (PyTensor::new(value.clone()),))?;
                let made = made.bind(py).extract::<TensorArg>()?.0;
                if made.shape() == value.shape() && made.dtype() == value.dtype() {
                    return Ok(made);
                }
                Err(PyValueError::new_err(format!(
                    "{name}: the function gave shape {:?} and {}, and {:?} and {} are needed",
                    made.shape(),
                    made.dtype(),
                    value.shape(),
                    value.dtype()
                )))
            });
            match made {
                Ok(made) => {
                    kept = made.clone();
                    changed = Some(made);
                }
                Err(error) => self.raised = Some(error),
            }
        }
        self.seen.push((name.to_owned(), kept));
        changed
    }
}
